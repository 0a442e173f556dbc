"""CycloneDX 1.6 (ECMA-424): the packages that came in, with their hashes, and what was found about them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.tool import Tool
from cyclonedx.model.vulnerability import (
    BomTarget,
    Vulnerability,
    VulnerabilityRating,
    VulnerabilitySeverity,
    VulnerabilitySource,
)
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from app.core.escape import plain, sentence, visible
from app.core.lockfile import Scope
from app.core.policy import Action
from app.core.report import Report, Reviewed
from app.exports.identity import fingerprint, report_uuid

_TOLD = (Action.BLOCK, Action.WARN)


def cyclonedx(report: Report, now: datetime) -> str:
    """The packages that the head names and the base did not, as a bill of materials."""
    bom = Bom(serial_number=report_uuid(report))
    bom.metadata.timestamp = now
    bom.metadata.tools.tools.add(Tool(name="Assay", version=f"engine {report.engine}"))
    bom.metadata.properties.add(Property(name="assay:conclusion", value=str(report.conclusion)))
    for gap in report.file_gaps:
        words = f"{visible(gap.path)} line {gap.line}: {visible(gap.judged.gap.detail, 500)}"
        bom.metadata.properties.add(Property(name="assay:not-examined", value=words))
    for item in report.reviewed:
        if item.change.after is not None:
            bom.components.add(_component(item))
            bom.vulnerabilities.update(_findings(item))
    text = JsonV1Dot6(bom).output_as_string(indent=2)
    assert isinstance(text, str)
    return text


def _component(item: Reviewed) -> Component:
    package = item.package
    group, _, name = package.name.rpartition("/")
    scope = ComponentScope.REQUIRED if item.change.pin.scope is Scope.RUNTIME else ComponentScope.OPTIONAL
    hashes = [HashType(alg=HashAlgorithm.SHA_256, content=one.sha256) for one in item.artifacts]
    component = Component(
        type=ComponentType.LIBRARY,
        bom_ref=package.purl,
        group=group or None,
        name=name,
        version=package.version,
        purl=PackageURL.from_string(package.purl),
        scope=scope,
        hashes=hashes[:1],  # of one archive; the others are other files, and stand as properties
    )
    for change in item.changes:
        component.properties.add(
            Property(name=f"assay:{change.kind}", value=f"{visible(change.file)}:{change.pin.line}")
        )
    for capability in item.capabilities:
        word = "gained" if capability in item.gained else "has"
        component.properties.add(Property(name="assay:capability", value=f"{word} {capability}"))
    for one in item.artifacts:
        component.properties.add(Property(name="assay:artifact", value=f"{visible(one.filename)} sha256:{one.sha256}"))
    for judged in item.gaps:
        component.properties.add(Property(name="assay:not-examined", value=visible(judged.gap.detail, 500)))
    return component


def _findings(item: Reviewed) -> Iterator[Vulnerability]:
    for judged in item.findings:
        if judged.action in _TOLD:
            finding = judged.finding
            yield Vulnerability(
                bom_ref=f"assay-{fingerprint(item.package.label, judged)}",
                id=finding.rule,
                source=VulnerabilitySource(name="Assay"),
                ratings=[VulnerabilityRating(severity=VulnerabilitySeverity(finding.severity))],
                description=sentence(plain(finding.message)),
                detail=f"{judged.action}: {judged.because}",
                affects=[BomTarget(ref=item.package.purl)],
            )
