"""Where a project's npm, pnpm and yarn 1 take packages from: the lines of its `.npmrc` that name registries.

Shape    `key = value`, one a line. `registry` stands for all packages, `@scope:registry` for those of a scope;
         `strict-ssl = false` takes any certificate. They are the indexes of the file; it has no packages.
Line     the line itself.
Skips    logins (`//host/:_authToken` and its kin) and every other setting; what stands below a `[section]`, which npm
         does not read.
Refuses  what is not UTF-8, larger than 256 KiB, holds merge conflict markers, or a carriage return within a line.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.compared import read_lines
from app.core.escape import visible
from app.core.lockfile import Index, IndexKind, Lockfile, Problem, Problems, UnreadableLockfile, in_order
from app.core.package import Ecosystem, without_login

FORMAT = "npmrc"
ECOSYSTEM = Ecosystem.NPM

_LARGEST = 256 << 10  # bytes
_LONGEST = 2_000  # characters of an address
_ADDRESS = ("://", "${")  # or a variable that holds one
_REGISTRY = "registry"
_EVERY = "every registry"  # whose certificates are not checked, where the file names none


def claims(path: str) -> bool:
    """Whether a file of this path is npm's configuration, by its name."""
    return path.rpartition("/")[2] == ".npmrc"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole. Of equal keys the last counts."""
    problems: list[Problem] = Problems()
    found: dict[str, Index] = {}
    unchecked = 0
    for line, key, value in _settings(content):
        if key == "strict-ssl":
            unchecked = line if value.lower() == "false" else 0
        elif key == _REGISTRY or (key.startswith("@") and key.endswith(f":{_REGISTRY}")):
            found.pop(key, None)
            if len(value) <= _LONGEST and any(mark in value for mark in _ADDRESS):
                kind = IndexKind.INDEX if key == _REGISTRY else IndexKind.SOURCE
                found[key] = Index(without_login(value), line, kind)
            else:
                message = f"{visible(key, 80)} names no registry that can be read."
                problems.append(Problem(line, message, visible(key, 80), entry=key))
    indexes = list(found.values())
    if unchecked:
        where = found[_REGISTRY].url if _REGISTRY in found else _EVERY
        indexes.append(Index(where, unchecked, IndexKind.TRUSTED_HOST))
    indexes.sort(key=lambda index: index.line)
    return Lockfile(path, FORMAT, (), in_order(problems), indexes=tuple(indexes))


def _settings(content: bytes) -> Iterator[tuple[int, str, str]]:
    """Line, key and value of each setting that npm reads."""
    for line, text in enumerate(read_lines(content, _LARGEST), 1):
        if "\r" in text:
            raise UnreadableLockfile(line, "It holds a carriage return, which ends a line for npm.")
        words = text.strip()
        if not words or words.startswith((";", "#")):
            continue
        if words.startswith("[") and words.endswith("]"):
            return  # a section: npm's own settings stand before all of them
        key, equals, value = words.partition("=")
        yield line, _plain(key), _plain(value) if equals else "true"


def _plain(text: str) -> str:
    """Without spaces and quotes around it, and without a comment behind it."""
    text = text.strip()
    for quote in "\"'":
        if len(text) > 1 and text.startswith(quote) and text.endswith(quote):
            return text[1:-1]
    for mark in (" ;", " #"):
        text = text.partition(mark)[0]
    return text.strip()
