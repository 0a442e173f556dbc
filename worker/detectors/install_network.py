"""Reaches the network when it is installed.

What an install step fetches is in no archive and under no hash of the lockfile; what it sends, nobody asked it to send.

Looks at    code that runs while the package is installed or built (scripts, `setup.py`, build backends, and the files
            they load and start), and the hosts that it talks to.
Reports     high; medium when all it talks to is the registry itself. A loopback address does not count.
Blind to    what compilers, `node-gyp` and fetchers that are packages of their own (`prebuild-install`) do: the command
            is told as the install step. Downloads that are run, secrets that are sent, drops of data and metadata
            services have rules of their own, and are not told twice.
What to do  Look at what is fetched from the named host, or install with scripts switched off and see what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.drops import drop_of
from app.core.evidence import beside_the_old, first_lines, step
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.flow import executed
from app.core.package import INSPECTED
from app.core.providers import is_local, is_registry
from app.core.remote_shell import remote_shells
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, OriginKind, Specimen
from app.core.theft import thefts

CARD = RuleCard(
    id="install-network",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_SHOWN = 3  # lines of evidence


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report what the package's install step talks to: one finding, with the first lines that do."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    places = [(file, fact) for file in artifact.files if file.reach is Reach.INSTALL for fact in _talks(file)]
    if not places:
        return
    hosts = tuple(dict.fromkeys(host for _, fact in places for host in fact.hosts if not is_local(host)))
    from_registry = all(fact.hosts and all(map(is_registry, fact.hosts)) for _, fact in places)
    yield CARD.finding(
        _message(hosts),
        [*step(artifact, places[0][0]), *first_lines(places, _SHOWN)],
        reach=Reach.INSTALL,
        severity=Severity.MEDIUM if from_registry else Severity.HIGH,
    )


def _talks(file: FileFacts) -> Iterator[Fact]:
    """Lines that use the network and that no other rule tells."""
    secrets = [theft.sink for theft in thefts(file)[:1]] + [fact for fact in file.facts if _is_harvest(fact)]
    lines = {flow.origin.line for flow in executed(file, OriginKind.DOWNLOAD)}
    lines |= {shell.sink.line for shell in remote_shells(file)} | {fact.line for fact in secrets}
    hosts = {host for fact in secrets for host in fact.hosts}
    for fact in file.facts:
        told = bool(fact.hosts) and all(host in hosts or _is_told(host) for host in fact.hosts)
        if fact.id is FactId.NETWORK and fact.line not in lines and not told:
            yield fact


def _is_harvest(fact: Fact) -> bool:
    """Whether it sends the whole environment."""
    sends = fact.id is FactId.NETWORK or (fact.id is FactId.PROCESS and bool(fact.hosts))
    return sends and any(origin.kind is OriginKind.ENVIRONMENT and origin.detail == "*" for origin in fact.origins)


def _is_told(host: str) -> bool:
    """Whether it is this machine, the cloud's metadata service, or a place where data is dropped."""
    return is_local(host) or drop_of(host) is not None


def _message(hosts: tuple[str, ...]) -> Words:
    match hosts:
        case ():
            return Words("its install step uses the network")
        case (host,):
            return Words("its install step talks to {0}", (host,))
        case _:
            return Words(f"its install step talks to {{0}} and {len(hosts) - 1} more", hosts[:1])
