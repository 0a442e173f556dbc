"""Puts a secret into what browsers load.

Variables with a public prefix (`NEXT_PUBLIC_`, `VITE_`, `REACT_APP_` and the like) are written into the files that
every visitor downloads. A secret in one of them is published with the next build.

Looks at    such variables that code reads and that are named like a secret, a password, a private key or a role of the
            service.
Reports     medium, once for each variable. Keys that are meant to be published are not reported. A live key in the code
            itself is told as a leaked secret.
Blind to    secrets under harmless names, and what the page fetches when it runs.
What to do  Do not set that variable. Keep the secret on a server and let the page ask that.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-in-browser",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each secret that a build would publish."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    return (
        (Severity.MEDIUM, Words("puts the secret in {0} into what browsers load", (word,)))
        if practice is Practice.IN_BROWSER
        else None
    )
