"""Asks the cloud for the machine's credentials.

A cloud's metadata service gives whoever asks from the machine itself the credentials of that machine, and asks for no
password.

Looks at    the addresses and names of the metadata services of AWS, Google Cloud, Azure and Alibaba Cloud, also written
            as a number or behind a variable; and whether the package's name says that clouds are its business.
Reports     high in an install step or start-up hook, and where an upgrade begins to ask. Elsewhere medium: libraries
            for clouds ask it all the time. Low in tests, documents and files that nothing loads.
Blind to    what is done with the credentials when no data flow shows it; that they are sent away is told as theft.
What to do  Ask why the package needs the machine's identity. On machines of a cloud, keep it out of builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen
from app.core.vocabulary import is_metadata_host

CARD = RuleCard(
    id="metadata-service",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)
_ASKS = frozenset({FactId.NETWORK, FactId.HOST})
_CLOUDS = re.compile(
    r"(?:^|[-_./@])(?:aws|amazon|boto\w*|s3\w*|ec2|gcp|gcs\w*|google|gcloud|azure|msal|msrest\w*|cloud\w*|aliyun|alibaba\w*|"
    r"oci|smithy|metadata|opentelemetry|otel|datadog|dd-trace|ddtrace|newrelic|sentry\w*|elastic\w*|terraform|pulumi)"
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that asks a metadata service."""
    began = specimen.before is not None and not any(True for _ in _places(specimen.before))
    cloud = _CLOUDS.search(specimen.package.name.lower()) is not None
    return beside_the_old(specimen, lambda artifact: _judge(artifact, loud=began and not cloud))


def _judge(artifact: ArtifactFacts, *, loud: bool) -> Iterator[Finding]:
    """One finding a reach: a client of clouds asks in many files."""
    told: set[Reach] = set()
    for file, fact in sorted(_places(artifact), key=lambda place: (place[0].reach.rank, place[1].id is FactId.HOST)):
        if file.reach in told:
            continue
        told.add(file.reach)
        asks = "asks" if fact.id is FactId.NETWORK else "names"
        host = _metadata_host(fact)
        yield CARD.finding(
            Words(f"{subject(file.reach)} {asks} a cloud's metadata service ({{0}})", (host,)),
            [*step(artifact, file), shown(file, fact, Words(f"{asks} {{0}}", (host,)))],
            reach=file.reach,
            severity=_severity(file.reach, loud=loud),
        )


def _places(artifact: ArtifactFacts) -> Iterator[tuple[FileFacts, Fact]]:
    for file in artifact.files:
        for fact in file.facts:
            if fact.id in _ASKS and _metadata_host(fact):
                yield file, fact


def _metadata_host(fact: Fact) -> str:
    """The metadata service that a fact names, or nothing."""
    hosts = (fact.detail,) if fact.id is FactId.HOST else fact.hosts
    return next(filter(is_metadata_host, hosts), "")


def _severity(reach: Reach, *, loud: bool) -> Severity:
    if reach in UNASKED:
        return Severity.HIGH
    if reach in ASIDE or reach is Reach.NONE:
        return Severity.LOW
    return Severity.HIGH if loud else Severity.MEDIUM
