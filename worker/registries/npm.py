"""The npm registry: one tarball for each version."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import msgspec

from app.core.declaration import Declaration, declare
from app.core.errors import NoAccess, PackageNotFound
from app.core.integrity import Digest, from_pip, from_sri
from app.core.package import Ecosystem, Package
from app.core.ports import Artifact, Download, Release
from app.core.specimen import ArtifactKind
from app.core.version_order import version_order
from worker.registries.documents import decode, nonsense
from worker.registries.download import Endpoint, Fetcher, RequestRejected

_ABBREVIATED = "application/vnd.npm.install-v1+json, application/json;q=0.5"
_LONGEST_NAME = 214
_NAME_CHARACTERS = frozenset(string.ascii_letters + string.digits + "-._~!'()*")  # the last ones in old names only
_VERSION_CHARACTERS = frozenset(string.ascii_letters + string.digits + ".-+")


class _Version(msgspec.Struct):
    """The fields we read of a version document. Any of them may be missing, or be of a type nobody expects."""

    name: Any = None
    version: Any = None
    dist: Any = None
    deprecated: Any = None
    has_install_script: Any = msgspec.field(name="hasInstallScript", default=None)


class _Document(_Version):
    """A version's own document, with the manifest. Of a packument only the above is read: it has thousands of them."""

    id: Any = msgspec.field(name="_id", default=None)
    scripts: Any = msgspec.UNSET
    dependencies: Any = msgspec.UNSET
    optional_dependencies: Any = msgspec.field(name="optionalDependencies", default=msgspec.UNSET)
    bin: Any = msgspec.UNSET
    directories: Any = msgspec.UNSET


class _Packument(msgspec.Struct):
    versions: dict[str, _Version]
    time: Any = None


@dataclass(frozen=True, slots=True)
class NpmRegistry:
    """`endpoint_of` says which registry is asked for a package, or raises `NoAccess`.

    `public` is the address of the public registry. A mirror may pass on tarball addresses that name it; they are asked
    of the mirror instead, as npm itself does (`replace-registry-host`).
    """

    fetcher: Fetcher
    endpoint_of: Callable[[Package], Endpoint]
    public: str

    def release(self, package: Package, named: Sequence[Digest] = ()) -> Release:  # noqa: ARG002
        """Look a version up by its own small document, or where the registry has none, by the whole packument.

        `named` changes nothing: a version has one tarball.
        """
        if not _is_name(package.name) or not _is_version(package.version):
            raise _not_found(package)
        endpoint = self.endpoint_of(package)
        facts: dict[str, str] = {}
        try:
            document = self._version_document(package, endpoint)
        except (PackageNotFound, RequestRejected, NoAccess):  # many registries have packuments only
            document, facts = self._from_packument(package, endpoint)
        if document.name != package.name or document.version != package.version or not isinstance(document.dist, dict):
            raise nonsense(package.label)
        artifact = self._artifact(package, document.dist, endpoint)
        return Release(
            package,
            artifacts=(artifact,),
            offered=artifact.digests,
            facts=facts | _facts(document),
            declared=_declared(document),
        )

    @contextmanager
    def download(self, artifact: Artifact) -> Iterator[Download]:
        """Fetch a tarball."""
        assert artifact.package is not None, "made by `release`"
        stored = self.fetcher.store(artifact.url, self.endpoint_of(artifact.package), artifact.filename)
        with stored.content:
            yield Download(artifact, stored.content, stored.size, stored.digests)

    def _version_document(self, package: Package, endpoint: Endpoint) -> _Version:
        url = f"{endpoint.url}{quote(package.name, safe='@')}/{quote(package.version, safe='')}"
        return decode(self.fetcher.read(url, endpoint, package.label, "application/json"), _Document, package.label)

    def _from_packument(self, package: Package, endpoint: Endpoint) -> tuple[_Version, dict[str, str]]:
        url = f"{endpoint.url}{quote(package.name, safe='@')}"
        packument = decode(self.fetcher.read(url, endpoint, package.label, _ABBREVIATED), _Packument, package.label)
        if package.version not in packument.versions:
            raise _not_found(package)
        times = packument.time if isinstance(packument.time, dict) else {}
        published = times.get(package.version)
        return packument.versions[package.version], {"published": published} if isinstance(published, str) else {}

    def _artifact(self, package: Package, dist: Mapping[str, Any], endpoint: Endpoint) -> Artifact:
        url = dist.get("tarball")
        if not isinstance(url, str):
            raise nonsense(package.label)
        if url.startswith(self.public) and endpoint.url != self.public:
            url = endpoint.url + url.removeprefix(self.public)
        return Artifact(
            filename=f"{package.name.rpartition('/')[2]}-{package.version}.tgz",
            url=url,
            kind=ArtifactKind.NPM_TARBALL,
            digests=_digests(dist),
            package=package,
        )


def _digests(dist: Mapping[str, Any]) -> tuple[Digest, ...]:
    """The registry's own hashes; what it does not write properly is unknown."""
    integrity, shasum = dist.get("integrity"), dist.get("shasum")
    digests: list[Digest] = []
    with suppress(ValueError):
        digests += from_sri(integrity) if isinstance(integrity, str) else ()
    with suppress(ValueError):
        digests += [from_pip(f"sha1:{shasum}")] if isinstance(shasum, str) else []
    return tuple(dict.fromkeys(digests))


def _facts(document: _Version) -> dict[str, str]:
    facts = {}
    if document.deprecated:
        facts["deprecated"] = document.deprecated if isinstance(document.deprecated, str) else "yes"
    if isinstance(document.has_install_script, bool):
        facts["install-script"] = "yes" if document.has_install_script else "no"
    return facts


def _declared(document: _Version) -> Declaration:
    """The manifest by the registry's word. Short forms of a document, which have no `_id`, leave things out."""
    if not isinstance(document, _Document):
        return ()
    groups = {
        "scripts": document.scripts,
        "dependencies": document.dependencies,
        "optionalDependencies": document.optional_dependencies,
        "bin": document.bin,
        "directories": document.directories,
    }
    present = {name: value for name, value in groups.items() if value is not msgspec.UNSET}
    return declare({"name": document.name, **present}, whole=document.id is not None)


def _is_name(name: str) -> bool:
    """Whether the registry could hold such a name. Names come from lockfiles, and go into a path."""
    scope, slash, rest = name.rpartition("/")
    parts = [scope.removeprefix("@"), rest] if slash else [rest]
    return (
        len(name) <= _LONGEST_NAME
        and scope[:1] == ("@" if slash else "")
        and all(part and part not in {".", ".."} and _NAME_CHARACTERS.issuperset(part) for part in parts)
    )


def _is_version(version: str) -> bool:
    return _VERSION_CHARACTERS.issuperset(version[:256]) and version_order(Ecosystem.NPM, version[:256]) is not None


def _not_found(package: Package) -> PackageNotFound:
    return PackageNotFound(f"{package.label[:300]} is not on the registry. Is the name or version right?")
