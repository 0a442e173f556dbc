"""What a project of pipenv asks for: `Pipfile`.

Shape    TOML. `[packages]`, `[dev-packages]` and every other table of packages have a requirement for each name: `"*"`,
         `"==1.2.3"`, or a table with `version`, `git`, `path`, `file`, `index`. Read as a dependency file only where no
         lockfile fixes the versions: then `==` is a pin, and a range is told as what nobody can examine.
         `[[source]]` lists the indexes; a package that names none comes from the first.
Line     the entry's own, or that of its table.
Skips    `[requires]`, `[scripts]`, `[pipenv]`; folders of the repository.
Refuses  what is not TOML in UTF-8, or larger than 2 MiB; a `packages` that is no table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.compared import put_together
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Index, IndexKind, Lockfile, Pin, Problem, Scope, UnreadableLockfile
from app.core.manifest import Manifest, Want
from app.core.package import REGISTRY, Ecosystem, Source, SourceKind, without_login
from app.core.python_release import python_name
from app.core.python_requirement import Local, read_requirement
from app.core.python_wish import Wish, as_pin, as_want
from app.core.scope_words import scope_said
from app.core.toml_tables import Statement, TomlFile, read_toml

FORMAT = "pipfile"
ECOSYSTEM = Ecosystem.PYPI
COVERED_BY = frozenset({"pipfile-lock"})

_SCOPES = {"packages": Scope.RUNTIME, "dev-packages": Scope.DEVELOPMENT}
_OTHERS = frozenset({"requires", "scripts", "pipenv", "source", "pipfile"})
_LARGEST = 2 << 20  # bytes
_MOST = 20_000  # packages; a file with more was written to exhaust its reader
_MOST_INDEXES = 100
_VERSION_CONTROL = ("git", "hg", "svn", "bzr")


def claims(path: str) -> bool:
    """Whether a file of this path is pipenv's manifest, by its name."""
    return path.rpartition("/")[2] == "Pipfile"


def parse(path: str, content: bytes) -> Lockfile:
    """Read it where no lockfile stands beside it; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_toml(content, _LARGEST)
    sources, indexes = _sources(document)
    first = next(iter(sources.values()), REGISTRY)
    found = [_read(entry, path, sources, first) for entry in _entries(document)]
    read = put_together(path, FORMAT, [*found, *_unchecked(indexes)])
    return Lockfile(path, FORMAT, read.pins, read.problems, indexes=indexes)


def read_manifest(path: str, content: bytes) -> Manifest:
    """What the project asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
    wants: list[Want] = []
    for entry in _entries(read_toml(content, _LARGEST)):
        wish = entry.wish()
        if wish is not None and not isinstance(read_requirement(wish.text, path), Local):
            wants += [want] if (want := as_want(wish)) is not None else []
    return Manifest(path, None, tuple(wants))


class _Entry:
    """One package as its table has it; `fields` are those of a table, whatever form was written."""

    def __init__(self, name: str, value: object, line: int, scope: Scope) -> None:
        self.name = name
        self.fields: dict[str, Any] = value if isinstance(value, dict) else {"version": value}
        self.line = line
        self.scope = scope

    def wish(self) -> Wish | None:
        """What pipenv would hand to pip; None for what is no requirement."""
        for kind in _VERSION_CONTROL:
            if kind in self.fields:
                address = str(self.fields[kind])
                return Wish(f"{self.name} @ {kind}+{address.removeprefix(f'{kind}+')}", self.line, self.scope)
        for place in ("file", "path"):
            if place in self.fields:
                where = str(self.fields[place])
                text = f"{self.name} @ {where}" if "://" in where else where
                return Wish(text, self.line, self.scope)
        version = self.fields.get("version", "*")
        if not isinstance(version, str) or python_name(self.name) is None:
            return None
        version = "" if version.strip() == "*" else version.strip()
        exact = "==" if version[:1].isdigit() else ""
        return Wish(f"{self.name}{exact}{version}", self.line, self.scope)


def _entries(document: TomlFile) -> list[_Entry]:
    found: list[_Entry] = []
    keys = document.keys()
    for category, table in document.values.items():
        if category in _OTHERS:
            continue
        if not isinstance(table, dict):
            if category in _SCOPES:
                raise UnreadableLockfile(document.key_line(category), f"Its {category} are no table.")
            continue
        scope = _SCOPES.get(category) or scope_said(category) or Scope.OPTIONAL
        found += (_Entry(name, value, _line(keys, category, name), scope) for name, value in table.items())
        if len(found) > _MOST:
            raise UnreadableLockfile(1, f"It names more than {_MOST} packages.")
    return found


def _line(keys: dict[tuple[str, str], Statement], category: str, name: str) -> int:
    """That of the key in its table, or of the first one in a table of its own; 1 when it is written otherwise."""
    statement = keys.get((category, name))
    if statement is None:
        own = f"{category}.{name}"
        fields = ("version", "git", "path", "file", "index", "ref", "extras", "editable", "markers")
        statement = next((keys[own, field] for field in fields if (own, field) in keys), None)
    return statement.line if statement is not None else 1


def _read(entry: _Entry, path: str, sources: dict[str, Source], first: Source) -> Pin | Problem | None:
    shown = visible(entry.name, 80)
    wish = entry.wish()
    if wish is None:
        return Problem(entry.line, f"{shown} names no version that can be read.", entry.name[:200], entry=_text(entry))
    index = entry.fields.get("index")
    if index is None:
        return as_pin(wish, path, first)
    if not isinstance(index, str) or index not in sources:
        message = f"{shown} names the index {visible(str(index), 80)}, which is none of the file's sources."
        return Problem(entry.line, message, entry.name[:200], entry=_text(entry))
    return as_pin(wish, path, sources[index])


def _unchecked(indexes: tuple[Index, ...]) -> Iterator[Problem]:
    for index in indexes:
        if index.kind is IndexKind.TRUSTED_HOST:
            shown = visible(index.url, 120)
            message = f"Packages are taken from {shown} without a valid certificate; what it serves is not examined."
            yield Problem(index.line, message, shown, Reason.UNSUPPORTED_SOURCE, index.url)


def _text(entry: _Entry) -> str:
    return f"{entry.name} {entry.fields!r}"[:2000]


def _sources(document: TomlFile) -> tuple[dict[str, Source], tuple[Index, ...]]:
    """The indexes by their names, in order, and as lines of the file."""
    listed = document.values.get("source", [])
    if not isinstance(listed, list) or len(listed) > _MOST_INDEXES:
        raise UnreadableLockfile(document.key_line("source"), "Its sources are no list that can be read.")
    named: dict[str, Source] = {}
    indexes: list[Index] = []
    lines = document.table_lines("source") if listed else []
    for source, line in zip(listed, lines, strict=True):
        url = source.get("url") if isinstance(source, dict) else None
        if not isinstance(url, str) or not url:
            raise UnreadableLockfile(line, "One of its sources has no address that can be read.")
        address = without_login(url)
        indexes.append(Index(address, line, IndexKind.SOURCE if named else IndexKind.INDEX))
        if source.get("verify_ssl") is False:
            indexes.append(Index(address, line, IndexKind.TRUSTED_HOST))
        named.setdefault(str(source.get("name", f"source {line}")), Source(SourceKind.REGISTRY, address))
    return named, tuple(indexes)
