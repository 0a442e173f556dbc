"""What a detector says: a finding with its severity, confidence, place and evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import Reason


class Severity(StrEnum):
    """How bad it is if it is true. `rank` sorts, highest first by negation."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 (low) to 3 (critical)."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure we are that it is true."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Category(StrEnum):
    """What kind of trouble a rule is about."""

    SUPPLY_CHAIN = "supply-chain"
    INTEGRITY = "integrity"
    SECRETS = "secrets"
    VULNERABILITY = "vulnerability"
    LICENCE = "licence"
    NOT_EXAMINED = "not-examined"


class Reach(StrEnum):
    """How code in a file comes to run, most dangerous first. Severity follows it."""

    INSTALL = "install"  # an installer runs it unasked
    STARTUP = "start-up"  # every start of the interpreter runs it
    IMPORT = "import"  # loading the package runs it
    COMMAND = "command"  # a command of the package runs it
    BUILD = "build"  # building the package from source runs it
    TEST = "test"
    DOCUMENT = "document"  # documentation and examples
    NONE = "none"  # nothing found that runs it

    @property
    def rank(self) -> int:
        """0 (install) to 7 (none)."""
        return list(Reach).index(self)


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence of ours with strangers' words in it.

    `template` is ours and holds `{0}`, `{1}` …; `values` are strangers' (names, hosts, paths), escaped by whoever
    renders them. Nothing a stranger wrote may stand in a template.
    """

    template: str
    values: tuple[str, ...] = ()

    def plain(self) -> str:
        """The sentence as plain text (JSON, terminal after control characters are made visible)."""
        return self.template.format(*self.values)


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of the package. `line` is 1-based (0: the file as a whole).

    `says` is what it does, in our words; `text` is quoted from the file, at most 200 characters.
    """

    file: str
    line: int
    says: Words
    text: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Why somebody should worry about one package version. Built by `RuleCard.finding`, so it cannot be mislabelled.

    `message` continues the sentence "`npm/name@1.2.3` …" ("reads npm credentials and sends them to {0}").
    `new` is False when the version it replaces did the same. The first evidence is the place that annotations name.
    """

    rule: str
    category: Category
    severity: Severity
    confidence: Confidence
    message: Words
    evidence: tuple[Evidence, ...] = ()
    reach: Reach = Reach.NONE
    new: bool = True
    tells: Reason | None = None  # the reason for not examining the package that the message says as well
