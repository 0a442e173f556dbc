"""What a project of setuptools asks for, in its settings: `setup.cfg`.

Shape    INI, as `configparser` reads it. `[options]` has `install_requires`, `setup_requires` and `tests_require`, and
         `[options.extras_require]` a list for each extra: one requirement a line, or on one line with `;` between them.
         Read as a dependency file only where no lockfile fixes the versions: then `==` is a pin, and a range is told as
         what nobody can examine.
Line     the requirement's own.
Skips    the settings of other tools; lists in files of their own (`file: requirements.txt`), which are read as such if
         they are named like requirements files.
Refuses  what is no INI file in UTF-8, or larger than 1 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.compared import put_together
from app.core.escape import visible
from app.core.ini_lines import DEFAULT, Option, Sections, read_ini
from app.core.lockfile import Lockfile, Problem, Scope, UnreadableLockfile
from app.core.manifest import Manifest
from app.core.package import Ecosystem
from app.core.python_release import python_name
from app.core.python_wish import Wish, pins_of, wants_of
from app.core.requirements_files import is_requirements_file

FORMAT = "setup-cfg"
ECOSYSTEM = Ecosystem.PYPI
COVERED_BY = frozenset({"uv-lock", "poetry-lock", "pdm-lock", "pylock", "requirements", "pipfile-lock"})

_LISTS = {
    "install_requires": Scope.RUNTIME,
    "setup_requires": Scope.BUILD,
    "tests_require": Scope.DEVELOPMENT,
}
_EXTRAS = "options.extras_require"
_FILE = "file:"
_MOST = 20_000  # requirements; a file with more was written to exhaust its reader


def claims(path: str) -> bool:
    """Whether a file of this path holds settings of setuptools, by its name."""
    return path.rpartition("/")[2] == "setup.cfg"


def parse(path: str, content: bytes) -> Lockfile:
    """Read it where no lockfile stands beside it; raise `UnreadableLockfile` when it cannot be read as a whole."""
    return put_together(path, FORMAT, pins_of(_wishes(read_ini(content)), path))


def read_manifest(path: str, content: bytes) -> Manifest:
    """What the project asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
    sections = read_ini(content)
    named = sections.get("metadata", {}).get("name")
    name = named.values[0][1] if named is not None and len(named.values) == 1 else ""
    return Manifest(path, python_name(name), wants_of(_wishes(sections)))


def _wishes(sections: Sections) -> list[Wish | Problem]:
    found: list[Wish | Problem] = []
    for option, scope in _options(sections):
        found += _listed(option, scope)
        if len(found) > _MOST:
            raise UnreadableLockfile(1, f"It names more than {_MOST} packages.")
    return found


def _options(sections: Sections) -> Iterator[tuple[Option, Scope]]:
    """The options that hold requirements; setuptools reads `install-requires` as well."""
    for name, option in {**sections.get(DEFAULT, {}), **sections.get("options", {})}.items():
        scope = _LISTS.get(name.replace("-", "_"))
        if scope is not None:
            yield option, scope
    for option in sections.get(_EXTRAS, {}).values():
        yield option, Scope.OPTIONAL


def _listed(option: Option, scope: Scope) -> Iterator[Wish | Problem]:
    values = option.values
    if values and values[0][1].startswith(_FILE):
        yield from _files(option)
        return
    several = len(values) > 1 or any(line > option.line for line, _ in values)
    for line, value in values:
        for text in value.splitlines() if several else value.split(";"):
            written = text.partition(" #")[0].strip()  # what setuptools takes for a comment
            if written:
                yield Wish(written, line, scope)


def _files(option: Option) -> Iterator[Problem]:
    for line, value in option.values:
        for name in value.removeprefix(_FILE).split(","):
            if name.strip() and not is_requirements_file(name.strip()):
                message = f"{visible(name.strip(), 80)} lists requirements, but is not named so, and is not read."
                yield Problem(line, message, name.strip()[:200], entry=name.strip()[:1000])
