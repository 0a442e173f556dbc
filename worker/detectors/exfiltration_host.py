"""Talks to a place where data is dropped.

Chat webhooks, request bins, tunnels, paste sites and bare addresses take whatever is posted, and nobody stands behind
them with a name. Honest packages have names of their own to talk to.

Looks at    the hosts that code talks to or names in an address (also split, encoded, or written as a number), beside a
            list of webhooks, request bins, tunnels, paste sites and file drops, and addresses that are no name.
Reports     high in an install step, a start-up hook or imported code; medium in commands, where the host is only named,
            for paste sites and file drops, with which tools share reports, and for chat services that may be used for
            something else; low in tests. Packages whose name says that the service is their business are told in
            install steps and start-up hooks only.
Blind to    hosts that are put together at run time, and what is sent there.
What to do  Do not install it. Look at the named line for what it sends, and replace that where the package ran.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.drops import Drop, drop_of
from app.core.evidence import UNASKED, beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="exfiltration-host",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_TALKS = frozenset({FactId.NETWORK, FactId.HOST})
_SHARES = frozenset({"a paste site", "a file drop"})  # tools put reports there when somebody asks them to
_LIST = 6  # places that one file names, from which on it is a list of them
_GLUE = re.compile(r"""['"`+\s]""")  # what stands between the parts of a split text
_SAID_NOTHING = frozenset({"webhook", "file", "temp", "transfer", "request", "office", "googleapis"})  # as names


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each place of this kind that a file talks to."""
    name = specimen.package.name.lower()
    return beside_the_old(specimen, lambda artifact: _judge(artifact, name))


def _judge(artifact: ArtifactFacts, name: str) -> Iterator[Finding]:
    """Each place once a reach, by the line that says most."""
    told: set[Words] = set()
    for severity, file, says, host, fact in sorted(_places(artifact, name), key=lambda place: -place[0].rank):
        message = Words(f"{subject(file.reach)} {says} ({{0}})", (host,))
        if message not in told:
            told.add(message)
            evidence = [*step(artifact, file), shown(file, fact, Words(says))]
            yield CARD.finding(message, evidence, reach=file.reach, severity=severity)


def _places(artifact: ArtifactFacts, name: str) -> Iterator[tuple[Severity, FileFacts, str, str, Fact]]:
    """How grave it is, the file, what it does there, the host and the line."""
    for file in artifact.files:
        for host, drop, fact in _drops(file):
            sure = _is_webhook(file, drop, host, fact)
            severity = None if _is_business(name, drop, file.reach) else _severity(file, drop, fact, sure=sure)
            if severity is not None:
                verb = "talks to" if fact.id is FactId.NETWORK else "names"
                yield severity, file, f"{verb} {drop.kind if sure else 'a chat service'}", host, fact


def _drops(file: FileFacts) -> Iterator[tuple[str, Drop, Fact]]:
    """Each place that a file talks to or names, with the line that says most. A long list of them is data."""
    found: dict[str, tuple[str, Drop, Fact]] = {}
    for fact in sorted(file.facts, key=lambda fact: fact.id is not FactId.NETWORK):
        for host in (fact.detail,) if fact.id is FactId.HOST else fact.hosts if fact.id in _TALKS else ():
            drop = drop_of(host)
            if drop is not None and not (fact.id is FactId.HOST and drop.kind == "a bare address"):
                found.setdefault(host, (host, drop, fact))
    talked = [one for one in found.values() if one[2].id is FactId.NETWORK]
    yield from talked if len(found) >= _LIST else found.values()


def _severity(file: FileFacts, drop: Drop, fact: Fact, *, sure: bool) -> Severity | None:
    """`sure`: whether the address is a webhook's or the like; None: nothing to tell."""
    if file.reach is Reach.DOCUMENT:
        return None
    if file.reach is Reach.TEST:
        return Severity.LOW if sure else None
    if fact.id is not FactId.NETWORK:
        return _named(file) if sure else None
    if file.reach in UNASKED:
        return Severity.HIGH
    if file.reach is not Reach.IMPORT:
        return Severity.MEDIUM if sure else Severity.LOW
    return Severity.HIGH if sure and drop.kind not in _SHARES else Severity.MEDIUM


def _named(file: FileFacts) -> Severity:
    """For a place that is only named: whether something in the file may talk to it."""
    talks = any(fact.id in (FactId.NETWORK, FactId.PROCESS) and not fact.hosts for fact in file.facts)
    if file.reach in UNASKED:
        return Severity.HIGH if talks else Severity.MEDIUM
    return Severity.MEDIUM if talks else Severity.LOW


def _is_webhook(file: FileFacts, drop: Drop, host: str, fact: Fact) -> bool:
    """Whether the address is what it is told to be. Chat services have other uses: there a line must show the webhook's
    part of the address, with something after it; or hide the host, which a client of the service has no reason to do.
    """
    if drop.webhook is None:
        return True
    lines = [_GLUE.sub("", one.evidence.lower()) for one in file.facts if one.detail == host or host in one.hosts]
    if any(_names_webhook(line, drop.webhook) for line in lines):
        return True
    return fact.id is FactId.NETWORK and not any(host in line for line in lines)


def _names_webhook(line: str, webhook: str) -> bool:
    """Whether a constant stands where a webhook's own part begins: a client leaves that to whoever uses it."""
    rest = line.partition(webhook)[2]
    return rest[:1].isalnum()


def _is_business(name: str, drop: Drop, reach: Reach) -> bool:
    """Whether a package is named after the service (`discord.js`): then talking to it is no news, unless unasked."""
    service = drop.service.removesuffix("bin")
    return reach not in UNASKED and len(service) > 3 and service not in _SAID_NOTHING and service in name
