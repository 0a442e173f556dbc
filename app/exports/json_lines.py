"""The report in our own shape: one JSON object, or one object a line for programs that read as it comes."""

from __future__ import annotations

from datetime import datetime

import msgspec

from app.core.records import Record, review_record
from app.core.report import Report

_LISTS = ("changes", "findings", "not_examined", "files")


def json_text(report: Report, _now: datetime) -> str:
    """One object, as `assay review --format json` prints it."""
    return msgspec.json.encode(review_record(report)).decode() + "\n"


def json_lines(report: Report, _now: datetime) -> str:
    """A head without the lists, then each entry with the name of its list as `row`."""
    record = review_record(report)
    head: Record = {"row": "review"} | {name: value for name, value in record.items() if name not in _LISTS}
    rows = [{"row": name, **entry} for name in _LISTS for entry in record[name]]
    return "".join(msgspec.json.encode(row).decode() + "\n" for row in (head, *rows))
