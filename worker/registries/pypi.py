"""PyPI and indexes like it: the files of one version, and which of them are to be inspected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, is_normalized_name, parse_wheel_filename
from packaging.version import InvalidVersion, Version
from pypi_simple import (
    DistributionPackage,
    RepositoryPage,
    UnparsableFilenameError,
    UnsupportedRepoVersionError,
    parse_filename,
)

from app.core.errors import PackageNotFound
from app.core.integrity import Digest, from_pip
from app.core.package import Package
from app.core.ports import Artifact, Download, Release
from app.core.specimen import ArtifactKind
from worker.registries.documents import decode, nonsense
from worker.registries.download import Endpoint, Fetcher
from worker.registries.receiving import MIB, Document, too_large
from worker.registries.targets import Target

_JSON = "application/vnd.pypi.simple.v1+json"
_HTML = frozenset({"application/vnd.pypi.simple.v1+html", "text/html"})
_ACCEPT = f"{_JSON}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
_LONGEST_FILENAME = 255
_LARGEST_HTML = 16 * MIB  # forty thousand files; the parser takes 3 s and 200 MB for it
_SDISTS = (".tar.gz", ".zip")  # what `packaging` calls an sdist; older kinds are listed as others


@dataclass(frozen=True, slots=True)
class PypiRegistry:
    """`endpoint_of` says which index is asked for a package, or raises `NoAccess`.

    `targets` are the machines whose wheels are inspected.
    """

    fetcher: Fetcher
    endpoint_of: Callable[[Package], Endpoint]
    targets: Sequence[Target]

    def release(self, package: Package, named: Sequence[Digest] = ()) -> Release:
        """Look a version up. Without files of this version, `PackageNotFound`."""
        if not is_normalized_name(package.name) or len(package.name) > _LONGEST_FILENAME:
            raise _not_found(package)
        index = self.endpoint_of(package)
        document = self.fetcher.read(f"{index.url}{package.name}/", index, package.label, _ACCEPT)
        files = _files(document, package)
        if not files:
            raise _not_found(package)
        return choose(package, files, named, self.targets)

    @contextmanager
    def download(self, artifact: Artifact) -> Iterator[Download]:
        """Fetch one file; one that the index calls too large is not asked for."""
        limit = self.fetcher.limits.artifact
        if artifact.size is not None and artifact.size > limit:
            raise too_large(artifact.filename, limit)
        assert artifact.package is not None, "made by `release`"
        stored = self.fetcher.store(artifact.url, self.endpoint_of(artifact.package), artifact.filename)
        with stored.content:
            yield Download(artifact, stored.content, stored.size, stored.digests)


@dataclass(frozen=True, slots=True, eq=False)
class _Wheel:
    file: DistributionPackage
    build: tuple[int, str] | tuple[()]
    tags: frozenset[Tag]

    def merit(self, rank: Mapping[Tag, int]) -> tuple[int, tuple[int, str] | tuple[()]]:
        """How much an installer likes it: by its best tag, then by its build number."""
        return -min(rank[tag] for tag in self.tags if tag in rank), self.build


class _JsonPage(msgspec.Struct):
    files: list[dict[str, Any]]
    meta: dict[str, Any] = {}


def choose(
    package: Package, files: Sequence[DistributionPackage], named: Sequence[Digest], targets: Sequence[Target]
) -> Release:
    """Choose what to inspect among the files of one version.

    Sdists, wheels for any machine, and for each target the wheel an installer would take there: a release may have all
    three, with different code in them. Where the lockfile names hashes of some files, only these count.
    """
    wanted = set(named)
    locked = [file for file in files if wanted & set(_digests(file))]
    chosen = list(_inspected(locked or files, targets))
    return Release(
        package,
        artifacts=tuple(_artifact(file, kind, package) for file, kind in chosen),
        others=tuple(file.filename for file in files if all(file is not one for one, _ in chosen)),
        offered=tuple(dict.fromkeys(digest for file in files for digest in _digests(file))),
        facts=_facts(files),
    )


def _inspected(
    files: Sequence[DistributionPackage], targets: Sequence[Target]
) -> Iterator[tuple[DistributionPackage, ArtifactKind]]:
    for file in files:
        if file.package_type == "sdist" and file.filename.endswith(_SDISTS):
            yield file, ArtifactKind.SDIST
    wheels = [_Wheel(file, *found) for file in files if (found := _wheel_tags(file.filename)) is not None]
    chosen = [wheel for wheel in wheels if any(_is_universal(tag) for tag in wheel.tags)]
    for target in targets:
        rank = {tag: position for position, tag in enumerate(target)}
        fitting = [wheel for wheel in wheels if not wheel.tags.isdisjoint(rank)]
        if fitting:
            chosen.append(max(fitting, key=lambda wheel: wheel.merit(rank)))
    for wheel in dict.fromkeys(chosen):
        yield wheel.file, ArtifactKind.WHEEL


def _is_universal(tag: Tag) -> bool:
    return tag.interpreter.startswith("py3") and tag.abi == "none" and tag.platform == "any"


def _files(document: Document, package: Package) -> Sequence[DistributionPackage]:
    """The files of this version that an index page lists, in its order."""
    content_type = document.content_type.partition(";")[0].strip().lower()
    try:
        if content_type == _JSON:
            return tuple(_from_json(document, package))
        if content_type in _HTML:
            return tuple(_from_html(document, package))
    except (ValueError, TypeError, AssertionError, RecursionError, UnsupportedRepoVersionError) as error:
        raise nonsense(package.label) from error
    raise nonsense(package.label)


def _from_json(document: Document, package: Package) -> Iterator[DistributionPackage]:
    """PEP 691. Only files of this version are looked at: what is broken elsewhere on the page does not matter."""
    page = decode(document, _JsonPage, package.label)
    if str(page.meta.get("api-version", "1.0")).partition(".")[0] != "1":
        raise nonsense(package.label)
    for file in page.files:
        if is_of(file.get("filename"), package):
            essentials = {"filename": file["filename"], "url": file.get("url"), "hashes": file.get("hashes") or {}}
            try:
                yield DistributionPackage.from_json_data(file | essentials, package.name, document.url)
            except ValueError:  # a size or a time that is none
                yield DistributionPackage.from_json_data(essentials, package.name, document.url)


def _from_html(document: Document, package: Package) -> Iterator[DistributionPackage]:
    """PEP 503."""
    if len(document.body) > _LARGEST_HTML:
        raise too_large(f"The registry's page about {package.label}", _LARGEST_HTML)
    links = RepositoryPage.from_html(document.body, document.url).links
    if not links:  # a login page, or the page of somebody who stands between
        raise nonsense(package.label)
    for link in links:
        if is_of(link.text, package):
            yield DistributionPackage.from_link(link, package.name)


def is_of(filename: object, package: Package) -> bool:
    """Whether a file of this name belongs to the package in this version."""
    if not isinstance(filename, str) or len(filename) > _LONGEST_FILENAME or not filename.isprintable():
        return False
    try:
        name, version, _ = parse_filename(filename, package.name)
    except UnparsableFilenameError:
        return False
    return canonicalize_name(name) == package.name and _same_version(version, package.version)


def _same_version(one: str, other: str) -> bool:
    """PEP 440: 1.0 is 1.0.0. What is no version there (old uploads) is compared as written."""
    try:
        return Version(one) == Version(other)
    except InvalidVersion:
        return one == other


def _wheel_tags(filename: str) -> tuple[tuple[int, str] | tuple[()], frozenset[Tag]] | None:
    try:
        _, _, build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename:
        return None
    return build, tags


def _artifact(file: DistributionPackage, kind: ArtifactKind, package: Package) -> Artifact:
    size = file.size if file.size is not None and file.size >= 0 else None
    return Artifact(file.filename, file.url, kind, _digests(file), size, package)


def _digests(file: DistributionPackage) -> tuple[Digest, ...]:
    """The index's own hashes; those of algorithms we do not know are left out."""
    digests = []
    for algorithm, value in file.digests.items():
        with suppress(ValueError):
            digests.append(from_pip(f"{algorithm}:{value}"))
    return tuple(digests)


def _facts(files: Sequence[DistributionPackage]) -> dict[str, str]:
    facts = {}
    times = [file.upload_time for file in files if file.upload_time is not None]
    if times:
        facts["published"] = min(times, key=lambda time: time.timestamp()).isoformat()
    if all(file.is_yanked for file in files):
        facts["yanked"] = next((file.yanked_reason for file in files if file.yanked_reason), "yes")
    return facts


def _not_found(package: Package) -> PackageNotFound:
    return PackageNotFound(f"{package.label[:300]} is not on the registry. Is the name or version right?")
