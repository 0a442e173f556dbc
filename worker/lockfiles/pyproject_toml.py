"""What a Python project asks for: `pyproject.toml`.

Shape    TOML. `[project]` has `dependencies` and `optional-dependencies`, `[dependency-groups]` lists for development,
         `[build-system]` what the build needs; Poetry, PDM and uv have tables of their own. Read as a dependency file
         only where no lockfile fixes the versions: then `==` is a pin, and a range is told as what nobody can examine.
         uv's overrides, constraints and sources, and pdm's overrides, are its directives.
Line     the entry's own, as far as its text stands in one place.
Skips    `python` itself, groups that include others, folders of the repository.
Refuses  what is not TOML in UTF-8, or larger than 2 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from app.core.compared import put_together
from app.core.directives import Directive, DirectiveKind
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Directives, Lockfile, Pin, Problem, Scope, UnreadableLockfile
from app.core.manifest import Manifest, Want
from app.core.package import Ecosystem, without_login
from app.core.python_release import python_name, required_name
from app.core.python_requirement import Gap, read_requirement
from app.core.python_wish import Wish, as_pin, as_want
from app.core.toml_tables import TomlFile, read_toml

FORMAT = "pyproject"
ECOSYSTEM = Ecosystem.PYPI
COVERED_BY = frozenset({"uv-lock", "poetry-lock", "pdm-lock", "pylock", "requirements"})

_LARGEST = 2 << 20  # bytes
_MOST = 20_000  # requirements; a file with more was written to exhaust its reader
_FORCED = {
    "override-dependencies": DirectiveKind.OVERRIDE,
    "constraint-dependencies": DirectiveKind.CONSTRAINT,
    "build-constraint-dependencies": DirectiveKind.CONSTRAINT,
}
_FOLDERS = ("path", "workspace", "editable")


class _Entry:
    """One requirement as it is written, and where: `text` is PEP 508, or Poetry's own shape put into it."""

    def __init__(self, table: str, key: str, text: str, scope: Scope, *, local: bool = False) -> None:
        self.table = table
        self.key = key
        self.text = text
        self.scope = scope
        self.local = local


def claims(path: str) -> bool:
    """Whether a file of this path is a Python project's, by its name."""
    return path.rpartition("/")[2] == "pyproject.toml"


def parse(path: str, content: bytes) -> Lockfile:
    """Read it where no lockfile stands beside it; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_toml(content, _LARGEST)
    lines = _Lines(document)
    read = put_together(path, FORMAT, (_pin(entry, path, lines) for entry in _entries(document)))
    return replace(read, directives=_directives(document, lines))


def read_manifest(path: str, content: bytes) -> Manifest:
    """What the project asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_toml(content, _LARGEST)
    lines = _Lines(document)
    project, poetry = _table(document.values, "project"), _table(document.values, "tool", "poetry")
    name = project.get("name", poetry.get("name"))
    directives = _directives(document, lines)
    return Manifest(
        path,
        python_name(name) if isinstance(name, str) else None,
        tuple(want for entry in _entries(document) if (want := _want(entry, lines)) is not None),
        frozenset(one.name for one in directives if one.kind is DirectiveKind.OVERRIDE),
        directives,
    )


def _directives(document: TomlFile, lines: _Lines) -> tuple[Directive, ...]:
    """Uv's and pdm's overrides, uv's constraints, and where uv takes packages from."""
    found = Directives()
    uv = _table(document.values, "tool", "uv")
    for key, kind in _FORCED.items():
        listed = uv.get(key)
        for text in listed if isinstance(listed, list) else ():
            if isinstance(text, str):
                line = lines.of(_Entry("tool.uv", key, text, Scope.RUNTIME))
                found.say(kind, required_name(text) or text, text, line)
    for name, where in _table(uv, "sources").items():
        line = lines.of(_Entry("tool.uv.sources", name, "", Scope.RUNTIME))
        found.say(DirectiveKind.SOURCE, name, _place(where), line)
    for name, wanted in _table(document.values, "tool", "pdm", "resolution", "overrides").items():
        line = lines.of(_Entry("tool.pdm.resolution.overrides", name, "", Scope.RUNTIME))
        found.say(DirectiveKind.OVERRIDE, python_name(name) or name, wanted, line)
    return tuple(found)


def _place(where: object) -> str:
    """A source of uv as it is written, without logins; several stand behind one another."""
    places = where if isinstance(where, list) else [where]
    said = (sorted(place.items()) if isinstance(place, dict) else [("", place)] for place in places)
    return "; ".join(", ".join(f"{key} {without_login(str(value))}".strip() for key, value in one) for one in said)


def _entries(document: TomlFile) -> list[_Entry]:
    listed = _table(document.values, "project").get("dependencies", [])
    if not isinstance(listed, list):
        raise UnreadableLockfile(document.key_line("dependencies", "project"), "Its dependencies are no list.")
    found: list[_Entry] = []
    for entry in _all(document.values):
        if len(found) >= _MOST:
            raise UnreadableLockfile(1, f"It names more than {_MOST} packages.")
        found.append(entry)
    return found


