"""Data that reaches a place where it runs: directly, or through a file that is written first and run then."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.specimen import Fact, FactId, FileFacts, Origin, OriginKind

_RUNS = frozenset({FactId.DYNAMIC_CODE, FactId.PROCESS})
_TIMERS = frozenset({"setTimeout", "setInterval", "setImmediate"})
_PROGRAMS = frozenset(
    {
        ".js",
        ".cjs",
        ".mjs",
        ".node",
        ".py",
        ".pyc",
        ".sh",
        ".ps1",
        ".bat",
        ".cmd",
        ".vbs",
        ".exe",
        ".bin",
        ".so",
        ".dll",
    }
)
_INTERPRETER = re.compile(
    r"\b(?:node|nodejs|bun|deno|python[0-9.]*|pythonw|perl|ruby|php|sh|bash|zsh|dash|powershell|pwsh|cmd|wscript|cscript"
    r"|mshta|rundll32|regsvr32|execPath|sys\.executable|startfile|osascript|java)\b|shell\s{0,4}[=:]\s{0,4}[Tt]rue"
)
_STARTS_A_FILE = re.compile(
    r"\.(?:spawn|execFile)(?:Sync)?$|^subprocess\.|\.create_subprocess_exec$|^os\.(?:exec|spawn)"
)


@dataclass(frozen=True, slots=True)
class Flow:
    """`origin` reaches `sink`; `through` is the write that carries it, when it goes through a file."""

    sink: Fact
    origin: Origin
    through: Fact | None = None

    @property
    def is_program(self) -> bool:
        """Whether it is a file that is started by its own name, as installers of compiled tools do, and not code that
        is handed to an interpreter or a shell.
        """
        if self.sink.id is not FactId.PROCESS or _INTERPRETER.search(self.sink.evidence):
            return False
        return self.through is not None or _STARTS_A_FILE.search(self.sink.detail) is not None


def is_timer(fact: Fact) -> bool:
    """Whether it is a timer, which runs text as code but nearly always gets a function."""
    return fact.id is FactId.DYNAMIC_CODE and fact.detail.rpartition(".")[2] in _TIMERS


def executed(file: FileFacts, kind: OriginKind) -> Iterator[Flow]:
    """Each place of one file that runs data of this kind of origin."""
    followed: set[Origin] = set()  # extractors follow data into a file and out of it again, where they can
    for fact in file.facts:
        origin = _of_kind(fact, kind) if fact.id in _RUNS else None
        if origin is not None:
            followed.add(origin)
            yield Flow(fact, origin, _carrier(file, origin) if fact.id is FactId.PROCESS else None)
    for fact in file.facts:
        origin = _of_kind(fact, kind) if fact.id is FactId.FILE_WRITE else None
        if origin is not None and origin not in followed:
            runner = _runner(file, fact)
            if runner is not None:
                yield Flow(runner, origin, fact)


def _carrier(file: FileFacts, origin: Origin) -> Fact | None:
    """The write of the same data, when there is one."""
    return next((fact for fact in file.facts if fact.id is FactId.FILE_WRITE and origin in fact.origins), None)


def _runner(file: FileFacts, written: Fact) -> Fact | None:
    """The fact that runs a file with the constant name that was written; the write itself when the file is loaded."""
    name = posixpath.basename(written.detail.replace("\\", "/"))
    stem, suffix = posixpath.splitext(name)
    if not suffix and "/" in written.detail:
        return _starter(file, written, name)
    if suffix.lower() not in _PROGRAMS:
        return None  # the name of a call, or of data
    for fact in file.facts:
        if fact.id in _RUNS and fact.line != written.line and name in fact.evidence:
            return fact
    started = any(posixpath.basename(reference) in (name, stem) for reference in (*file.runs, *file.loads))
    return written if started else None


def _starter(file: FileFacts, written: Fact, name: str) -> Fact | None:
    """The fact that starts a program by its name, for one that was written without an ending."""
    starts = (fact for fact in file.facts if fact.id is FactId.PROCESS and fact.line != written.line)
    return next((fact for fact in starts if name in fact.programs), None)


def _of_kind(fact: Fact, kind: OriginKind) -> Origin | None:
    return next((origin for origin in fact.origins if origin.kind is kind), None)
