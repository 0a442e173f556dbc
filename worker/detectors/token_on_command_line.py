"""Takes a token from the command line.

The arguments of a program can be read by every user of the machine while it runs, and stay in the history of the shell
and in the logs of builds.

Looks at    options of commands in JavaScript and Python (commander, yargs, argparse, click) that are named like a
            token, a password, a secret or a key and take it as their value.
Reports     low, once for each option. An option that can be given by the environment, a file or a prompt in the same
            call is not reported.
Blind to    other libraries for options, and other ways in that stand elsewhere.
What to do  Use its variable of the environment or its settings file where it has one, and not the option.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-on-command-line",
    category=Category.SECRETS,
    severity=Severity.LOW,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each option that takes a token itself."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.LOW, Words("takes a secret from the command line ({0})", (word,)))
        if practice is Practice.COMMAND_LINE
        else None
    )
