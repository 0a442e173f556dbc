"""Takes an action at a tag or branch, which can move to other code.

A workflow runs with the repository's secrets. Whoever owns an action, or takes over its account, can move its tags to
other code at any time, and every workflow that names one runs it. A commit cannot be moved.

Looks at    actions and reusable workflows that a pull request adds or changes, and the version in the comment beside
            a commit.
Reports     a tag or branch, graver where the base branch named a commit; and another commit beside the same version.
Blind to    whether a commit is in the repository that is named, and what the action does: it is not opened.
What to do  Name the full commit, and the version in a comment behind it: tools that update dependencies keep both.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Pin
from app.core.package import Ecosystem
from app.core.provenance import is_commit
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="mutable-action",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    ecosystems=frozenset({Ecosystem.GITHUB_ACTIONS}),
    since="0.1",
)


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report an action that is taken at a name, and a commit whose comment cannot be right."""
    before, pin = specimen.change.before, specimen.change.after
    if pin is None or pin.package.ecosystem is not Ecosystem.GITHUB_ACTIONS:
        return
    if not is_commit(pin.package.version):
        yield _at_a_name(specimen.change.file, before, pin)
    elif before is not None and pin.note and pin.note == before.note and _moved(before, pin):
        says = Words("names another commit than the base branch, and the same {0} beside it", (pin.note,))
        yield CARD.finding(
            Words("its commit changed and the version beside it, {0}, did not: one of them is not right", (pin.note,)),
            [Evidence(specimen.change.file, pin.line, says)],
        )


def _at_a_name(file: str, before: Pin | None, pin: Pin) -> Finding:
    reference = (pin.package.version,)
    if before is not None and is_commit(before.package.version):
        says = Words("names {0} where the base branch names a commit", reference)
        message = Words("it is taken at {0}, which can move to other code, where it was taken at a commit", reference)
        return CARD.finding(message, [Evidence(file, pin.line, says)], severity=Severity.HIGH)
    return CARD.finding(
        Words("it is taken at {0}, a tag or branch that can move to other code", reference),
        [Evidence(file, pin.line, Words("names {0}, which is no full commit", reference))],
        new=before is None,
    )


def _moved(before: Pin, after: Pin) -> bool:
    return is_commit(before.package.version) and before.package.version != after.package.version
