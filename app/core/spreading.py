"""How code spreads itself: which deeds of one file together publish, plant or push in somebody else's name.

Shared by the rule that tells them and by those that leave such lines to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.evidence import ASIDE, UNASKED
from app.core.finding import Reach, Severity
from app.core.providers import is_registry, owner_of_file, owner_of_variable
from app.core.specimen import Fact, FactId, FileFacts, Origin, OriginKind
from app.core.vocabulary import credential_file, is_secret_variable

PUBLISHES = "publishes packages"
PUSHES = "pushes commits"
MAKES = "makes repositories"
CHANGES = "changes files of repositories"
PLANTS = "adds an install step to a package.json"
PUTS = "sends with PUT"
"""What a fact of spreading says first; how it does it follows after a colon."""

WORKFLOWS = re.compile(r"(?:^|[/\\…])\.github[/\\]workflows(?:[/\\]|$)")
_OTHERS = re.compile(
    r"^(?:~|/(?!tmp)|[A-Za-z]:|%).*/(?:package\.json|setup\.py|pyproject\.toml|setup\.cfg|__init__\.py)$"
)
_ISSUERS = frozenset({"npm", "PyPI", "GitHub", "GitLab", "Cargo", "RubyGems"})
_SCRIPTS = ("setup.py",)  # publish when they are told to: `setup.py publish`


@dataclass(frozen=True, slots=True)
class Spread:
    """What a file does in somebody else's name, as a clause, how grave that is, and the lines in order."""

    says: str
    value: str
    severity: Severity
    lines: tuple[Fact, ...]


def spreads(file: FileFacts) -> list[Spread]:
    """What one file does, the gravest first; empty for what release tools do when they are told to."""
    return sorted(_spreads(_Deeds(file)), key=lambda one: -one.severity.rank) if file.reach not in ASIDE else []


class _Deeds:
    """The facts of one file by what they mean for this."""

    def __init__(self, file: FileFacts) -> None:
        self.file = file
        self.unasked = file.reach in UNASKED
        self.told_to = file.path.endswith(_SCRIPTS)
        self.publishes = self._of(PUBLISHES)
        self.pushes = self._of(PUSHES)
        self.makes = self._of(MAKES)
        self.changes = self._of(CHANGES)
        self.others = [fact for fact in file.facts if _is_of_others(fact)]
        self.plants = [*self.others, *self._of(PLANTS)]
        self.workflows = [fact for fact in file.facts if _is_workflow(fact)]
        self.tokens = [fact for fact in file.facts if _is_token(fact)]
        puts = self._of(PUTS)
        self.uploads = [fact for fact in file.facts if _is_upload(fact, told=bool(puts))]

    def _of(self, deed: str) -> list[Fact]:
        return [fact for fact in self.file.facts if fact.id is FactId.SPREAD and fact.detail.startswith(deed)]


def _spreads(deeds: _Deeds) -> Iterator[Spread]:
    spreading = (*deeds.publishes, *deeds.uploads)
    loud = Severity.CRITICAL if deeds.unasked else Severity.HIGH
    if deeds.plants and (spreading or deeds.pushes):
        act = (spreading or deeds.pushes)[0]
        certain = deeds.unasked or (deeds.others and deeds.file.reach is not Reach.NONE)
        severity = Severity.CRITICAL if certain else Severity.HIGH
        yield Spread("changes other packages and publishes them ({0})", _way(act), severity, (deeds.plants[0], act))
    elif deeds.uploads:
        yield Spread(
            "publishes packages with a token that it found ({0})", _way(deeds.uploads[0]), loud, (deeds.uploads[0],)
        )
    elif deeds.publishes and deeds.unasked:
        severity = Severity.MEDIUM if deeds.told_to else Severity.CRITICAL
        yield Spread("publishes packages ({0})", _way(deeds.publishes[0]), severity, (deeds.publishes[0],))
    elif deeds.plants and deeds.unasked:
        yield Spread("adds itself to other packages ({0})", _way(deeds.plants[0]), Severity.HIGH, (deeds.plants[0],))
    at_home = [fact for fact in deeds.workflows if fact.detail.startswith("~/")]  # no project that a tool is run in
    if deeds.workflows and (deeds.unasked or (deeds.pushes and (at_home or _is_found(deeds.tokens)))):
        fact = (at_home or deeds.workflows)[0]
        yield Spread("writes a workflow into a repository ({0})", _way(fact), loud, (fact, *deeds.pushes[:1]))
    if deeds.pushes and deeds.unasked and not deeds.told_to:
        yield Spread("pushes commits ({0})", _way(deeds.pushes[0]), Severity.CRITICAL, (deeds.pushes[0],))
    remote = (*deeds.makes, *deeds.changes)
    if remote and (deeds.unasked or _is_found(deeds.tokens)):
        severity = Severity.CRITICAL if deeds.unasked else Severity.MEDIUM
        yield Spread("makes or changes repositories ({0})", _way(remote[0]), severity, (*deeds.tokens[:1], remote[0]))


def _way(fact: Fact) -> str:
    return fact.detail.partition(": ")[2] or fact.detail


def _is_of_others(fact: Fact) -> bool:
    """Whether files of packages elsewhere on the machine are written, whichever they are."""
    path = fact.detail.replace("\\", "/")
    return fact.id is FactId.FILE_WRITE and ("*" in path or "…" in path) and _OTHERS.search(path) is not None


def _is_workflow(fact: Fact) -> bool:
    return fact.id is FactId.FILE_WRITE and WORKFLOWS.search(fact.detail) is not None


def _is_token(fact: Fact) -> bool:
    """Whether what is read lets its reader publish or push."""
    if fact.id is FactId.CREDENTIAL_FILE:
        return _issues(Origin(OriginKind.CREDENTIAL_FILE, fact.line, fact.detail))
    return fact.id is FactId.ENVIRONMENT and _issues(Origin(OriginKind.ENVIRONMENT, fact.line, fact.detail))


def _is_found(tokens: list[Fact]) -> bool:
    """Whether a token was taken out of a file, where nobody handed it over."""
    return any(fact.id is FactId.CREDENTIAL_FILE for fact in tokens)


def _is_upload(fact: Fact, *, told: bool) -> bool:
    """Whether a registry is sent something with a token out of a file or of the environment."""
    if fact.id is not FactId.NETWORK or not any(map(is_registry, fact.hosts)):
        return False
    return (told or fact.detail.endswith(".put")) and any(map(_issues, fact.origins))


def _issues(origin: Origin) -> bool:
    owner = None
    if origin.kind is OriginKind.CREDENTIAL_FILE:
        holds = credential_file(origin.detail) or ""
        owner = owner_of_file("GitHub credentials" if holds == "git credentials" else holds)
    elif origin.kind is OriginKind.ENVIRONMENT and is_secret_variable(origin.detail):
        owner = owner_of_variable(origin.detail)
    return owner is not None and owner.name in _ISSUERS
