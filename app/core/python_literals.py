"""Python source as a tree, and what in it is written down as it is: texts, lists and mappings. Nothing is ever run.

Python's own parser has limits of its own (200 brackets, a stack that ends in an exception), and what it builds is a
thousand times as large as the text: so the text is small, and all the ways in which the parser gives up are one.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator

import re2

from app.core.lockfile import UnreadableLockfile, decode

_LARGEST = 128 << 10  # bytes; a tree of a hundred megabytes
_MOST_STEPS = 5_000  # of one value; more were written to exhaust its reader
_DECLARED = re2.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_PLAIN = frozenset({b"utf-8", b"utf8", b"utf-8-sig", b"ascii", b"us-ascii"})
_CONFLICT = "<<<<<<< "
_HOLDERS = (ast.keyword, ast.Dict, ast.BinOp, ast.List, ast.Tuple, ast.Set, ast.Starred)


class NotLiteral(Exception):
    """A value is made when the file runs. `line` is that of the part that is no literal."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line


class PythonSource:
    """A module. A name in it stands for a value if it is bound once, and nothing but lists and calls hold it."""

    def __init__(self, content: bytes) -> None:
        """Raise `UnreadableLockfile` for what is no Python of today in UTF-8."""
        text = _decoded(content)
        self.tree = _parsed(text)
        self._lines = text.split("\n")
        self._bound = _bound(self.tree)
        self._used: tuple[tuple[ast.AST, ...], list[set[str]], dict[str, list[int]]] | None = None

    def imported(self) -> Iterator[str]:
        """The modules that the file imports, anywhere in it."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (one.name for one in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module

    def texts(self, node: ast.expr) -> Iterator[tuple[str, int]]:
        """The texts of a list, or the lines of a text, each with its 1-based line; raise `NotLiteral`.

        Lists may be added to each other; texts that are added or formatted are made, not written.
        """
        waiting: list[tuple[ast.expr, bool]] = [(node, False)]
        for _ in range(_MOST_STEPS):
            if not waiting:
                return
            this, added = waiting.pop()
            match self._resolved(this):
                case ast.Constant(value=str() as text) as found if not added:
                    yield from _lines_of(text, found)
                case ast.Constant(value=None):
                    pass
                case ast.List(elts=held) | ast.Tuple(elts=held) | ast.Set(elts=held):
                    waiting += ((one, False) for one in reversed(held))
                case ast.Starred(value=held):
                    waiting.append((held, True))
                case ast.BinOp(op=ast.Add(), left=left, right=right):
                    waiting += [(right, True), (left, True)]
                case _:
                    raise NotLiteral(this.lineno)
        raise NotLiteral(node.lineno)

    def mapping(self, node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
        """What a mapping has, written as `{…}` or `dict(…)`; raise `NotLiteral`."""
        waiting = [node]
        for _ in range(_MOST_STEPS):
            if not waiting:
                return
            this = waiting.pop()
            pairs: Iterable[tuple[ast.expr | str | None, ast.expr]]
            match self._resolved(this):
                case ast.Dict(keys=keys, values=values):
                    pairs = zip(keys, values, strict=True)
                case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
                    pairs = ((one.arg, one.value) for one in keywords)
                case ast.Constant(value=None):
                    continue
                case _:
                    raise NotLiteral(this.lineno)
            for key, value in pairs:
                match key:
                    case None:
                        waiting.append(value)
                    case str() | ast.Constant(value=str()):
                        yield key if isinstance(key, str) else str(key.value), value
                    case _:
                        raise NotLiteral(key.lineno)
        raise NotLiteral(node.lineno)

    def behind(self, node: ast.expr, without: Iterable[ast.AST]) -> str:
        """A hash over what a value hangs on, for comparison between revisions: the expression, and every statement at
        the top of the module that has to do with the names in it; but not these parts of the tree.
        """
        parts = tuple(without)
        names, users = self._uses(parts)
        waiting, seen, taken = list(_names(node, set())), set[str](), set[int]()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            for number in users.get(name, ()):
                if number not in taken:
                    taken.add(number)
                    if not isinstance(self.tree.body[number], ast.Import | ast.ImportFrom):
                        waiting += names[number]
        cut = {line for part in parts for line in _span(part)}
        lines = {line for number in taken for line in _span(self.tree.body[number])} - cut | set(_span(node))
        text = "\n".join(self._lines[line - 1].strip() for line in sorted(lines))
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()

    def _uses(self, without: tuple[ast.AST, ...]) -> tuple[list[set[str]], dict[str, list[int]]]:
        """The names in each statement at the top, and for each name that the module binds, the statements with it."""
        if self._used is None or self._used[0] != without:
            left_out = {id(part) for part in without}
            names = [set(_names(statement, left_out)) for statement in self.tree.body]
            bound = {name for statement in self.tree.body for name in _binds(statement)}
            users: dict[str, list[int]] = {}
            for number, mentioned in enumerate(names):
                for name in mentioned & bound:
                    users.setdefault(name, []).append(number)
            self._used = without, names, users
        return self._used[1:]

    def _resolved(self, node: ast.expr) -> ast.expr:
        return self._bound.get(node.id, node) if isinstance(node, ast.Name) else node


def _decoded(content: bytes) -> str:
    for line in content.split(b"\n", 2)[:2]:
        declared = re2.match(_DECLARED, line)
        if declared is not None and declared[1].lower().replace(b"_", b"-") not in _PLAIN and not content.isascii():
            raise UnreadableLockfile(1, "It declares an encoding other than UTF-8, in which readers would differ.")
        if declared is not None and declared[1].lower().replace(b"_", b"-").startswith((b"utf-7", b"utf7", b"rot")):
            raise UnreadableLockfile(1, "It declares an encoding in which its text is another one.")
    text = decode(content, _LARGEST)
    if "\0" in text or "\f" in text or "\r" in text.replace("\r\n", ""):
        raise UnreadableLockfile(1, "It holds a character that ends a line, or the file, for some readers only.")
    for number, line_text in enumerate(text.split("\n"), 1):
        if line_text.startswith(_CONFLICT):
            message = "It holds merge conflict markers (<<<<<<<), so it says two things at once."
            raise UnreadableLockfile(number, message)
    return text


def _parsed(text: str) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        line = min(max(error.lineno or 1, 1), text.count("\n") + 1)
        raise UnreadableLockfile(line, "This is not Python 3 that can be read.") from None
    except (MemoryError, RecursionError, ValueError):
        raise UnreadableLockfile(1, "Its code is nested too deeply to be read.") from None


def _bound(tree: ast.Module) -> dict[str, ast.expr]:
    """Names that are bound once in the file, with their values, and are held by nothing that could change them."""
    times: Counter[str] = Counter()
    values: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        times.update(_binds_itself(node))
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                values[name] = value
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                values[name] = value
            case ast.ImportFrom(names=[ast.alias(name="*")]):
                return {}
            case _:
                pass
        if not isinstance(node, _HOLDERS):
            times.update(name for one in ast.iter_child_nodes(node) for name in _uses_itself(one))
    return {name: value for name, value in values.items() if times[name] == 1}


def _uses_itself(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield node.id


def _binds_itself(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            yield name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name.partition(".")[0]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
        case ast.ExceptHandler(name=str() as name):
            yield name
        case _:
            pass


def _binds(statement: ast.AST) -> Iterator[str]:
    for node in ast.walk(statement):
        yield from _binds_itself(node)


def _names(node: ast.AST, left_out: set[int]) -> Iterator[str]:
    waiting = [node]
    while waiting:
        this = waiting.pop()
        if id(this) in left_out:
            continue
        if isinstance(this, ast.Name):
            yield this.id
        else:
            yield from _binds_itself(this)
        waiting += ast.iter_child_nodes(this)


def _span(node: ast.AST) -> range:
    first = getattr(node, "lineno", 1)
    return range(first, (getattr(node, "end_lineno", None) or first) + 1)


def _lines_of(text: str, node: ast.expr) -> Iterator[tuple[str, int]]:
    """The lines of a text; where it is written on several lines, each has its own."""
    lines = text.split("\n")
    is_spread = (node.end_lineno or node.lineno) - node.lineno == len(lines) - 1
    for number, line in enumerate(lines):
        for part in line.splitlines():
            written = part.partition(" #")[0].strip()
            if written and not written.startswith("#"):
                yield written, node.lineno + (number if is_spread else 0)
