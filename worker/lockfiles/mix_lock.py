"""Elixir's lockfile: `mix.lock`.

Shape    A map of Elixir, one entry a line: `"name": {:hex, :package, "1.2.3", "hash", …, "repository", "outer"}` or
         `"name": {:git, "address", "commit", …}`. The outer hash is the SHA-256 of the archive; the other one is over
         what is in it. What is direct the file does not say: all count as direct.
Line     the entry's own.
Skips    nothing: a line that is no entry is a problem.
Refuses  what is not UTF-8, larger than 4 MiB, holds merge conflict markers, or is no map.
"""

from __future__ import annotations

import re2

from app.core.compared import read_lines, read_package
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, comparable, in_order
from app.core.package import Ecosystem, Source, SourceKind, without_login

FORMAT = "mix-lock"
ECOSYSTEM = Ecosystem.HEX

_LARGEST = 4 << 20  # bytes
_ENTRY = re2.compile(r'^\s*"([^"]{1,200})": \{:(hex|git), (.*)\},?$')
_HEX = re2.compile(
    r'^:"?([\w.-]{1,200})"?, "([^"]{1,256})", "[0-9a-f]{64}", \[.*\], \[.*\], "([^"]{0,200})"(?:, "([0-9a-fA-F]+)")?$'
)
_GIT = re2.compile(r'^"([^"]{1,1000})", "([0-9a-f]{40,64})"')


def claims(path: str) -> bool:
    """Whether a file of this path is Elixir's lockfile, by its name."""
    return path.rpartition("/")[2] == "mix.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    lines = read_lines(content, _LARGEST)
    said = [(number, text.strip()) for number, text in enumerate(lines, 1) if text.strip()]
    if not said or not said[0][1].startswith("%{") or not said[-1][1].endswith("}"):
        raise UnreadableLockfile(said[-1][0] if said else 1, "It is no map (%{ … }), or not all of it.")
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    for number, text in said:
        if text in ("%{", "}", "%{}"):
            continue
        pin = _read(number, text)
        if pin is None:
            message = f"{visible(text, 120)} is no entry that can be read."
            problems.append(Problem(number, message, text[:200], entry=comparable(text)))
        else:
            pins.append(pin)
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems), lineage=Lineage.UNKNOWN)


def _read(line: int, text: str) -> Pin | None:
    entry = _ENTRY.match(text)
    if entry is None:
        return None
    name, kind, rest = entry.groups()
    if kind == "git":
        found = _GIT.match(rest)
        package = read_package(ECOSYSTEM, name, found[2]) if found else None
        if found is None or package is None:
            return None
        source = Source(SourceKind.GIT, without_login(found[1]), found[2])
        return Pin(package, source, line, Scope.RUNTIME, direct=True)
    found = _HEX.match(rest)
    package = read_package(ECOSYSTEM, found[1], found[2]) if found else None
    if found is None or package is None:
        return None
    alias = name if name != found[1] else None
    source = Source(SourceKind.REGISTRY, found[3] or None)
    digests = _digests(found[4])
    return None if digests is None else Pin(package, source, line, Scope.RUNTIME, True, (), digests, alias)


def _digests(digits: str | None) -> tuple[Digest, ...] | None:
    try:
        return (from_pip(f"sha256:{digits}"),) if digits else ()
    except ValueError:
        return None
