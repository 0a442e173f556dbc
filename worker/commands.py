"""The worker's commands: review, inspect, packages, rules, rule, work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.core.escape import visible
from app.core.policy import Action
from app.core.records import Record, review_record
from app.core.report import Report, Reviewed
from app.core.rule import Rule
from app.core.specimen import ArtifactKind
from app.core.terminal_text import change_lines, changes_line, finding_lines, gap_lines, review_lines, summary_line
from worker import bootstrap, jobs, local

OK, BLOCKED, NOT_EXAMINED = 0, 1, 3

_format = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="json: one object a line, one an input.",
)
_jobs = click.option(
    "--jobs",
    "parallel",
    type=click.IntRange(1, 64),
    default=lambda: os.cpu_count() or 2,
    help="Packages at a time [default: all cores].",
)
_as = click.option(
    "--as", "file_format", type=click.Choice(sorted(local.FORMATS)), help="The format, if the name hides it."
)
_verbose = click.option("--verbose", "-v", is_flag=True, help="Also what needs no decision.")


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@_as
@_format
@_jobs
@_verbose
def review(old: Path, new: Path, file_format: str | None, output: str, parallel: int, *, verbose: bool) -> int:
    """Compare two dependency files and examine what changed between them.

    Exits 0 when nothing blocks, 1 when something does, 3 when something could not be examined.
    """
    with bootstrap.workbench(parallel) as bench:
        comparison = local.compare_paths(old, new, bench, file_format)
        with _progress("Examining", hidden=output == "json") as tell:
            report = local.review_comparison(comparison, bench, tell)
    if output == "json":
        _print_record(review_record(report))
    else:
        names = f"{click.format_filename(old)} with {click.format_filename(new)}"
        click.echo(f"Comparing {names}: {changes_line(report)}\n")
        _print_lines(change_lines(report))
        click.echo()
        _print_lines(review_lines(report, verbose=verbose))
    return _exit_code(report.reviewed, report)


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="npm/NAME@VERSION|pypi/NAME@VERSION|ARCHIVE…")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in ArtifactKind]),
    help="The kind of the archives, if their names hide it.",
)
@_format
@_jobs
@_verbose
def inspect(inputs: tuple[str, ...], kind: str | None, output: str, parallel: int, *, verbose: bool) -> int:
    """Inspect packages by name, or archives on disk, as if they were newly added."""
    items = []
    with (
        bootstrap.workbench(parallel) as bench,
        _progress("Inspecting", hidden=output == "json" or len(inputs) == 1) as tell,
    ):
        for answer in local.inspect_all(inputs, bench, ArtifactKind(kind) if kind else None):
            items.append(answer.item)
            tell(len(items), len(inputs))
            if output == "json":
                _print_record(answer.record())
            else:
                _print_lines(_inspection_lines(answer, verbose=verbose))
    if output == "text" and len(items) > 1:
        click.echo(summary_line(items))
    return _exit_code(items)


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_as
@_format
def packages(files: tuple[Path, ...], file_format: str | None, output: str) -> int:
    """List what dependency files pin, with lines."""
    unread = False
    for path in files:
        local.read_file(path)  # a file that is not there is told before any output begins
    for path in files:
        record = local.read_packages(path, bootstrap.parser_for, file_format)
        unread = unread or bool(record["problems"])
        if output == "json":
            _print_record(record)
        else:
            _print_lines(_package_lines(record))
    return NOT_EXAMINED if unread else OK


@click.command()
@_format
def rules(output: str) -> int:
    """List the rules that run."""
    catalogue = bootstrap.catalogue()
    width = max(len(name) for name in catalogue.rules)
    for name, entry in sorted(catalogue.rules.items()):
        if output == "json":
            _print_record(_rule_record(entry))
        else:
            click.echo(f"{name:<{width}}  {entry.card.severity:<8}  {entry.page.title}")
    return OK


@click.command()
@click.argument("name", metavar="ID")
@_format
def rule(name: str, output: str) -> int:
    """Show a rule's page."""
    catalogue = bootstrap.catalogue()
    entry = catalogue.rules.get(name)
    if entry is None:
        raise click.BadParameter(f"there is no rule {name!r}. `assay rules` lists them.", param_hint="ID")
    if output == "json":
        _print_record(_rule_record(entry))
        return OK
    card, page = entry.card, entry.page
    click.echo(f"{card.id}: {page.title}\n\n{page.text}\n" if page.text else f"{card.id}: {page.title}\n")
    for section, text in page.sections:
        click.echo(f"{section}\n  {text}\n")
    ecosystems = ", ".join(sorted(card.ecosystems))
    click.echo(
        f"{card.category}, severity {card.severity}, confidence {card.confidence}, {ecosystems}, since {card.since}"
    )
    return OK


@click.command()
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Worker processes.")
def work(workers: int) -> int:
    """Serve the queue: review pull requests until stopped. Scheduler and sweeper are included."""
    return jobs.serve_queue(workers)


def _inspection_lines(answer: local.Answer, *, verbose: bool) -> Iterator[str]:
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


def _package_lines(record: Record) -> Iterator[str]:
    yield f"{visible(record['file'])}: {record['format']}, {record['status']}, {len(record['packages'])} packages"
    for one in record["packages"]:
        label = visible(f"{one['ecosystem']}/{one['name']}@{one['version']}")
        direct = "direct" if one["direct"] else "transitive"
        source = "" if one["source"]["kind"] == "registry" else f"  from {one['source']['kind']}"
        yield f"  line {one['line']:>6}  {label}  {one['scope']}, {direct}{source}"
    for problem in record["problems"]:
        yield f"  line {problem['line']:>6}  NOT EXAMINED: {visible(problem['message'], 400)}"


def _rule_record(entry: Rule) -> Record:
    card = entry.card
    return {
        "schema": 1,
        "id": card.id,
        "title": entry.page.title,
        "category": card.category,
        "severity": card.severity,
        "confidence": card.confidence,
        "ecosystems": sorted(card.ecosystems),
        "since": card.since,
        "text": entry.page.text,
        **{section.lower().replace(" ", "_"): text for section, text in entry.page.sections},
    }


def _exit_code(items: list[Reviewed] | tuple[Reviewed, ...], report: Report | None = None) -> int:
    if any(judged.action is Action.BLOCK for item in items for judged in item.findings):
        return BLOCKED
    gaps = [gap for item in items for gap in item.gaps] + [gap.judged for gap in (report.file_gaps if report else ())]
    return NOT_EXAMINED if any(gap.action is Action.BLOCK for gap in gaps) else OK


def _print_record(record: Record) -> None:
    click.echo(msgspec.json.encode(record).decode("utf-8"))


def _print_lines(lines: Iterator[str]) -> None:
    for line in lines:
        colour = {"BLOCK ": "red", "WARN  ": "yellow", "NOT EX": "magenta"}.get(line[:6])
        # click drops colours for pipes by itself; NO_COLOR is the user's word for a terminal.
        click.echo(click.style(line, fg=colour) if colour and "NO_COLOR" not in os.environ else line)


@contextmanager
def _progress(what: str, *, hidden: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on a terminal, a line every hundred packages elsewhere, nothing where programs read the output."""
    if sys.stderr.isatty() and not hidden:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, whole: bar.update(task, completed=done, total=whole)
        return

    def tell(done: int, whole: int) -> None:
        if not hidden and whole > 1 and (done == whole or done % 100 == 0):
            click.echo(f"{what} {done} of {whole}", err=True)

    yield tell
