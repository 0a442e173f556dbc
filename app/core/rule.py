"""What a rule is: its card, its page, and the catalogue that workers publish for the web side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.errors import Reason
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.package import Ecosystem

SECTIONS = ("Looks at", "Reports", "Blind to", "What to do")
_SECTION = re.compile(rf"^({'|'.join(SECTIONS)})\s\s+(\S.*(?:\n[ ]+\S.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RuleCard:
    """The identity of a rule. `severity` and `confidence` are its usual ones; a finding may differ."""

    id: str
    category: Category
    severity: Severity
    confidence: Confidence
    ecosystems: frozenset[Ecosystem]
    since: str

    def finding(
        self,
        message: Words,
        evidence: Iterable[Evidence] = (),
        *,
        reach: Reach = Reach.NONE,
        new: bool = True,
        severity: Severity | None = None,
        confidence: Confidence | None = None,
        tells: Reason | None = None,
    ) -> Finding:
        """Build a finding of this rule."""
        return Finding(
            rule=self.id,
            category=self.category,
            severity=severity or self.severity,
            confidence=confidence or self.confidence,
            message=message,
            evidence=tuple(evidence),
            reach=reach,
            new=new,
            tells=tells,
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A rule's docstring, cut into its parts. `sections` holds the four of `SECTIONS`, in order."""

    title: str
    text: str
    sections: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, docstring: str) -> Page:
        """Read a detector's docstring; raise `ValueError` when its title or one of its sections is missing."""
        head, _, rest = docstring.strip().partition("\n")
        found = {name: " ".join(text.split()) for name, text in _SECTION.findall(rest)}
        missing = [name for name in SECTIONS if name not in found]
        if missing or not head.endswith("."):
            raise ValueError(f"rule page lacks {', '.join(missing) or 'a title that ends in a full stop'}")
        prose = _SECTION.sub("", rest).strip()
        return cls(head, prose, tuple((name, found[name]) for name in SECTIONS))

    def section(self, name: str) -> str:
        """The text of one section."""
        return dict(self.sections)[name]


@dataclass(frozen=True, slots=True)
class Rule:
    """A card with its page: all that the web side, the report and the policy need to know of a rule."""

    card: RuleCard
    page: Page


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The rules that really run, by id; published by workers at start. `engine` is the version of the inspection."""

    engine: str
    rules: Mapping[str, Rule]
