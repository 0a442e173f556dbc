"""Build small npm tarballs, sdists and wheels from text: the same bytes every time.

The demo shows them and the tests inspect them. The sources stand as text in our own files; nothing here is ever run.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from packaging.utils import canonicalize_name

Files = Mapping[str, str | bytes]

_TAR_TIME = 499162500  # 1985-10-26, the time that npm itself gives to every member
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold


def npm_tarball(name: str, version: str, files: Files | None = None, **package_json: Any) -> bytes:
    """An npm tarball; further keywords are fields of its `package.json`.

    `files` are paths inside the package. A `package.json` among them is packed as it stands, for broken ones.
    """
    files = dict(files or {})
    manifest = {"name": name, "version": version, **package_json}
    files.setdefault("package.json", json.dumps(manifest, indent=2, ensure_ascii=False) + "\n")
    return tar_gz((f"package/{path}", content) for path, content in files.items())


def npm_filename(name: str, version: str) -> str:
    """`name-1.2.3.tgz`, without the scope, as the npm registry calls a tarball."""
    return f"{name.rpartition('/')[2]}-{version}.tgz"


def sdist(name: str, version: str, files: Files | None = None, *, metadata: str = "") -> bytes:
    """A source distribution with `PKG-INFO` and, unless given, a `pyproject.toml` that names setuptools.

    `metadata` are further lines of `PKG-INFO`, each with its line end.
    """
    files = dict(files or {})
    files.setdefault("PKG-INFO", core_metadata(name, version, metadata))
    files.setdefault(
        "pyproject.toml",
        '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n'
        f'[project]\nname = "{name}"\nversion = "{version}"\n',
    )
    top = f"{_escaped(name)}-{version}"
    return tar_gz((f"{top}/{path}", content) for path, content in files.items())


def sdist_filename(name: str, version: str) -> str:
    """`name-1.2.3.tar.gz`, normalised as PEP 625 asks."""
    return f"{_escaped(name)}-{version}.tar.gz"


def wheel(
    name: str,
    version: str,
    files: Files | None = None,
    *,
    tag: str = "py3-none-any",
    metadata: str = "",
    entry_points: str | None = None,
) -> bytes:
    """A wheel with a valid `RECORD`.

    `metadata` are further lines of `METADATA`; `entry_points` is the text of `entry_points.txt`.
    """
    info = f"{_escaped(name)}-{version}.dist-info"
    pure = "true" if tag.endswith("-none-any") else "false"
    members = dict(files or {})
    members.setdefault(f"{info}/METADATA", core_metadata(name, version, metadata))
    members.setdefault(f"{info}/WHEEL", f"Wheel-Version: 1.0\nGenerator: assay\nRoot-Is-Purelib: {pure}\n" + _tags(tag))
    if entry_points is not None:
        members.setdefault(f"{info}/entry_points.txt", entry_points)
    members.setdefault(f"{info}/RECORD", _record(members, f"{info}/RECORD"))
    return zip_deflated(members.items())


def wheel_filename(name: str, version: str, tag: str = "py3-none-any") -> str:
    """`name-1.2.3-py3-none-any.whl`."""
    return f"{_escaped(name)}-{version}-{tag}.whl"


def core_metadata(name: str, version: str, further: str = "") -> str:
    """The text of a `METADATA` or `PKG-INFO` file."""
    return f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{further}"


def tar_gz(members: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A gzipped tar of regular files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in members:
            data = _data(content)
            member = tarfile.TarInfo(path)
            member.size, member.mtime, member.mode = len(data), _TAR_TIME, 0o644
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(buffer.getvalue(), mtime=0)


def zip_deflated(members: Iterable[tuple[str, str | bytes]]) -> bytes:
    """A zip of regular files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in members:
            member = zipfile.ZipInfo(path, _ZIP_TIME)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = 3, 0o100644 << 16
            archive.writestr(member, _data(content))
    return buffer.getvalue()


def _record(members: Files, own: str) -> str:
    lines = []
    for path, content in members.items():
        data = _data(content)
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}")
    return "\n".join([*lines, f"{own},,", ""])


def _tags(tag: str) -> str:
    interpreters, abis, platforms = tag.split("-")
    return "".join(
        f"Tag: {interpreter}-{abi}-{platform}\n"
        for interpreter in interpreters.split(".")
        for abi in abis.split(".")
        for platform in platforms.split(".")
    )


def _escaped(name: str) -> str:
    return canonicalize_name(name).replace("-", "_")


def _data(content: str | bytes) -> bytes:
    return content.encode() if isinstance(content, str) else content
