"""How container images are named."""

from __future__ import annotations

import pytest

from app.core.container_image import read_image

SUM = "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("text", "label", "tag", "fixed"),
    [
        ("alpine", "docker/alpine@latest", "", False),
        ("alpine:3.20", "docker/alpine@3.20", "", False),
        (f"alpine@{SUM}", f"docker/alpine@{SUM}", "", True),
        (f"alpine:3.20@{SUM}", f"docker/alpine@{SUM}", "3.20", True),
        ("images.example:5000/acme/tool", "docker/images.example:5000/acme/tool@latest", "", False),
        ("images.example:5000/acme/tool:1.2", "docker/images.example:5000/acme/tool@1.2", "", False),
    ],
)
def test_a_name_a_tag_and_a_digest(text: str, label: str, tag: str, fixed: bool) -> None:
    image = read_image(text)
    assert image is not None
    assert (image.package.label, image.tag, image.fixed) == (label, tag, fixed)


@pytest.mark.parametrize(
    "text",
    ["", ":", "a b", "alpine:", "/x", "a//b", "alpine@", "alpine@sha256:12", "alpine@md5:" + "b" * 64, "a" * 600],
)
def test_what_is_no_image(text: str) -> None:
    assert read_image(text) is None
