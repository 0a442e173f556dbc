"""`assay check-policy`: everything that is wrong with a policy file, with line and column."""

from __future__ import annotations

from pathlib import Path

import click

from app.clock import utc_now
from app.core.errors import InputError
from app.core.judgement import unused_exceptions
from app.core.policy import Policy
from worker import bootstrap
from worker.commands import options
from worker.commands.output import print_lines, print_record
from worker.local.workbench import read_file

WRONG = 1


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@options.output_format
def check_policy(files: tuple[Path, ...], output: str) -> int:
    """Check policy files such as .github/assay.yml, against the rules of this version.

    Exits 0 when a file is right, 1 when something in it is wrong. Exceptions that ended are told; they do no harm.
    """
    wrong = False
    today = utc_now().date()
    for path, content in [(path, read_file(path)) for path in files]:
        read = bootstrap.read_policy(content, str(path), today)
        problems = () if isinstance(read, Policy) else read
        notes = unused_exceptions(read, (), (), today) if isinstance(read, Policy) else ()
        wrong = wrong or bool(problems)
        if output == "json":
            places = [{"line": one.line, "column": one.column, "message": one.message} for one in problems]
            print_record({"schema": 1, "file": str(path), "problems": places, "notes": list(notes)})
            continue
        name = click.format_filename(path)
        print_lines(f"{name} line {one.line}, column {one.column}: {one.message}" for one in problems)
        print_lines(f"{name} {note}." for note in notes)
        if isinstance(read, Policy):
            rules = f"{len(read.rules)} {'rule' if len(read.rules) == 1 else 'rules'}"
            state = f"preset {read.preset}, {rules} before it" if read.enabled else "switched off (`enabled: false`)"
            click.echo(f"{name}: {state}. Nothing is wrong with it.")
    return WRONG if wrong else options.OK


def read_policy_file(name: str, content: bytes) -> Policy:
    """A policy to judge by; raise `InputError` with every problem when it cannot be read."""
    read = bootstrap.read_policy(content, name, utc_now().date())
    if isinstance(read, Policy):
        return read
    places = [f"{name} line {one.line}, column {one.column}: {one.message}" for one in read]
    raise InputError("\n".join(["the policy cannot be read, so nothing was judged.", *places]))
