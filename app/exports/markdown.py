"""The report as the check shows it, in Markdown that is safe to render: strangers' words do not come alive."""

from __future__ import annotations

from datetime import datetime

from app.core.check_text import summary
from app.core.prose import Links, title
from app.core.report import Report


def markdown(report: Report, _now: datetime) -> str:
    """Title and summary."""
    return f"## {title(report)}\n\n{summary(report, Links())}\n"
