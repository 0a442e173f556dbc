"""Options that several commands share, and the codes they exit with."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum

import click

from app.core.policy import Action
from app.core.report import Report, Reviewed
from worker.lockfiles.register import FORMATS

OK, BLOCKED, NOT_EXAMINED = 0, 1, 3


class FailOn(StrEnum):
    """The mildest action that makes a command exit 1."""

    BLOCK = "block"
    WARN = "warn"

    def counts(self, action: Action) -> bool:
        """Whether this action fails the command."""
        return action.rank <= Action(self.value).rank


as_format = click.option(
    "--as", "file_format", type=click.Choice(sorted(FORMATS)), help="The format, if a file's name hides it."
)
fail_on = click.option(
    "--fail-on",
    type=click.Choice([limit.value for limit in FailOn]),
    default=FailOn.BLOCK.value,
    callback=lambda _context, _parameter, value: FailOn(value),
    show_default=True,
    help="warn: exit 1 for warnings too.",
)
jobs = click.option(
    "--jobs",
    "parallel",
    type=click.IntRange(1, 64),
    default=lambda: os.cpu_count() or 2,
    help="Packages at a time [default: all cores].",
)
output_format = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="json: one object a line, one an input.",
)
verbose = click.option("--verbose", "-v", is_flag=True, help="Also what needs no decision.")


def exit_code(items: Sequence[Reviewed], limit: FailOn, report: Report | None = None) -> int:
    """1 beats 3: what blocks is worse than what was not examined."""
    found = [judged for item in items for judged in item.findings]
    found += [one.judged for one in report.file_findings] if report else []
    if any(limit.counts(judged.action) for judged in found):
        return BLOCKED
    gaps = [gap for item in items for gap in item.gaps] + [gap.judged for gap in (report.file_gaps if report else ())]
    return NOT_EXAMINED if any(limit.counts(gap.action) for gap in gaps) else OK
