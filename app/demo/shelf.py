"""The packages that the loopback registry serves, and the faults it was told to have."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from app.demo.faults import Fault

PUBLISHED = "2026-01-15T10:00:00Z"


@dataclass(frozen=True, slots=True)
class NpmVersion:
    """One version of an npm package. `manifest` is the registry's word on its `package.json`."""

    tarball: bytes
    manifest: Mapping[str, Any]
    published: str


@dataclass(frozen=True, slots=True)
class PypiFile:
    """One file of a PyPI release. `yanked` is the reason, None when it is not."""

    content: bytes
    published: str
    yanked: str | None = None

    @property
    def sha256(self) -> str:
        """Its digest, hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(slots=True)
class _Broken:
    prefix: str
    fault: Fault
    times: float


@dataclass(slots=True)
class Shelf:
    """Packages by name; may be filled while it is served."""

    npm: dict[str, dict[str, NpmVersion]] = field(default_factory=dict)
    pypi: dict[str, dict[str, PypiFile]] = field(default_factory=dict)
    _broken: list[_Broken] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put_npm(self, name: str, version: str, tarball: bytes, *, published: str = PUBLISHED, **manifest: Any) -> None:
        """Publish a tarball. The registry's word is the packed `package.json`; keywords say where it differs."""
        word = {**_packed_manifest(tarball), "name": name, "version": version, **manifest}
        self.npm.setdefault(name, {})[version] = NpmVersion(tarball, word, published)

    def put_pypi(
        self, name: str, filename: str, content: bytes, *, published: str = PUBLISHED, yanked: str | None = None
    ) -> None:
        """Publish one file of a release; its name says which version it is."""
        self.pypi.setdefault(canonicalize_name(name), {})[filename] = PypiFile(content, published, yanked)

    def break_path(self, prefix: str, fault: Fault, times: float = float("inf")) -> None:
        """Answer requests whose path begins with `prefix` (`/npm/left-pad`, `/pypi/files/`) by a fault, so often."""
        with self._lock:
            self._broken.append(_Broken(prefix, fault, times))

    def mend(self) -> None:
        """End all faults."""
        with self._lock:
            self._broken.clear()

    def fault(self, path: str) -> Fault | None:
        """The fault to answer this request with, counted; None when nothing is broken there (any more)."""
        with self._lock:
            for broken in self._broken:
                if path.startswith(broken.prefix) and broken.times > 0:
                    broken.times -= 1
                    return broken.fault
        return None


def _packed_manifest(tarball: bytes) -> dict[str, Any]:
    """The `package.json` of a tarball of ours; empty where a test packed a broken one."""
    try:
        with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
            member = archive.extractfile("package/package.json")
            manifest = json.load(member) if member else {}
    except (tarfile.TarError, KeyError, ValueError, EOFError, OSError):
        return {}
    return manifest if isinstance(manifest, dict) else {}
