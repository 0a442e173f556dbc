"""Reads credentials and sends them away.

The secrets of the machine that installs or uses a package (tokens in the environment, npm and PyPI credentials, SSH
keys, cloud credentials, stored passwords, wallets) are worth more to a thief than the machine itself.

Looks at    environment variables named like secrets, files that hold credentials, stores of browsers and wallets,
            cloud metadata services; and what of it reaches the network. The whole environment has a rule of its own.
Reports     critical where a data flow leads from the secret to another host than its issuer's; high where an install
            step, a start-up hook or imported code reads credentials and talks to such a host in one file. A client
            that sends one token to the service that issued it is not reported.
Blind to    secrets that one file reads and another sends, when no data flow within either shows it.
What to do  Do not install it. If it was installed anywhere, replace the credentials of that machine.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import ASIDE, beside_the_old, holds, shown, source, step, subject
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, FileFacts, Specimen
from app.core.theft import Theft, thefts

CARD = RuleCard(
    id="credential-theft",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that takes secrets away."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        for theft in thefts(file)[:1]:
            yield CARD.finding(
                _message(file, theft),
                _evidence(artifact, file, theft),
                reach=file.reach,
                severity=Severity.MEDIUM if file.reach in ASIDE else theft.severity,
                confidence=Confidence.HIGH if theft.flows else Confidence.MEDIUM,
            )


def _message(file: FileFacts, theft: Theft) -> Words:
    what, values = holds(theft.origin)
    them = "them" if what.endswith(("credentials", "keys", "passwords", "cookies", "wallets", "sessions")) else "it"
    where = f"{{{len(values)}}}" if theft.host else "away"
    to = f"to {where}" if theft.host else where
    act = f"sends {them} {to}" if theft.flows else f"talks {to}" if theft.host else "talks to a host that it computes"
    return Words(f"{subject(file.reach)} reads {what} and {act}", (*values, *([theft.host] if theft.host else [])))


def _evidence(artifact: ArtifactFacts, file: FileFacts, theft: Theft) -> Iterator[Evidence]:
    yield from step(artifact, file)
    if theft.origin.line != theft.sink.line:
        yield source(file, theft.origin)
    what = "sends it" if theft.flows else "talks"
    says = Words(f"{what} to {{0}}", (theft.host,)) if theft.host else Words("uses the network")
    yield shown(file, theft.sink, says)
