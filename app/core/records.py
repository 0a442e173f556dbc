"""Reports, inspections and package lists as JSON records, the shapes that programs read (`--format json`).

`schema` counts up when a field changes its meaning or goes; new fields may come at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.diff import Change
from app.core.lockfile import Lockfile, Pin, UnreadableLockfile
from app.core.policy import Action
from app.core.report import Judged, JudgedGap, Report, Reviewed
from app.core.specimen import ArtifactFacts

SCHEMA = 1
Record = dict[str, Any]


def packages_record(path: str, file_format: str | None, lockfile: Lockfile | UnreadableLockfile) -> Record:
    """What one dependency file says."""
    if isinstance(lockfile, UnreadableLockfile):
        return {
            "schema": SCHEMA,
            "file": path,
            "format": file_format,
            "status": "unreadable",
            "packages": [],
            "problems": [{"line": lockfile.line, "message": lockfile.detail}],
        }
    return {
        "schema": SCHEMA,
        "file": path,
        "format": lockfile.format,
        "status": "read",
        "lineage": lockfile.lineage,
        "packages": [_pin(pin) for pin in lockfile.pins],
        "indexes": [{"kind": index.kind, "url": index.url, "line": index.line} for index in lockfile.indexes],
        "problems": [{"line": problem.line, "message": problem.message} for problem in lockfile.problems],
    }


def inspection_record(name: str, item: Reviewed | None, facts: Sequence[ArtifactFacts]) -> Record:
    """What inspecting one package or archive gave. `name` is what the caller asked for."""
    findings = item.findings if item else ()
    gaps = item.gaps if item else ()
    artifacts = item.artifacts if item else ()
    return {
        "schema": SCHEMA,
        "package": name,
        "artifacts": [
            {"name": one.filename, "sha256": one.sha256, "bytes": one.size, "files": one.files} for one in artifacts
        ],
        "status": "examined" if artifacts and not gaps else "partly" if artifacts else "not-examined",
        "facts": [
            {"id": fact.id, "file": file.path, "line": fact.line, "reach": file.reach, "detail": fact.detail}
            for artifact in facts
            for file in artifact.files
            for fact in file.facts
        ],
        "findings": [_finding(judged) for judged in findings],
        "not_examined": [_gap(judged) for judged in gaps],
    }


def review_record(report: Report) -> Record:
    """One review."""
    return {
        "schema": SCHEMA,
        "conclusion": report.conclusion,
        "engine": report.engine,
        "policy": report.policy,
        "changes": [_change(item, change) for item in report.reviewed for change in item.changes],
        "findings": [
            *({"package": None, **_finding(one.judged)} for action in Action for one in report.in_files(action)),
            *(
                {"package": item.package.label, **_finding(judged)}
                for action in Action
                for item, judged in report.findings(action)
            ),
        ],
        "not_examined": [
            *({"file": gap.path, "line": gap.line, **_gap(gap.judged)} for gap in report.file_gaps),
            *({"package": item.package.label, **_gap(gap)} for item in report.reviewed for gap in item.gaps),
        ],
        "directives": [
            {
                "file": one.file,
                "line": one.line,
                "kind": one.kind,
                "name": one.name,
                "before": one.before,
                "after": one.after,
            }
            for one in report.directives
        ],
        "files": [
            {"file": file.path, "format": file.format, "packages": file.pins, "left_out": file.left_out}
            for file in report.files
        ],
        "notes": [*report.notes, *report.unused_exceptions],
    }


def _pin(pin: Pin) -> Record:
    source: Record = {"kind": pin.source.kind}
    if pin.source.url is not None:
        source["url"] = pin.source.url
    if pin.source.reference is not None:
        source["reference"] = pin.source.reference
    return {
        "ecosystem": pin.package.ecosystem,
        "name": pin.package.name,
        "version": pin.package.version,
        "source": source,
        "line": pin.line,
        "scope": pin.scope,
        "direct": pin.direct,
    }


def _change(item: Reviewed, change: Change) -> Record:
    return {
        "kind": change.kind,
        "package": change.pin.package.key,
        "before": change.before.package.version if change.before else None,
        "after": change.after.package.version if change.after else None,
        "file": change.file,
        "line": change.pin.line,
        "scope": change.pin.scope,
        "direct": change.pin.direct,
        "through": list(change.through),
        "lineage": change.lineage,
        "capabilities": list(item.capabilities),
        "gained": list(item.gained),
        "action": item.action if item.findings or item.gaps else None,
    }


def _finding(judged: Judged) -> Record:
    finding = judged.finding
    first = finding.evidence[0] if finding.evidence else None
    return {
        "id": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "action": judged.action,
        "file": first.file if first else None,
        "line": first.line if first else None,
        "reach": finding.reach,
        "new": finding.new,
        "message": finding.message.plain(),
        "because": judged.because,
        "evidence": [
            {"file": row.file, "line": row.line, "says": row.says.plain(), "text": row.text} for row in finding.evidence
        ],
    }


def _gap(judged: JudgedGap) -> Record:
    return {
        "what": judged.gap.what,
        "reason": judged.gap.reason,
        "detail": judged.gap.detail,
        "action": judged.action,
    }
