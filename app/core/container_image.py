"""Container images as files name them: `name`, `name:tag`, `name@sha256:…`, with or without a registry's host."""

from __future__ import annotations

import string
from dataclasses import dataclass

from app.core.package import Ecosystem, Package

_NAME = frozenset(string.ascii_lowercase + string.ascii_uppercase + string.digits + "-._/:")
_TAG = frozenset(string.ascii_letters + string.digits + "-._")
_DIGEST = frozenset(string.digits + "abcdef")
_LONGEST = 512
_TAGGED = "latest"  # the tag that is meant where none is written


@dataclass(frozen=True, slots=True)
class Image:
    """An image. Its version is the digest where there is one, else the tag; `tag` is what stands beside a digest."""

    package: Package
    tag: str
    fixed: bool


def read_image(text: str) -> Image | None:
    """Read an image's reference (the grammar of the distribution project); None when it is none."""
    if len(text) > _LONGEST:
        return None
    rest, at, digest = text.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # the colon of a host's port
        name, tag = rest, ""
    is_name = bool(name) and _NAME.issuperset(name) and all(name.split("/"))
    if not is_name or not _TAG.issuperset(tag) or rest.endswith(":"):
        return None
    if at:
        algorithm, _, digits = digest.partition(":")
        if algorithm != "sha256" or len(digits) != 64 or not _DIGEST.issuperset(digits):
            return None
        return Image(Package.of(Ecosystem.DOCKER, name, digest), tag, fixed=True)
    return Image(Package.of(Ecosystem.DOCKER, name, tag or _TAGGED), "", fixed=False)
