"""`assay review`: two lockfiles, two folders, or two revisions of a git repository."""

from __future__ import annotations

from pathlib import Path

import click

from app.core.errors import InputError
from app.core.judgement import is_switched_off
from app.core.policy import Policy
from app.core.terminal_text import change_lines, changes_line, review_lines
from app.exports import EXPORTS
from worker import bootstrap
from worker.commands import options
from worker.commands.output import print_lines, progress
from worker.commands.policy import read_policy_file
from worker.local.comparing import compare_paths, compare_trees, review_comparison
from worker.local.trees import Tree, open_tree
from worker.local.workbench import read_file


@click.command()
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@options.as_format
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    help="Judge by this file [default: .github/assay.yml of OLD, if OLD is no single file].",
)
@options.fail_on
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", *EXPORTS]),
    default="text",
    help="For people, or for programs: our own JSON, SARIF, bills of materials.",
)
@options.jobs
@options.verbose
def command(
    old: str,
    new: str,
    file_format: str | None,
    policy: Path | None,
    fail_on: options.FailOn,
    output: str,
    parallel: int,
    *,
    verbose: bool,
) -> int:
    """Examine what changed between OLD and NEW: two dependency files, two folders, or two revisions.

    A revision is written git:REV, as in `assay review git:main git:HEAD`; it means the current folder as it was then.
    `assay review git:HEAD .` examines what is not committed yet.

    Exits 0 when nothing blocks, 1 when something does, 3 when something could not be examined.
    """
    before, after = open_tree(old), open_tree(new)
    if (before is None) is not (after is None):
        lone, other = (old, new) if before is None else (new, old)
        raise InputError(f"{lone} is a single file and {other} is not. Name two files, or two folders or revisions.")
    judge_by = _policy(policy, before)
    with bootstrap.workbench(parallel, judge_by) as bench:
        if is_switched_off(bench.policy, None):
            click.echo(f"Switched off: `enabled: false` in {bench.policy.origin}. Nothing was examined.", err=True)
            return options.OK
        if before is not None and after is not None:
            comparison = compare_trees(before, after, bench)
        else:
            comparison = compare_paths(Path(old), Path(new), bench, file_format)
        with progress("Examining", hidden=output != "text") as tell:
            report = review_comparison(comparison, bench, tell)
    if output in EXPORTS:
        click.echo(EXPORTS[output].write(report, bench.tools.clock()), nl=False)
    else:
        names = f"{click.format_filename(old)} with {click.format_filename(new)}"
        click.echo(f"Comparing {names}: {changes_line(report)}\n")
        print_lines(change_lines(report))
        click.echo()
        print_lines(review_lines(report, verbose=verbose))
    return options.exit_code(report.reviewed, fail_on, report)


def _policy(named: Path | None, old: Tree | None) -> Policy:
    """The policy that was named; else the old side's own, as on GitHub the base branch's; else the built-in one."""
    if named is not None:
        return read_policy_file(str(named), read_file(named))
    if old is not None and bootstrap.POLICY_PATH in old.files():
        return read_policy_file(old.name_of(bootstrap.POLICY_PATH), old.read(bootstrap.POLICY_PATH))
    return Policy()
