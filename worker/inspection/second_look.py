"""An examination and what a second child read in its native files, as one inspection.

Of the second child only that is taken: it ran a large parser on hostile bytes, and must not be able to take back what
the first one said.
"""

from __future__ import annotations

from dataclasses import replace

from app.core.finding import Finding, Words
from app.core.ports import Inspection
from worker.inspection.facts.native.reading import merged, unread


def needed(inspection: Inspection) -> bool:
    """Whether there are native files that nobody has read."""
    return inspection.facts is not None and bool(unread(inspection.facts))


def combined(first: Inspection, second: Inspection) -> Inspection:
    """The first with the native files that the second read, and with the findings of both, each once."""
    if first.facts is None or second.facts is None:
        return first
    facts = merged(first.facts, {file.path: file for file in second.facts.files})
    settled = set(first.facts.not_examined) - set(facts.not_examined)
    findings: dict[tuple[str, Words], Finding] = {}
    for finding in (*first.findings, *second.findings):
        known = findings.setdefault((finding.rule, finding.message), finding)
        if finding.severity.rank > known.severity.rank:
            findings[finding.rule, finding.message] = finding
    return replace(
        first,
        facts=facts,
        findings=tuple(findings.values()),
        not_examined=tuple(gap for gap in first.not_examined if gap not in settled),
    )
