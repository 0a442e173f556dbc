"""What commands print: text for people, JSON for programs, and how far the work is."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.core.records import Record

NARROWEST = 40
_COLOURS = {"BLOCK ": "red", "WARN  ": "yellow", "NOT EX": "magenta"}


def print_record(record: Record) -> None:
    """One JSON object on one line."""
    click.echo(msgspec.json.encode(record).decode("utf-8"))


def print_lines(lines: Iterable[str]) -> None:
    """Lines for people: coloured and folded to the width on a terminal, as they are everywhere else."""
    is_terminal = sys.stdout.isatty()
    for line in lines:
        text = fold(line, shutil.get_terminal_size().columns) if is_terminal else line
        colour = _COLOURS.get(line[:6]) if is_terminal and wants_colour() else None
        click.echo(click.style(text, fg=colour) if colour else text)


def fold(line: str, width: int) -> str:
    """Break a line that is wider than the terminal between words, and indent what follows a little more."""
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    if len(line) <= width or width < NARROWEST:
        return line
    parts = textwrap.wrap(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(parts)


def wants_colour() -> bool:
    """`NO_COLOR`, when it is set and not empty, is the user's word against colours; a dumb terminal has none."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def progress(what: str, *, hidden: bool) -> Iterator[Callable[[int, int], None]]:
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
