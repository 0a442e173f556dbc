"""Weak practice with tokens: what a package does with those of whoever uses it, and how rules tell of it.

`Fact.detail` of a `FactId.TOKEN_HANDLING` is a practice and a word about it: `logged NPM_TOKEN`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum

from app.core.evidence import ASIDE, beside_the_old, shown, subject
from app.core.finding import Finding, Reach, Severity, Words
from app.core.leak import is_aside
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

_SHOWN = 3


class Practice(StrEnum):
    """One way to expose a token. The comment says what the word after it is."""

    IN_URL = "in-url"  # the parameter's name
    LOGGED = "logged"  # the variable of the environment
    IN_FILE = "in-file"  # what is written
    TLS_OFF = "tls-off"  # how verification is turned off
    CLEAR_TEXT = "clear-text"  # the host
    COMMAND_LINE = "command-line"  # the option
    CONSTANT_KEY = "constant-key"  # what uses the key
    UNVERIFIED = "unverified"  # what is not verified
    LONG_LIVED = "long-lived"  # for how long
    COMPARED = "compared"  # the operator
    WEAK_RANDOM = "weak-random"  # what is made
    REDIRECTED = "redirected"  # how
    IN_BROWSER = "in-browser"  # the variable


_NAMES = frozenset(practice.value for practice in Practice)
Judge = Callable[[Practice, str], tuple[Severity, Words] | None]
"""`(practice, word)` → how grave it is, and what it does ("logs {0}"); None for what another rule tells."""


def parse(detail: str) -> tuple[Practice, str] | None:
    """The practice and its word; None for the facts of an engine that knew others."""
    name, _, word = detail.partition(" ")
    return (Practice(name), word) if name in _NAMES else None


def weaknesses(card: RuleCard, specimen: Specimen, judge: Judge) -> Iterator[Finding]:
    """Each thing that is done once a reach, with its first lines; not in tests, documents, and what nothing loads."""
    return beside_the_old(specimen, lambda artifact: _judged(card, artifact, judge))


def _judged(card: RuleCard, artifact: ArtifactFacts, judge: Judge) -> Iterable[Finding]:
    places: dict[Words, list[tuple[Severity, FileFacts, Fact, Words]]] = {}
    for file in artifact.files:
        handling = [fact for fact in file.facts if fact.id is FactId.TOKEN_HANDLING]
        if not handling or file.reach in ASIDE or file.reach is Reach.NONE or is_aside(file):
            continue
        for fact in handling:
            parsed = parse(fact.detail)
            judged = judge(*parsed) if parsed is not None else None
            if judged is not None:
                severity, does = judged
                message = Words(f"{subject(file.reach)} {does.template}", does.values)
                places.setdefault(message, []).append((severity, file, fact, does))
    for message, found in places.items():
        severity, file, _, _ = found[0]
        lines = [shown(one, fact, does) for _, one, fact, does in found[:_SHOWN]]
        yield card.finding(message, lines, reach=file.reach, severity=severity)
