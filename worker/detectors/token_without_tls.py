"""Sends a token without knowing to whom.

A token that is sent in clear text, or to a server whose certificate nobody checks, belongs to everybody on the way: the
cafe's network, a proxy, whoever answers for the name.

Looks at    requests in JavaScript and Python that carry a token (an Authorization header, a key, a login) and turn the
            verification of the server off in the same statement, or go to an `http://` address that is not this machine
            or a private network; and code that turns verification off for the whole process.
Reports     medium, once for each way. Turning verification off without a token, and as an option of the caller's, is
            not reported: half of all clients can.
Blind to    settings and tokens that are put together in other statements, and minified code.
What to do  Do not give it a token on a network that you do not own, and look for a setting that verifies. Ask its
            author for https.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import Specimen
from app.core.token_handling import Practice, weaknesses

CARD = RuleCard(
    id="token-without-tls",
    category=Category.SECRETS,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each way in which a token goes out unprotected."""
    return weaknesses(CARD, specimen, _judge)


def _judge(practice: Practice, word: str) -> tuple[Severity, Words] | None:
    match practice:
        case Practice.CLEAR_TEXT:
            return Severity.MEDIUM, Words("sends a token in clear text (to {0})", (word,))
        case Practice.TLS_OFF if word.startswith("process "):
            setting = word.removeprefix("process ")
            return Severity.MEDIUM, Words("turns off the verification of every server ({0})", (setting,))
        case Practice.TLS_OFF:
            setting = word.removeprefix("request ")
            return Severity.MEDIUM, Words("sends a token to a server that it does not verify ({0})", (setting,))
        case _:
            return None
