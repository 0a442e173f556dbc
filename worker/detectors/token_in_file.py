"""Writes a secret to a file that others may read.

A file that is made without saying who may read it can be read by every user of the machine, and goes along into images,
caches and backups.

Looks at    what a data flow leads from a variable of the environment named like a secret into a file, in code that
            nowhere asks for a file of its owner alone (mode 600, a keyring, a temporary file of its own).
Reports     medium, once for each variable.
Blind to    secrets that come from elsewhere than the environment, files whose directory is closed to others, and
            whether the file is deleted soon.
What to do  Close the directory to others or delete the file after use. Ask its author for mode 600 or the keyring of
            the system.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-in-file",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each secret that is written to an open file."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.MEDIUM, Words("writes the secret in the variable {0} to a file that others may read", (word,)))
        if practice is Practice.IN_FILE
        else None
    )
