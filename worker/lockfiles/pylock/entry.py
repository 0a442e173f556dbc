"""One `[[packages]]` of PEP 751 → a package with the places it comes from, or a folder; and what it requires."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import unquote

from packaging.pylock import Package as Written
from packaging.pylock import PackageArchive, PackageSdist, PackageWheel, Pylock, PylockValidationError

from app.core.errors import Reason
from app.core.escape import visible
from app.core.grouped_packages import Entry, Required
from app.core.lockfile import Problem, Scope
from app.core.package import Package, Source, SourceKind, without_login
from app.core.python_files import Declared, File, Origin, read_origins
from app.core.python_release import (
    is_within_repository,
    no_package,
    package_of_archive,
    python_name,
    python_package,
    required_name,
)
from app.core.toml_tables import TomlTable
from worker.lockfiles.pylock.marker import scope_of

LONGEST_MARKER = 8192  # characters; forks for many platforms make hundreds
_LONGEST = {"name": 255, "version": 128, "marker": LONGEST_MARKER, "requires-python": 2048}
_LONGEST_FILE = 8192  # characters of an address, a path or a name of a file
_ON_DISK = "file:"


VERSION: Final = "1.0"  # of the standard, the only one there is


def length_of(text: object) -> int:
    """The characters of a text; 0 for anything else."""
    return len(text) if isinstance(text, str) else 0


def cause_of(error: PylockValidationError) -> str:
    """What is wrong, as part of a sentence. Of a marker the library also draws where, on further lines."""
    first = error.message.partition("\n")[0].rstrip(".")
    return visible(first[:1].lower() + first[1:], 120)


def read_entry(table: TomlTable, path: str, default_groups: frozenset[str]) -> tuple[Entry, list[Problem]]:
    """Say what the entry of the lockfile at `path` is, and what of it cannot be read."""
    problems: list[Problem] = []
    written = _validated(table, problems)
    package: Package | None = None
    origins: tuple[Origin, ...] = ()
    if written is not None and written.directory is None:
        package, origins = _identity(written, table, problems)
    elif (
        written is not None and written.directory is not None and not is_within_repository(path, written.directory.path)
    ):
        where = visible(written.directory.path, 80)
        message = f"{table.shown} comes from {where}, a folder outside of the repository."
        problems.append(table.problem(message, reason=Reason.UNSUPPORTED_SOURCE))
    return Entry(
        line=table.line,
        name=written.name if written is not None else "",
        is_local=written is not None and written.directory is not None,
        package=package,
        origins=origins,
        groups=frozenset(),
        claimed=scope_of(table.fields.get("marker"), default_groups) if written is not None else Scope.RUNTIME,
        requires=_requires(written, table, problems) if written is not None else (),
    ), problems


def _validated(table: TomlTable, problems: list[Problem]) -> Written | None:
    """The entry as the library reads it, which pip does as well. It reads texts of a bounded length only."""
    long = next((key for key, most in _LONGEST.items() if length_of(table.fields.get(key)) > most), None)
    if long is None and any(length_of(text) > _LONGEST_FILE for text in _texts(table.fields)):
        long = "address"
    if long is not None:
        problems.append(table.problem(f"The {long} of {table.shown} is too long to be one."))
        return None
    fields = {key: value for key, value in table.fields.items() if key not in ("tool", "attestation-identities")}
    try:
        return Pylock.from_dict({"lock-version": VERSION, "created-by": "", "packages": [fields]}).packages[0]
    except PylockValidationError as error:
        where = (error.context or "").removeprefix("packages[0]").lstrip(".")
        at = f', in "{visible(where, 40)}"' if where else ""
        problems.append(table.problem(f"{table.shown} is not what PEP 751 asks for: {cause_of(error)}{at}."))
        return None


def _texts(fields: Mapping[str, Any]) -> Iterator[object]:
    """Names, addresses and paths of all its files."""
    wheels = fields.get("wheels")
    for file in (fields.get("sdist"), fields.get("archive"), *(wheels if isinstance(wheels, list) else ())):
        if isinstance(file, dict):
            yield from (file.get(key) for key in ("name", "url", "path"))


def _identity(written: Written, table: TomlTable, problems: list[Problem]) -> tuple[Package | None, tuple[Origin, ...]]:
    declared = _declared(written)
    version = table.fields.get("version")
    package = python_package(written.name, version)
    if package is None and version is None and written.archive is not None:
        package = _of_archive(written.archive)
    elif package is None and version is None:
        package = next((package_of_archive(file.filename) for file in _distributions(written)), None)
    if package is None:
        message = f"{table.shown} comes from {declared.source.kind} and names no version."
        is_elsewhere = declared.source.kind is not SourceKind.REGISTRY
        problems.append(
            table.problem(message, reason=Reason.UNSUPPORTED_SOURCE)
            if is_elsewhere and version is None
            else table.problem(no_package(table.shown, version))
        )
        return None, ()
    if package.name != written.name:
        message = f"{table.shown} leads to an archive of another package, {visible(package.name, 80)}."
        problems.append(table.problem(message))
        return None, ()
    files = (File(_address(file), _hashes(file)) for file in _files(written))
    origins, troubles = read_origins(files, package, declared)
    problems += (table.problem(f"{table.shown}: {trouble}") for trouble in troubles)
    return package, origins


def _declared(written: Written) -> Declared:
    if written.vcs is not None:
        address = written.vcs.url or written.vcs.path or ""
        return Declared(Source(SourceKind.GIT, without_login(address), written.vcs.commit_id))
    if written.archive is not None:
        address = _address(written.archive)
        if _is_on_disk(address, written.archive.url):
            return Declared(Source(SourceKind.PATH, None, address), address)
        return Declared(Source(SourceKind.URL, without_login(address)), address)
    if written.index is None:
        return Declared(Source(SourceKind.REGISTRY))
    return Declared(Source(SourceKind.REGISTRY, without_login(written.index)), written.index)


def _files(written: Written) -> Iterator[PackageSdist | PackageWheel | PackageArchive]:
    if written.archive is not None:
        yield written.archive
    yield from _distributions(written)


def _distributions(written: Written) -> Iterator[PackageSdist | PackageWheel]:
    if written.sdist is not None:
        yield written.sdist
    yield from written.wheels or ()


def _address(file: PackageSdist | PackageWheel | PackageArchive) -> str:
    """Where it is fetched from. One on disk may be named twice: its path is what people read."""
    return file.url if file.url and not (file.path and file.url.startswith(_ON_DISK)) else file.path or ""


def _is_on_disk(address: str, url: str | None) -> bool:
    return address != url or address.startswith(_ON_DISK)


def _hashes(file: PackageSdist | PackageWheel | PackageArchive) -> tuple[str, ...]:
    return tuple(f"{algorithm}:{digits}" for algorithm, digits in file.hashes.items())


def _of_archive(archive: PackageArchive) -> Package | None:
    address = _address(archive).partition("#")[0].partition("?")[0]
    return package_of_archive(unquote(address.rpartition("/")[2]))


def _requires(written: Written, table: TomlTable, problems: list[Problem]) -> tuple[Required, ...]:
    required = []
    for found in (*_standard_names(written), *_names_of_pdm(table.fields.get("tool"))):
        if found is None:
            problems.append(table.problem(f"{table.shown} requires something that has no name of a Python package."))
        else:
            required.append(Required(found))
    return tuple(required)


def _standard_names(written: Written) -> Iterator[str | None]:
    for one in written.dependencies or ():
        name = one.get("name")
        yield python_name(name) if isinstance(name, str) else None


def _names_of_pdm(tool: object) -> Iterator[str | None]:
    """What pdm keeps in a table of its own: requirements as text."""
    own = tool.get("pdm") if isinstance(tool, dict) else None
    listed = own.get("dependencies") if isinstance(own, dict) else None
    for text in listed if isinstance(listed, list) else ():
        yield required_name(text) if isinstance(text, str) else None
