"""A registry in memory: serves a shelf without any network, and passes the tests of the real ones."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pypi_simple import DistributionPackage

from app.core.declaration import declare
from app.core.errors import CannotExamine, PackageNotFound
from app.core.integrity import Digest
from app.core.package import Ecosystem, Package
from app.core.ports import Artifact, Download, Release
from app.core.specimen import ArtifactKind
from app.demo.packages import npm_filename
from app.demo.shelf import Shelf
from worker.registries.pypi import choose, is_of
from worker.registries.receiving import ALGORITHMS
from worker.registries.targets import Target, linux_target


class MemoryRegistry:
    """One ecosystem of a shelf.

    `failing` maps a label (`npm/x@1.0.0`) or a file name to the error that asking for it raises. `asked` and `fetched`
    note what was wanted.
    """

    def __init__(self, ecosystem: Ecosystem, shelf: Shelf, *, targets: Sequence[Target] | None = None) -> None:
        self.ecosystem, self.shelf = ecosystem, shelf
        self.targets = (linux_target(),) if targets is None else targets
        self.failing: dict[str, CannotExamine] = {}
        self.asked: list[Package] = []
        self.fetched: list[str] = []

    def release(self, package: Package, named: Sequence[Digest] = ()) -> Release:
        self.asked.append(package)
        self._fail(package.label)
        return self._npm(package) if self.ecosystem is Ecosystem.NPM else self._pypi(package, named)

    @contextmanager
    def download(self, artifact: Artifact) -> Iterator[Download]:
        self.fetched.append(artifact.filename)
        self._fail(artifact.filename)
        content = self._content(artifact)
        if content is None:
            raise PackageNotFound(f"{artifact.filename} is not on the registry. Is the name or version right?")
        with io.BytesIO(content) as file:
            yield Download(artifact, file, len(content), digests(content))

    def _npm(self, package: Package) -> Release:
        version = self.shelf.npm.get(package.name, {}).get(package.version)
        if version is None:
            raise _not_found(package)
        hashes = digests(version.tarball, "sha512", "sha1")
        filename = npm_filename(package.name, package.version)
        url = f"https://registry.example/{package.name}/{package.version}"
        artifact = Artifact(filename, url, ArtifactKind.NPM_TARBALL, hashes)
        deprecated = version.manifest.get("deprecated")
        facts = {"deprecated": str(deprecated)} if deprecated else {}
        declared = declare({**version.manifest, "name": package.name}, whole=True)
        return Release(package, (artifact,), offered=hashes, facts=facts, declared=declared)

    def _pypi(self, package: Package, named: Sequence[Digest]) -> Release:
        files = [
            DistributionPackage.from_json_data(
                {
                    "filename": filename,
                    "url": f"https://registry.example/{package.name}/{filename}",
                    "hashes": {"sha256": file.sha256},
                    "size": len(file.content),
                    "yanked": False if file.yanked is None else file.yanked,
                },
                package.name,
            )
            for filename, file in self.shelf.pypi.get(package.name, {}).items()
            if is_of(filename, package)
        ]
        if not files:
            raise _not_found(package)
        return choose(package, files, named, self.targets)

    def _content(self, artifact: Artifact) -> bytes | None:
        path = artifact.url.removeprefix("https://registry.example/")
        name, _, last = path.rpartition("/")
        if self.ecosystem is Ecosystem.NPM:
            version = self.shelf.npm.get(name, {}).get(last)
            return None if version is None else version.tarball
        file = self.shelf.pypi.get(name, {}).get(last)
        return None if file is None else file.content

    def _fail(self, what: str) -> None:
        if what in self.failing:
            raise self.failing[what]


def digests(content: bytes, *algorithms: str) -> tuple[Digest, ...]:
    """The hashes of these bytes; without names, all that a download computes."""
    return tuple(
        Digest(algorithm, hashlib.new(algorithm, content).hexdigest()) for algorithm in algorithms or ALGORITHMS
    )


def _not_found(package: Package) -> PackageNotFound:
    return PackageNotFound(f"{package.label} is not on the registry. Is the name or version right?")
