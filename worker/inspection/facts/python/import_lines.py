"""The import statements of a file that nobody parsed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import re2

from worker.inspection.facts.python.index import Import
from worker.inspection.facts.python.lexer import Tokens

_IMPORTS = re2.compile(rb"\bimport\b")
_IMPORT = re.compile(
    rb"\s*+(?:from[ \t]*+((?:\.[. \t]*+)?+)((?:(?!import\b)[\w.]++)?+)[ \t]*+)?"
    rb"import\b[ \t]*+(?:\(([^()]*+)\)|([^\n;()]*+))[ \t]*+(?=[\n;]|\Z)"
)
_NAMED = re.compile(rb"\s*+([A-Za-z_]\w*+(?:\.\w++)*+)(?:\s++as\s++([A-Za-z_]\w*+))?\s*+")


@dataclass(slots=True)
class Imported:
    """`imports` in order; `names` are what they bind, each with the dotted name that it stands for, without those that
    are the package's own; `stars` are modules of which everything is imported; `rest` is the code without imports.
    """

    imports: list[Import] = field(default_factory=list)
    names: list[tuple[str, str]] = field(default_factory=list)
    stars: list[str] = field(default_factory=list)
    rest: bytes = b""


def imported(found: Tokens) -> Imported | None:
    """The imports of a file; None where a parser has to tell."""
    code = found.code
    told = Imported()
    kept, last = [], 0
    for match in _IMPORTS.finditer(code):
        at = match.start()
        begin = max(code.rfind(b"\n", last, at), code.rfind(b";", last, at), code.rfind(b":", last, at)) + 1
        statement = _IMPORT.match(code, max(begin, last))
        if statement is None or not statement.start() <= at < statement.end() or not _import(told, statement):
            return None
        kept.append(code[last : statement.start()])
        last = statement.end()
    kept += [code[last:], found.inside]
    told.rest = b"\n".join(kept)
    return told


def _import(told: Imported, statement: re.Match[bytes]) -> bool:
    """Take one statement down; False if it cannot be told."""
    dots, module, inside, line = statement.groups()
    listed = inside if inside is not None else line
    if dots is None:
        return inside is None and all(_module(told, part) for part in listed.split(b","))
    level = dots.count(b".")
    source = module.decode()
    if source == "__future__" and not level:
        return True
    if listed.strip() == b"*" and inside is None:
        told.imports.append(Import(source, (), level))
        if not level:
            told.stars.append(source)
        return bool(source or level)
    names = []
    parts = listed.split(b",")
    if inside is not None and not parts[-1].strip():
        parts.pop()
    for part in parts:
        match = _NAMED.fullmatch(part)
        if match is None or b"." in match[1]:
            return False
        name = match[1].decode()
        names.append(name)
        if not level:
            told.names.append(((match[2] or match[1]).decode(), f"{source}.{name}"))
    told.imports.append(Import(source, tuple(names), level))
    return bool(names) and bool(source or level)


def _module(told: Imported, part: bytes) -> bool:
    """Take one module of `import a, b as c` down; False if it cannot be told."""
    match = _NAMED.fullmatch(part)
    if match is None:
        return False
    dotted = match[1].decode()
    top = dotted.partition(".")[0]
    told.imports.append(Import(dotted))
    told.names.append((match[2].decode(), dotted) if match[2] is not None else (top, top))
    return True