def _all(values: dict[str, Any]) -> Iterator[_Entry]:
    project = _table(values, "project")
    yield from _listed("project", "dependencies", project.get("dependencies"), Scope.RUNTIME)
    for extra, listed in _table(project, "optional-dependencies").items():
        yield from _listed("project.optional-dependencies", extra, listed, Scope.OPTIONAL)
    for group, listed in _table(values, "dependency-groups").items():
        yield from _listed("dependency-groups", group, listed, Scope.DEVELOPMENT)
    build = _table(values, "build-system")
    yield from _listed("build-system", "requires", build.get("requires"), Scope.BUILD)
    uv = _table(values, "tool", "uv")
    yield from _listed("tool.uv", "dev-dependencies", uv.get("dev-dependencies"), Scope.DEVELOPMENT)
    for group, listed in _table(values, "tool", "pdm", "dev-dependencies").items():
        yield from _listed("tool.pdm.dev-dependencies", group, listed, Scope.DEVELOPMENT)
    poetry = _table(values, "tool", "poetry")
    yield from _of_poetry("tool.poetry.dependencies", poetry.get("dependencies"), Scope.RUNTIME)
    yield from _of_poetry("tool.poetry.dev-dependencies", poetry.get("dev-dependencies"), Scope.DEVELOPMENT)
    for group, held in _table(poetry, "group").items():
        table = held.get("dependencies") if isinstance(held, dict) else None
        yield from _of_poetry(f"tool.poetry.group.{group}.dependencies", table, Scope.DEVELOPMENT)


def _listed(table: str, key: str, listed: object, scope: Scope) -> Iterator[_Entry]:
    for text in listed if isinstance(listed, list) else ():
        if isinstance(text, str):
            yield _Entry(table, key, text, scope)


def _of_poetry(table: str, held: object, scope: Scope) -> Iterator[_Entry]:
    """Poetry's tables: a range of its own (`^1.2`), or a table with a version, a repository or a folder."""
    for name, wanted in held.items() if isinstance(held, dict) else ():
        if name == "python":
            continue
        fields = wanted if isinstance(wanted, dict) else {"version": wanted}
        version = fields.get("version")
        if any(key in fields for key in _FOLDERS):
            yield _Entry(table, name, name, scope, local=True)
        elif "git" in fields or "url" in fields:
            yield _Entry(table, name, f"{name} @ {fields.get('git', fields.get('url'))}", scope)
        elif isinstance(version, str):
            text = version.strip()
            exact = text.removeprefix("==")
            is_exact = text.startswith("==") or (text[:1].isdigit() and not set(text) & set("*<>=!~^, |"))
            yield _Entry(table, name, f"{name}=={exact}" if is_exact else f"{name}  {text}", scope)


def _pin(entry: _Entry, path: str, lines: _Lines) -> Pin | Problem | None:
    if entry.local:
        return None
    line = lines.of(entry)
    if "  " not in entry.text:
        return as_pin(Wish(entry.text, line, entry.scope), path)
    bare = " ".join(entry.text.split())
    read = read_requirement(bare.partition(" ")[0], path)
    if isinstance(read, Gap) and read.reason is Reason.UNPINNED:
        message = f"{visible(bare, 80)} fixes no version; which one is installed cannot be examined."
        return Problem(line, message, bare[:200], read.reason, bare[:1000])
    return as_pin(Wish(bare, line, entry.scope), path)


def _want(entry: _Entry, lines: _Lines) -> Want | None:
    if entry.local:
        return None
    if "  " in entry.text:  # a range of Poetry's own grammar
        name = python_name(entry.text.partition(" ")[0])
        return None if name is None else Want(name, "", lines.of(entry), entry.scope)
    return as_want(Wish(entry.text, lines.of(entry), entry.scope))


class _Lines:
    """Where an entry stands: the first place of its text within the statement of its key."""

    def __init__(self, document: TomlFile) -> None:
        self._statements = document.keys()

    def of(self, entry: _Entry) -> int:
        """Its line; 1 when its key is written in another way."""
        statement = self._statements.get((entry.table, entry.key))
        if statement is None:
            return 1
        at = statement.text.find(f'"{entry.text}"'.encode("utf-8", "replace"))
        at = at if at >= 0 else statement.text.find(f"'{entry.text}'".encode("utf-8", "replace"))
        return statement.line + (statement.text.count(b"\n", 0, at) if at >= 0 else 0)


def _table(values: dict[str, Any], *names: str) -> dict[str, Any]:
    """The table of this name, whatever else the file says there."""
    for name in names:
        found = values.get(name)
        values = found if isinstance(found, dict) else {}
    return values
