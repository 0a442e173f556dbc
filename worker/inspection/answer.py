"""An inspection as the bytes that go over the pipe, cut to what the worker takes.

Facts are cut only now, after the detectors saw all of them. A file that lost some is marked as partly examined, so that
a later version does not take them over as if they were all.
"""

from __future__ import annotations

from dataclasses import replace

import msgspec

from app.core.errors import Reason
from app.core.finding import Finding
from app.core.ports import Inspection
from app.core.specimen import ArtifactFacts, FileFacts, NotExamined

_FACTS = (100, 30, 10, 3, 0)  # of one file, in ever smaller helpings
_FINDINGS = 200
_MARGIN = 4  # what is left when even these are too much: a quarter of the findings, and again

encode = msgspec.json.Encoder().encode


def fitted(inspection: Inspection, filename: str, limit: int) -> bytes:
    """The inspection as JSON of at most `limit` bytes; what did not fit is said in it."""
    answer = encode(inspection)
    if inspection.facts is not None:
        for most in _FACTS:
            if len(answer) <= limit:
                return answer
            answer = encode(replace(inspection, facts=_cut(inspection.facts, most)))
    if len(answer) <= limit:
        return answer
    detail = f"{filename} gives more facts than the {limit // (1 << 20)} MiB that are kept; they could not be stored."
    bare = replace(inspection, facts=None, not_examined=(NotExamined(filename, Reason.TOO_LARGE, detail),))
    findings = sorted(inspection.findings, key=_gravest_first)
    most = _FINDINGS
    while len(answer) > limit and most:
        answer = encode(replace(bare, findings=tuple(findings[:most])))
        most //= _MARGIN
    return answer


def _cut(facts: ArtifactFacts, most: int) -> ArtifactFacts:
    return replace(facts, files=tuple(_cut_file(file, most) for file in facts.files))


def _cut_file(file: FileFacts, most: int) -> FileFacts:
    if len(file.facts) <= most:
        return file
    partly = file.partly or f"only {most} of its {len(file.facts):,} facts are kept, for the archive has too many"
    return replace(file, facts=file.facts[:most], partly=partly)


def _gravest_first(finding: Finding) -> int:
    return -finding.severity.rank
