"""One report in the formats of others: SARIF, CycloneDX, SPDX, Markdown, JSON.

Each is a function from a report to text. Whatever was not examined is said in every one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.report import Report
from app.exports.cyclonedx import cyclonedx
from app.exports.json_lines import json_lines, json_text
from app.exports.markdown import markdown
from app.exports.sarif import sarif
from app.exports.spdx import spdx


@dataclass(frozen=True, slots=True)
class Export:
    """A format: its media type, the ending of its files, and how a report is written in it."""

    media_type: str
    ending: str
    write: Callable[[Report, datetime], str]


EXPORTS: Mapping[str, Export] = {
    "json": Export("application/json", ".json", json_text),
    "ndjson": Export("application/x-ndjson", ".ndjson", json_lines),
    "markdown": Export("text/markdown; charset=utf-8", ".md", markdown),
    "sarif": Export("application/sarif+json", ".sarif", sarif),
    "cyclonedx": Export("application/vnd.cyclonedx+json; version=1.6", ".cdx.json", cyclonedx),
    "spdx": Export("application/spdx+json", ".spdx.json", spdx),
}
