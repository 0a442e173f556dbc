"""Ships a private key of its author.

A private key in a published package is public. It signs releases, opens servers and answers for addresses: whoever has
it can do so in the owner's name, and nobody can tell the difference.

Looks at    keys in PEM and OpenSSH's form, armoured OpenPGP keys, the keys of Google Cloud service accounts, age keys
            and PKCS#12 stores, in every file whatever its name. A key counts when its body can be read to the end and
            no passphrase protects it.
Reports     high when the key is whole; low in tests, documents and examples, where keys are made to be published, and
            for PKCS#12 stores, which a password may protect. The key is never shown: its kind and the beginning of
            its SHA-256 are.
Blind to    keys that are encoded twice or stand in DER alone, and what the key opens.
What to do  Do not adopt this version. Tell the author to replace the key everywhere it is trusted, and to publish
            without it; treat what it has signed since as unsigned.
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
    id="leaked-private-key",
    category=Category.SECRETS,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each private key once, with the files that hold it."""
    return told(CARD, specimen, lambda mark: mark.credential in PRIVATE_KEYS)
