"""The `assay demo` command: three pull requests on a GitHub of our own, reviewed and told as a reader sees them."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

import click
from rich.console import Console
from rich.markdown import Markdown

from app.core.escape import visible
from app.demo import scene
from app.demo.github import CheckRun, PullRequest
from app.demo.stage import Stage, raised_stage

WRONG = 1


@dataclass(frozen=True, slots=True)
class Shown:
    """One pull request of the demo with what came of it; `seconds` from opened to completed."""

    proposal: scene.Proposal
    pull: PullRequest
    check: CheckRun
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the check came to what it must come to."""
        return self.check.conclusion == self.proposal.expected


@click.command()
@click.option("--once", is_flag=True, help="Print what happened and exit: 0 only if the three verdicts are right.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port of the page [default: a free one].")
def command(*, once: bool, port: int) -> int:
    """Watch Assay review three pull requests, on a GitHub of our own."""
    console = Console(highlight=False)
    console.print("Starting Valkey, a GitHub of our own, the web process and two workers …")
    with raised_stage(port=port) as stage:
        shown = perform(stage, console)
        wrong = [one for one in shown if not one.is_right]
        for one in wrong:
            console.print(f"Pull request {one.pull.number} should have come to {one.proposal.expected}.", style="red")
        if any(one.proposal.real for one in wrong):
            console.print("It needs the npm registry and PyPI; what could not be fetched is never shown as clean.")
        if once:
            return WRONG if wrong else 0
        _stay(stage, console)
    return 0


def perform(stage: Stage, console: Console) -> list[Shown]:
    """Set the scene, open the pull requests one after another, and tell what happened."""
    for (name, version), tarball in scene.tarballs().items():
        stage.registry.shelf.put_npm(name, version, tarball)
    repository = stage.github.repository(scene.REPOSITORY, scene.base_files())
    stage.github.install(stage.app, scene.OWNER, [repository])
    fork = stage.github.fork(repository, scene.STRANGER)
    shown = []
    for proposal in scene.proposals():
        began = time.monotonic()
        pull = stage.github.open_pull(
            repository,
            proposal.title,
            proposal.files,
            author=proposal.author,
            from_fork=fork if proposal.from_fork else None,
        )
        check = stage.wait_for_check(pull)
        one = Shown(proposal, pull, check, time.monotonic() - began)
        _wait_for_words(stage, one)
        _tell(stage, console, one)
        stage.github.offer(pull, "Push an empty commit", lambda pull=pull: stage.github.push(pull, {}))  # type: ignore[misc]
        stage.github.offer(pull, "Re-run the check", lambda check=check: stage.github.rerequest(check))  # type: ignore[misc]
        shown.append(one)
    return shown


def _wait_for_words(stage: Stage, one: Shown) -> None:
    """The comments of a failure follow its check; nobody waits long for them."""
    end = time.monotonic() + 3.0
    while one.check.conclusion == "failure" and not stage.github.line_comments_of(one.pull):
        if time.monotonic() > end:
            return
        time.sleep(0.05)


def _tell(stage: Stage, console: Console, one: Shown) -> None:
    where = f"from the fork of {one.pull.author.login}" if one.proposal.from_fork else f"by {one.pull.author.login}"
    colour = {"success": "green", "failure": "red"}.get(one.check.conclusion or "", "yellow")
    console.print()
    console.rule(f"[bold]#{one.pull.number} {one.pull.title}[/] ({where})", align="left")
    console.print(f"[{colour}]{one.check.conclusion}[/]  {visible(one.check.title or '', 250)}")
    console.print(f"[dim]completed {one.seconds:.1f} s after it was opened[/]")
    _, marker, missing = (one.check.summary or "").partition("### Not examined")
    if marker:
        console.print(Markdown(marker + missing.partition("\n### ")[0].partition("\n<details>")[0]))
    for comment in stage.github.comments(one.pull):
        console.print()
        console.print(Markdown(_readable(comment.body)))
    for line in stage.github.line_comments_of(one.pull):
        console.print(f"[dim]on {line.path} line {line.line}:[/]")
        console.print(Markdown(_readable(line.body)))


def _readable(body: str) -> str:
    """A comment as a terminal can show it: without its hidden marker, its folds opened."""
    body = re.sub(r"<!--.*?-->\s*", "", body)
    body = re.sub(r"<details><summary>(.*?)</summary>", r"**\1**", body)
    return body.replace("</details>", "")


def _stay(stage: Stage, console: Console) -> None:
    console.print()
    console.print(f"Look at it: {stage.server.address}/{scene.REPOSITORY}/pull/2   (Ctrl+C stops everything)")
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        console.print("Stopping …")
