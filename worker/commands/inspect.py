"""`assay inspect`: packages by name, or archives on disk, as if they were newly added."""

from __future__ import annotations

from collections.abc import Iterator

import click

from app.core.policy import Action
from app.core.specimen import ArtifactKind
from app.core.terminal_text import finding_lines, gap_lines, summary_line
from worker import bootstrap
from worker.commands import options
from worker.commands.output import print_lines, print_record, progress
from worker.local.inspecting import Answer, inspect_all, with_folders


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="npm/NAME@VERSION|pypi/NAME@VERSION|ARCHIVE|FOLDER…")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ArtifactKind]),
    help="The kind of the archives, if their names hide it.",
)
@options.fail_on
@options.output_format
@options.jobs
@options.verbose
def command(
    inputs: tuple[str, ...],
    kind: str | None,
    fail_on: options.FailOn,
    output: str,
    parallel: int,
    *,
    verbose: bool,
) -> int:
    """Inspect packages by name, archives on disk, or the archives of a folder, as if they were newly added.

    Exits 0 when nothing blocks, 1 when something does, 3 when something could not be examined.
    """
    subjects = with_folders(inputs)
    items = []
    with (
        bootstrap.workbench(parallel) as bench,
        progress("Inspecting", hidden=output == "json" or len(subjects) == 1) as tell,
    ):
        for answer in inspect_all(subjects, bench, ArtifactKind(kind) if kind else None):
            items.append(answer.item)
            tell(len(items), len(subjects))
            if output == "json":
                print_record(answer.record())
            else:
                print_lines(_lines(answer, verbose=verbose))
    if output == "text" and len(items) > 1:
        click.echo(summary_line(items))
    return options.exit_code(items, fail_on)


def _lines(answer: Answer, *, verbose: bool) -> Iterator[str]:
    item = answer.item
    opened = ", ".join(f"{one.filename} ({one.files:,} files, {one.size:,} bytes)" for one in item.artifacts)
    yield f"{answer.name}  {opened}" if opened else answer.name
    shown = [judged for judged in item.findings if verbose or judged.action in (Action.BLOCK, Action.WARN)]
    for judged in shown:
        yield from finding_lines(item, judged)
    yield from gap_lines(item.package.label, item.gaps)
    if not shown and not item.gaps:
        hidden = "" if verbose or not item.findings else f" ({len(item.findings)} remarks, -v shows them)"
        yield f"       nothing to decide{hidden}"
    yield ""
