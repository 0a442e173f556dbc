"""A case is packed, opened, read and judged as a new dependency (or an upgrade) under the preset `balanced`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from app.core.declaration import declare
from app.core.finding import Finding
from app.core.judgement import judge_finding
from app.core.package import Package
from app.core.policy import Action, Policy
from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactFacts, ReleaseSpecimen
from tests.builders import a_change
from tests.corpus.cases import Case
from worker.detectors.register import RELEASE_DETECTORS
from worker.inspection.child import examine
from worker.inspection.limits import Limits
from worker.inspection.sandbox import SealedInspector
from worker.inspection.second_look import combined, needed
from worker.inspection.wire import Question

LIMITS = Limits()
_TODAY = date(2026, 1, 1)


def inspected(case: Case) -> Inspection:
    """What the whole inspection says of a case, in this process."""
    new, old = _package(case, "2.0.0"), _package(case, "1.9.9")
    before = _facts(case, old) if case.before else None
    inspection = _examined(case, new, old if before else None, before)
    return _beside_its_source(case, inspection) if case.source else inspection


def _beside_its_source(case: Case, inspection: Inspection) -> Inspection:
    """What the rules say of the wheel, and of both artifacts of the release beside each other."""
    source = _examined(case.as_source(), _package(case, "2.0.0"), None, None)
    facts = tuple(one.facts for one in (inspection, source) if one.facts is not None)
    release = ReleaseSpecimen(_package(case, "2.0.0"), facts)
    together = [finding for rule in RELEASE_DETECTORS for finding in rule.detect_release(release)]
    return replace(inspection, findings=(*inspection.findings, *together))


def sealed(case: Case, inspector: SealedInspector) -> Inspection:
    """The same from the sealed child, for a case without an old version."""
    assert not case.before, "written for cases that are new here"
    return inspector.inspect(
        InspectionRequest(
            _package(case, "2.0.0"), case.filename, case.kind, case.archive(), registered=_registered(case)
        )
    )


def told(inspection: Inspection, case: Case) -> Iterator[tuple[Action, Finding]]:
    """The findings that block or warn."""
    change = a_change(_package(case, "2.0.0").label, "1.9.9" if case.before else None)
    for finding in inspection.findings:
        action = judge_finding(finding, change, Policy(), None, _TODAY).action
        if action.rank <= Action.WARN.rank:
            yield action, finding


def is_caught(inspection: Inspection, case: Case) -> bool:
    """Whether the rule that the case names tells of it, gravely enough, and shows the line."""
    return any(
        finding.rule == case.rule
        and finding.severity.rank >= case.severity.rank
        and case.at in {f"{evidence.file}:{evidence.line}" for evidence in finding.evidence}
        for _, finding in told(inspection, case)
    )


def in_words(inspection: Inspection, case: Case) -> list[str]:
    """What blocks or warns, and what was not examined, for the message of a test that failed."""
    lines = [
        f"{action}s: {finding.rule} ({finding.severity}) {finding.message.plain()} "
        f"at {', '.join(f'{evidence.file}:{evidence.line}' for evidence in finding.evidence)}"
        for action, finding in told(inspection, case)
    ]
    return [*lines, *(f"not examined: {gap.detail}" for gap in inspection.not_examined)]


def _package(case: Case, version: str) -> Package:
    return Package(case.ecosystem, "the-case", version)


def _facts(case: Case, old: Package) -> ArtifactFacts | None:
    return _examined(case, old, None, None, is_old=True).facts


def _examined(
    case: Case, package: Package, previous: Package | None, before: ArtifactFacts | None, *, is_old: bool = False
) -> Inspection:
    archive = case.archive(before=is_old)
    content = archive.getvalue()
    question = Question(
        package,
        case.filename,
        case.kind,
        hashlib.sha256(content).hexdigest(),
        len(content),
        LIMITS,
        previous=previous,
        before=before,
        registered=() if is_old else _registered(case),
    )
    inspection = examine(question, archive)
    if not needed(inspection):
        return inspection
    return combined(inspection, examine(replace(question, known=inspection.facts), archive))


def _registered(case: Case) -> tuple[tuple[str, str], ...]:
    """The registry's word on the manifest, where the case brings one."""
    if not case.registry:
        return ()
    word = json.loads(case.registry["package.json"])
    return (("name", word["name"]), ("version", word["version"]), *declare(word, whole=True))
