"""Prints a secret of the environment.

What is printed ends in the logs of builds and servers, which many people and services may read, and which are kept for
longer than anybody remembers the secret.

Looks at    variables of the environment named like secrets, and whether the value, quoted or not, reaches `console`,
            `print`, a logger or the standard output, in the function that has read it.
Reports     medium, once for each variable. A value that is cut, masked, measured or only asked about is not reported,
            and neither is anything that is a token by its name alone.
Blind to    values that other functions or files print, secrets that come from elsewhere than the environment, and
            minified code.
What to do  Do not run it where logs are public, and replace the secret if it ran there. Ask its author to print the
            last four characters at most.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-logged",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each secret of the environment that is printed."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.MEDIUM, Words("prints the secret in the variable {0}", (word,)))
        if practice is Practice.LOGGED
        else None
    )
