"""`assay packages`: what dependency files pin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from app.core.escape import visible
from app.core.records import Record
from worker import bootstrap
from worker.commands import options
from worker.commands.output import print_lines, print_record
from worker.local.comparing import dependency_files, read_packages
from worker.local.workbench import read_file


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE|FOLDER…", type=click.Path(path_type=Path))
@options.as_format
@options.output_format
def command(files: tuple[Path, ...], file_format: str | None, output: str) -> int:
    """List what dependency files pin, with lines.

    Exits 3 when a file or a line of it could not be read.
    """
    found = dependency_files(files)
    for path in found:
        read_file(path)  # a file that is not there is told before any output begins
    unread = False
    for path in found:
        record = read_packages(path, bootstrap.parser_for, file_format)
        unread = unread or bool(record["problems"])
        if output == "json":
            print_record(record)
        else:
            print_lines(_lines(record))
    return options.NOT_EXAMINED if unread else options.OK


def _lines(record: Record) -> Iterator[str]:
    yield f"{visible(record['file'])}: {record['format']}, {record['status']}, {len(record['packages'])} packages"
    for one in record["packages"]:
        label = visible(f"{one['ecosystem']}/{one['name']}@{one['version']}")
        direct = "direct" if one["direct"] else "transitive"
        source = "" if one["source"]["kind"] == "registry" else f"  from {one['source']['kind']}"
        yield f"  line {one['line']:>6}  {label}  {one['scope']}, {direct}{source}"
    for problem in record["problems"]:
        yield f"  line {problem['line']:>6}  NOT EXAMINED: {visible(problem['message'], 400)}"
