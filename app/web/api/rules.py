"""The rules that run here, and whether a policy file is right: as the workers' catalogue says."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from app.core.policy import Policy
from app.core.policy_file import read_policy
from app.core.rule import Catalogue, Rule
from app.web.api.problems import Problem
from app.web.api.route import Call, Reply, Shape

LONGEST = 256 << 10  # characters; a larger policy file is refused wherever one is read
MOST_PROBLEMS = 100


class RuleShape(Shape):
    """A rule in short."""

    id: str
    title: str
    category: str
    severity: str
    confidence: str
    ecosystems: tuple[str, ...]
    since: str


class RulePage(Shape):
    """All rules, and the version of the engine that runs them."""

    engine: str
    items: tuple[RuleShape, ...]


class Section(Shape):
    """A part of a rule's page."""

    name: str
    text: str


class RuleText(Shape):
    """A rule with its page."""

    rule: RuleShape
    text: str
    sections: tuple[Section, ...]


class PolicyText(Shape):
    """The text of a policy file."""

    text: Annotated[str, Field(max_length=LONGEST, description="What would stand in `.github/assay.yml`.")]


class PolicyMistake(Shape):
    """What is wrong, and where; line and column begin at 1."""

    line: int
    column: int
    message: str


class PolicyAnswer(Shape):
    """Whether the text is a policy; `problems` lists what is wrong, up to a hundred."""

    valid: bool
    problems: tuple[PolicyMistake, ...]


def list_rules(call: Call) -> Reply:
    """The rules that run here."""
    catalogue = catalogue_of(call)
    rules = sorted(catalogue.rules.values(), key=lambda rule: rule.card.id)
    return Reply(RulePage(engine=catalogue.engine, items=tuple(_shape(rule) for rule in rules)))


def get_rule(call: Call, rule_id: str) -> Reply:
    """One rule with its page: what it looks at, what it reports, what it is blind to, and what to do."""
    rule = catalogue_of(call).rules.get(rule_id)
    if rule is None:
        raise Problem("not_found", "No rule of this id runs here.")
    sections = tuple(Section(name=name, text=text) for name, text in rule.page.sections)
    return Reply(RuleText(rule=_shape(rule), text=rule.page.text, sections=sections))


def check_policy(call: Call, body: PolicyText) -> Reply:
    """Read a policy file as a review would; nothing is kept."""
    read = read_policy(body.text.encode("utf-8", "replace"), "this text", catalogue_of(call).rules)
    problems = () if isinstance(read, Policy) else read[:MOST_PROBLEMS]
    mistakes = tuple(PolicyMistake(line=one.line, column=one.column, message=one.message) for one in problems)
    return Reply(PolicyAnswer(valid=isinstance(read, Policy), problems=mistakes))


def catalogue_of(call: Call) -> Catalogue:
    """The rules that run here; raise `Problem` before the first worker has started."""
    catalogue = call.house.store.catalogues.current()
    if catalogue is None:
        raise Problem("no_rules_yet", "The rules stand here as soon as a worker has started.", retry=60)
    return catalogue


def _shape(rule: Rule) -> RuleShape:
    card = rule.card
    return RuleShape(
        id=card.id,
        title=rule.page.title,
        category=card.category,
        severity=card.severity,
        confidence=card.confidence,
        ecosystems=tuple(sorted(card.ecosystems)),
        since=card.since,
    )
