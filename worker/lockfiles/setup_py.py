"""What a project of setuptools asks for, in its script: `setup.py`, read as a tree and never run.

Shape    Python. What a call (`setup(…)`) says for `install_requires`, `setup_requires`, `tests_require` and
         `extras_require`: lists of texts, or one text with a requirement a line, written there or under a name that
         nothing else touches. Read as a dependency file only where no lockfile fixes the versions: then `==` is a pin,
         and a range is told as what nobody can examine. What is made when the script runs is a problem, a new one as
         soon as anything that it hangs on changes.
Line     that of the text; where it is made, that of the code.
Skips    scripts that ask for nothing; everything else that they do.
Refuses  what is no Python 3 in UTF-8, or larger than 128 KiB.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from app.core.compared import put_together
from app.core.escape import visible
from app.core.lockfile import Lockfile, Problem, Scope, UnreadableLockfile
from app.core.manifest import Manifest
from app.core.package import Ecosystem
from app.core.python_literals import NotLiteral, PythonSource
from app.core.python_release import python_name
from app.core.python_wish import Wish, pins_of, wants_of

FORMAT = "setup-py"
ECOSYSTEM = Ecosystem.PYPI
COVERED_BY = frozenset({"uv-lock", "poetry-lock", "pdm-lock", "pylock", "requirements", "pipfile-lock"})

_LISTS = {"install_requires": Scope.RUNTIME, "setup_requires": Scope.BUILD, "tests_require": Scope.DEVELOPMENT}
_EXTRAS = "extras_require"
_ASKING = frozenset({*_LISTS, _EXTRAS})
_TOOLS = frozenset({"setuptools", "distutils", "numpy", "skbuild", "pybind11", "torch"})
_MOST = 5_000  # requirements; a file with more was written to exhaust its reader
_MOST_MADE = 20  # values that are no literals


def claims(path: str) -> bool:
    """Whether a file of this path may be a script of setuptools, by its name."""
    return path.rpartition("/")[2] == "setup.py"


def parse(path: str, content: bytes) -> Lockfile:
    """Read it where no lockfile stands beside it; raise `UnreadableLockfile` when it cannot be read as a whole."""
    return put_together(path, FORMAT, pins_of(_found(PythonSource(content)), path))


def read_manifest(path: str, content: bytes) -> Manifest:
    """What the project asks for; raise `UnreadableLockfile` when it cannot be read as a whole."""
    source = PythonSource(content)
    return Manifest(path, _name(source), wants_of(_found(source)))


def _found(source: PythonSource) -> list[Wish | Problem]:
    calls = _calls(source)
    found: list[Wish | Problem] = []
    made = 0
    for label, scope, value in (one for call in calls for one in _arguments(source, call)):
        try:
            found += _wishes(source, scope, value)
        except NotLiteral as error:
            made += 1
            if made > _MOST_MADE:
                raise UnreadableLockfile(error.line, "Too much of what it asks for is made when it runs.") from None
            message = f"{label} is made when the script runs; what it asks for there is not examined."
            found.append(Problem(error.line, message, label, entry=source.behind(value, calls)))
        if len(found) > _MOST:
            raise UnreadableLockfile(1, f"It names more than {_MOST} packages.")
    return found


def _calls(source: PythonSource) -> list[ast.Call]:
    """Calls that are told what only setuptools is told, and those of `setup` with `**`, if setuptools is imported."""
    has_tools = any(module.partition(".")[0] in _TOOLS for module in source.imported())
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    return [call for call in calls if any(_asks(one, call, has_tools=has_tools) for one in call.keywords)]


def _asks(keyword: ast.keyword, call: ast.Call, *, has_tools: bool) -> bool:
    if keyword.arg is not None:
        return keyword.arg in _ASKING
    return has_tools and "setup" in (getattr(call.func, "id", ""), getattr(call.func, "attr", ""))


def _arguments(source: PythonSource, call: ast.Call) -> Iterator[tuple[str, Scope | None, ast.expr]]:
    """Each list of requirements, what people call it, and its scope; None where it is no list but hides some."""
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield from _argument(source, keyword.arg, keyword.value)
            continue
        pairs = _pairs(source, keyword.value)
        if pairs is None:
            yield "A part of what setup() is told", None, keyword.value
        for name, value in pairs or ():
            yield from _argument(source, name, value)


def _argument(source: PythonSource, name: str, value: ast.expr) -> Iterator[tuple[str, Scope | None, ast.expr]]:
    if name in _LISTS:
        yield name, _LISTS[name], value
    elif name == _EXTRAS:
        pairs = _pairs(source, value)
        if pairs is None:
            yield name, None, value
        for extra, listed in pairs or ():
            yield f"The extra {visible(extra, 40)}", Scope.OPTIONAL, listed


def _pairs(source: PythonSource, value: ast.expr) -> list[tuple[str, ast.expr]] | None:
    try:
        return list(source.mapping(value))
    except NotLiteral:
        return None


def _wishes(source: PythonSource, scope: Scope | None, value: ast.expr) -> list[Wish]:
    if scope is None:
        raise NotLiteral(value.lineno)
    return [Wish(text, line, scope) for text, line in source.texts(value)]


def _name(source: PythonSource) -> str | None:
    for call in _calls(source):
        for keyword in call.keywords:
            if keyword.arg == "name" and isinstance(keyword.value, ast.Constant):
                return python_name(str(keyword.value.value))
    return None
