"""What tells two reports, and two findings, apart: the same input gives the same ids, whenever it is exported."""

from __future__ import annotations

import hashlib
import uuid

from app.core.report import Judged, Report

_SPACE = uuid.UUID("6f0c6f0e-7d3c-5b1e-9a55-61737361790a")  # ours, made once


def report_uuid(report: Report) -> uuid.UUID:
    """The same for every export of this review."""
    packages = sorted(item.package.label for item in report.reviewed)
    name = "\n".join([report.repository, str(report.number), report.head_sha, report.engine, *packages])
    return uuid.uuid5(_SPACE, name)


def fingerprint(subject: str, judged: Judged) -> str:
    """What stays when lines move: the rule, the package or file, and what was said."""
    words = "\0".join([judged.finding.rule, subject, judged.finding.message.plain()])
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:32]
