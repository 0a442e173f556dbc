"""Go's modules: `go.mod`.

Shape    Lines of directives, alone or in blocks: `require module version`, `replace module [version] => other`. What Go
         itself chose is what stands there since Go 1.17: every module of the build, the indirect ones with a comment.
         A replacement takes the place of the module, which is kept as its alias, and is a directive.
Line     the `require`, or the `replace` where there is one.
Skips    `module`, `go`, `toolchain`, `tool`, `godebug`, `ignore`; `exclude` and `retract`, which only take away.
Refuses  what is not UTF-8, larger than 4 MiB, holds merge conflict markers, names no module, or leaves a block open.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.compared import read_lines, read_package
from app.core.directives import DirectiveKind
from app.core.escape import visible
from app.core.lockfile import Directives, Lineage, Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import REGISTRY, Ecosystem, Source, SourceKind

FORMAT = "go-mod"
ECOSYSTEM = Ecosystem.GO

_LARGEST = 4 << 20  # bytes
_KNOWN = frozenset(
    {"module", "go", "toolchain", "tool", "godebug", "ignore", "require", "replace", "exclude", "retract"}
)
_QUOTES = ('"', "`")


@dataclass(frozen=True, slots=True)
class _Statement:
    line: int
    verb: str
    words: tuple[str, ...]
    comment: str


@dataclass(slots=True)
class _Module:
    """What a `replace` says of a module; `version` None: of all its versions."""

    line: int
    version: str | None
    target: tuple[str, ...]


@dataclass(slots=True)
class _Found:
    requires: list[_Statement] = field(default_factory=list)
    replaced: dict[str, list[_Module]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=Problems)
    directives: Directives = field(default_factory=Directives)


def claims(path: str) -> bool:
    """Whether a file of this path is a `go.mod`."""
    return path.rpartition("/")[2] == "go.mod"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    found = _Found()
    is_module = False
    for statement in _statements(read_lines(content, _LARGEST)):
        is_module = is_module or statement.verb == "module"
        _take(statement, found)
    if not is_module:
        raise UnreadableLockfile(1, "It names no module, so it is no go.mod.")
    pins = [pin for statement in found.requires if (pin := _pin(statement, found)) is not None]
    return Lockfile(
        path, FORMAT, tuple(pins), in_order(found.problems), lineage=Lineage.DIRECT, directives=tuple(found.directives)
    )


def _statements(lines: list[str]) -> Iterator[_Statement]:
    block: tuple[str, int] | None = None
    for number, text in enumerate(lines, 1):
        code, _, comment = text.partition("//")
        words = tuple(word.strip("".join(_QUOTES)) for word in code.split())
        if not words:
            continue
        if block is not None:
            if words == (")",):
                block = None
            else:
                yield _Statement(number, block[0], words, comment.strip())
        elif words[-1] == "(" and len(words) == 2:
            block = words[0], number
        else:
            yield _Statement(number, words[0], words[1:], comment.strip())
    if block is not None:
        raise UnreadableLockfile(block[1], f"The block of {visible(block[0], 40)} that begins here does not end.")


def _take(statement: _Statement, found: _Found) -> None:
    if statement.verb == "require" and len(statement.words) == 2:
        found.requires.append(statement)
    elif statement.verb == "replace" and "=>" in statement.words:
        at = statement.words.index("=>")
        old, new = statement.words[:at], statement.words[at + 1 :]
        if len(old) in (1, 2) and len(new) in (1, 2):
            version = old[1] if len(old) == 2 else None
            found.directives.say(DirectiveKind.REPLACEMENT, " ".join(old), " ".join(new), statement.line)
            found.replaced.setdefault(old[0], []).append(_Module(statement.line, version, new))
            return
        found.problems.append(_problem(statement))
    elif statement.verb not in _KNOWN or statement.verb in ("require", "replace"):
        found.problems.append(_problem(statement))


def _problem(statement: _Statement) -> Problem:
    text = " ".join((statement.verb, *statement.words))
    return Problem(statement.line, f"{visible(text, 120)} is no line of a go.mod.", text[:200], entry=text)


def _pin(statement: _Statement, found: _Found) -> Pin | None:
    name, version = statement.words
    package = read_package(ECOSYSTEM, name, version)
    if package is None:
        found.problems.append(_problem(statement))
        return None
    line, alias, source = statement.line, None, REGISTRY
    choices = [one for one in found.replaced.get(name, ()) if one.version in (None, version)]
    replaced = max(choices, key=lambda one: one.version is not None, default=None)
    if replaced is not None:
        line = replaced.line
        target = replaced.target
        if len(target) == 1:
            source = Source(SourceKind.PATH, target[0], target[0])
        else:
            alias, package = name, read_package(ECOSYSTEM, *target) or package
    return Pin(package, source, line, Scope.RUNTIME, not statement.comment.startswith("indirect"), alias=alias)
