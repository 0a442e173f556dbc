"""Names and versions of ecosystems that are only compared: what may be shown, and nothing more."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Problems, UnreadableLockfile, decode, in_order
from app.core.package import Ecosystem, Package

_LONGEST_NAME = 500
_LONGEST_VERSION = 256
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")
_MOST_LINES = 1_000_000  # a file with more was written to exhaust its reader


def read_package(ecosystem: Ecosystem, name: object, version: object) -> Package | None:
    """The package, if these can be a name and a version anywhere: printable, without spaces, of a bearable length."""
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    if not 0 < len(name) <= _LONGEST_NAME or not 0 < len(version) <= _LONGEST_VERSION:
        return None
    if not (name + version).isprintable() or any(character.isspace() for character in name + version):
        return None
    return Package.of(ecosystem, name, version)


def read_lines(content: bytes, largest: int) -> list[str]:
    """The lines of a file, without their ends; raise `UnreadableLockfile` for what is no text, or two texts in one."""
    lines = decode(content, largest).split("\n")
    if len(lines) > _MOST_LINES:
        raise UnreadableLockfile(1, f"It has more than {_MOST_LINES} lines.")
    for number, line in enumerate(lines, 1):
        if line.startswith(_CONFLICT):
            message = f"It holds merge conflict markers ({line[:7]}), so it says two things at once."
            raise UnreadableLockfile(number, message)
        if "\0" in line:
            raise UnreadableLockfile(number, "It holds a NUL, so it is no text.")
    return [line.removesuffix("\r") for line in lines]


def put_together(
    path: str, file_format: str, found: Iterable[Pin | Problem | None], lineage: Lineage = Lineage.FULL
) -> Lockfile:
    """A file from what its entries gave, by their lines; None: an entry that is no dependency."""
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    for one in found:
        if isinstance(one, Pin):
            pins.append(one)
        elif one is not None:
            problems.append(one)
    in_lines = tuple(sorted(pins, key=lambda pin: pin.line))
    return Lockfile(path, file_format, in_lines, in_order(problems), lineage=lineage)


def repository_name(address: str) -> str:
    """`host/path`, however a repository is reached: `https://host/path.git`, `git@host:path`."""
    rest = address.partition("://")[2] or address.replace(":", "/", 1)
    host, slash, path = rest.partition("/")
    return f"{host.rpartition('@')[2]}{slash}{path}".rstrip("/").removesuffix(".git")


def leads_out(path: str) -> bool:
    """Whether a path leads out of the folder it is named in: `..` or an absolute one."""
    return path.startswith(("/", "~", "\\")) or ".." in path.replace("\\", "/").split("/") or path[1:2] == ":"
