"""Source and its facts → facts about the handling of tokens: clues first, and a syntax tree only where there is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import re2

from app.core.specimen import Fact, FactId, OriginKind
from app.core.token_handling import Practice
from app.core.vocabulary import is_secret_variable
from worker.inspection.facts.extracted import line_evidence
from worker.inspection.facts.token_handling import flow
from worker.inspection.facts.token_handling.clues import CLUES, Clue
from worker.inspection.facts.token_handling.syntax import Source
from worker.inspection.facts.tree import Budget, parse

LARGEST = 1 << 20  # bytes
_DENSE = 400  # bytes a line, on average, from which on a file is minified
_MOST = 40  # clues of one pattern in one file
_LANGUAGES = {"javascript": "javascript", "typescript": "javascript", "tsx": "javascript", "python": "python"}
_PRIVATE = re2.compile(rb"\b0o?[64]00\b|\b384\b|S_IRUSR|S_IRWXU|umask|mkstemp|NamedTemporaryFile|keyring|safeStorage")
_LOGS = re2.compile(rb"console\.|\blog(?:ger|ging)?\.|print\(|std(?:out|err)\.write")


def handling(language: str, content: bytes, facts: Iterable[Fact], budget: Budget) -> tuple[Fact, ...]:
    """The facts of one file. `facts` are those that its extractor has found. Raises `OutOfBudget`."""
    family = _LANGUAGES.get(language)
    if family is None or len(content) > LARGEST or len(content) > _DENSE * (content.count(b"\n") + 8):
        return ()
    lines = content.split(b"\n")
    found = {*_written(content, facts)}
    clues = list(_clues(family, content))
    prints = _reads_secrets(family, content)
    if clues or prints:
        source = Source(family, content, parse(language, content, budget), budget)
        found.update(_judged(source, clues))
        if prints:
            found.update((line, f"{Practice.LOGGED} {variable}") for line, variable in flow.logged(source))
    return tuple(
        Fact(FactId.TOKEN_HANDLING, line, detail, line_evidence(lines, line)) for line, detail in sorted(found)
    )


def _clues(family: str, content: bytes) -> Iterator[tuple[Clue, int, int]]:
    for clue in CLUES:
        if family not in clue.languages:
            continue
        places = []
        for match in clue.pattern.finditer(content):
            places.append(match.span())
            if len(places) == _MOST:
                break
        if places and (clue.unless is None or not clue.unless.search(content)):
            yield from ((clue, *place) for place in places)


def _judged(source: Source, clues: Iterable[tuple[Clue, int, int]]) -> Iterator[tuple[int, str]]:
    for clue, start, end in clues:
        word = clue.judge(source, start, end)
        if word is not None:
            yield source.content.count(b"\n", 0, start) + 1, f"{clue.practice} {word}"


def _reads_secrets(family: str, content: bytes) -> bool:
    if not _LOGS.search(content):
        return False
    return any(is_secret_variable(match.group(1).decode()) for match in flow.READS[family].finditer(content))


def _written(content: bytes, facts: Iterable[Fact]) -> Iterator[tuple[int, str]]:
    """Secrets that are written to files, where nothing in the source asks for a file that only its owner can read."""
    for fact in facts:
        if fact.id is FactId.FILE_WRITE and not _PRIVATE.search(content):
            for origin in fact.origins:
                if origin.kind is OriginKind.ENVIRONMENT and is_secret_variable(origin.detail):
                    yield fact.line, f"{Practice.IN_FILE} {origin.detail}"
