"""Paths of file calls: how they are shown, and what reading them gives."""

from __future__ import annotations

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.literals import HERE, HOLE, clean_path, shown
from worker.inspection.facts.vocabulary import credential_file

LONGEST = 240  # characters of a path that are kept
MOST = 32  # paths of one call

_LISTS = frozenset({"readdir", "readdirSync", "opendir", "opendirSync", "readDir", "readDirSync"})


def shown_path(text: str) -> str:
    """A folded path for people: `~/.npmrc`, `__dirname/package.json`, `…/.aws/credentials`."""
    path = text.removeprefix("file://")
    return shown(path if "://" in path else clean_path(path))[:LONGEST]


def paths(evaluator: Evaluator, call: Call, position: int) -> tuple[str, ...]:
    """The paths an argument may be, as they were folded."""
    return evaluator.argument(call, position).texts[:MOST]


def credentials(text: str) -> str | None:
    """How people call what a folded path holds; None when it holds no credentials."""
    return credential_file(text.removeprefix("file://").replace(HOLE, "/").replace(HERE, "."))


def is_listing(name: str) -> bool:
    """Whether a call lists a directory instead of reading a file."""
    return name.rpartition(".")[2] in _LISTS


def read_origins(evaluator: Evaluator, call: Call, name: str) -> list[Origin]:
    """Where the data of a reading call comes from."""
    found = []
    for text in paths(evaluator, call, 0):
        path = text + "/" if is_listing(name) else text
        kind = OriginKind.CREDENTIAL_FILE if credentials(path) is not None else OriginKind.FILE
        found.append(Origin(kind, call.line, shown_path(text)))
    return found or [Origin(OriginKind.FILE, call.line, name)]
