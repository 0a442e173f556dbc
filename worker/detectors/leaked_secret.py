"""Ships a credential of its author.

A token in a published package is public. Whoever finds it can publish the next version in the author's name, or get at
the systems that the package talks to, and you would install the result.

Looks at    tokens, keys, webhooks and passwords in addresses of databases, in every file whatever its name, by the form
            that some ninety providers give them; written in several pieces or in base64 as well. Nobody is asked
            whether it works.
Reports     high when the credential proves itself: by a checksum, a structure, or its other half. Medium ("may ship")
            when only its form speaks for it. Low in tests, documents and examples, for what opens nothing alone, is
            often public or is for tests. The credential is never shown: its kind, its length and the beginning of its
            SHA-256 are. Private keys have a rule of their own.
Blind to    passwords and tokens without a form of their own, what is encoded twice, and whether it still works.
What to do  Do not adopt this version. Tell the author to revoke it with its provider, as the line says, and to publish
            without it from the environment; what the package talks to may be in other hands.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Finding, Severity
from app.core.leak import told
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.secret_kinds import PRIVATE_KEYS
from app.core.specimen import Specimen

CARD = RuleCard(
    id="leaked-secret",
    category=Category.SECRETS,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each credential that is no private key once, with the files that hold it."""
    return told(CARD, specimen, lambda mark: mark.credential not in PRIVATE_KEYS)
