"""SARIF 2.1.0 (OASIS): findings on the lines of dependency files, for code scanning and editors.

A finding's place is the line of the dependency file, which the reader can open; the lines of the package that it was
seen on are related locations. What was not examined is a notification of the run, and the run then says that it failed
in part: nobody shall take its silence for "clean".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from app.core.escape import plain, sentence, visible
from app.core.policy import Action
from app.core.prose import place
from app.core.report import Judged, Report, Reviewed
from app.exports.identity import fingerprint, report_uuid

VERSION = "2.1.0"
_LEVEL = {Action.BLOCK: "error", Action.WARN: "warning", Action.MONITOR: "note", Action.IGNORE: "none"}
_SECURITY = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}  # GitHub's `security-severity`

Node = dict[str, Any]


def sarif(report: Report, now: datetime) -> str:
    """The report as one SARIF log."""
    gaps = list(_notifications(report))
    driver = {
        "name": "Assay",
        "semanticVersion": "0.1.0",
        "version": f"engine {report.engine}",
        "rules": list(_rules(report)),
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "assay/", "guid": str(report_uuid(report))},
        "invocations": [
            {
                "executionSuccessful": all(gap["level"] == "note" for gap in gaps),
                "endTimeUtc": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "toolExecutionNotifications": gaps,
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": list(_results(report)),
        "properties": {"conclusion": report.conclusion, "policy": report.policy},
    }
    return json.dumps({"version": VERSION, "runs": [run]}, indent=2)


def _rules(report: Report) -> Iterator[Node]:
    advice = dict(report.advice)
    seen: dict[str, Judged] = {}
    for judged in _judged(report):
        seen.setdefault(judged.finding.rule, judged)
    for name, judged in sorted(seen.items()):
        rule: Node = {
            "id": name,
            "shortDescription": {"text": name.replace("-", " ")},
            "properties": {
                "security-severity": _SECURITY[judged.finding.severity],
                "tags": ["security", judged.finding.category],
            },
        }
        if name in advice:
            rule["help"] = {"text": advice[name]}
        yield rule


def _judged(report: Report) -> Iterator[Judged]:
    yield from (judged for item in report.reviewed for judged in item.findings)
    yield from (found.judged for found in report.file_findings)


def _results(report: Report) -> Iterator[Node]:
    for item in report.reviewed:
        for judged in item.findings:
            file, line = place(item.change)
            yield _result(
                judged, item.package.label, f"{visible(item.package.label)} ", file, line, _evidence(item, judged)
            )
    for found in report.file_findings:
        yield _result(found.judged, found.path, "", found.path, found.line, [])


def _result(judged: Judged, subject: str, lead: str, file: str, line: int, related: list[Node]) -> Node:
    finding = judged.finding
    result: Node = {
        "ruleId": finding.rule,
        "level": _LEVEL[judged.action],
        "message": {"text": f"{lead}{plain(finding.message)}." if lead else sentence(plain(finding.message))},
        "locations": [_location(file, line)],
        "partialFingerprints": {"assay/v1": fingerprint(subject, judged)},
        "baselineState": "new" if finding.new else "unchanged",
        "properties": {
            "severity": finding.severity,
            "confidence": finding.confidence,
            "action": judged.action,
            "because": judged.because,
        },
    }
    if related:
        result["relatedLocations"] = related
    if judged.action is Action.IGNORE:
        justification = judged.reason or judged.because
        result["suppressions"] = [{"kind": "external", "justification": justification}]
    return result


def _evidence(item: Reviewed, judged: Judged) -> list[Node]:
    found = []
    for number, row in enumerate(judged.finding.evidence, start=1):
        where = f"{item.package.purl}#{quote(row.file, safe='/')}"
        location = _location(where, row.line, snippet=row.text, is_uri=True)
        found.append(location | {"id": number, "message": {"text": sentence(plain(row.says))}})
    return found


def _notifications(report: Report) -> Iterable[Node]:
    for gap in report.file_gaps:
        yield _notification(gap.judged.action, gap.judged.gap.reason, gap.judged.gap.detail, gap.path, gap.line)
    for item in report.reviewed:
        file, line = place(item.change)
        for judged in item.gaps:
            words = f"{item.package.label}: {judged.gap.detail}"
            yield _notification(judged.action, judged.gap.reason, words, file, line)
    for problem in report.policy_problems:
        yield _notification(Action.BLOCK, "policy", problem.message, report.policy_path, problem.line)


def _notification(action: Action, reason: str, detail: str, file: str, line: int) -> Node:
    return {
        "descriptor": {"id": f"not-examined/{reason}"},
        "level": _LEVEL[action],
        "message": {"text": visible(detail, 1000)},
        "locations": [_location(file, line)],
    }


def _location(file: str, line: int, *, snippet: str = "", is_uri: bool = False) -> Node:
    physical: Node = {"artifactLocation": {"uri": file if is_uri else quote(file, safe="/")}}
    if line > 0:
        physical["region"] = {"startLine": line} | ({"snippet": {"text": visible(snippet, 200)}} if snippet else {})
    return {"physicalLocation": physical}
