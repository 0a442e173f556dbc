"""`assay who npm/name@1.2.3`, at the server: which repositories took a package in, the day an incident breaks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from app.core.errors import InputError
from app.core.escape import visible
from app.core.policy import Action
from app.core.prose import count
from app.core.review_search import (
    EVERYTHING,
    UNREAD,
    Intake,
    IntakeFilter,
    IntakePosition,
    ReviewSearch,
    read_wanted_package,
)
from app.environment import Environment
from app.store import open_store, upgrade

PAGE = 500
_moment = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


@click.command()
@click.argument("package", required=False)
@click.option("--alert", help="With this finding: a rule's id, or not-examined/<reason>.")
@click.option(
    "--action", type=click.Choice([str(action) for action in Action]), help="With findings that came to this."
)
@click.option("--repository", metavar="OWNER/NAME", help="Into this repository.")
@click.option("--since", type=_moment, help="Reviewed from then on (UTC).")
@click.option("--until", type=_moment, help="Reviewed before then (UTC).")
@click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="json: one a line, every head."
)
def command(
    package: str | None,
    alert: str | None,
    action: str | None,
    repository: str | None,
    since: datetime | None,
    until: datetime | None,
    output: str,
) -> int:
    """List the pull requests that took a PACKAGE in (npm/name, pypi/name@1.2.3), the newest first.

    Looks through all reviews in the database that DATABASE_URL names. A pull request that took it in need not have
    been merged. The text shows the newest head of each.
    """
    key, version = (None, None) if package is None else read_wanted_package(package)
    read = Environment(os.environ)
    url = read.database()
    read.finish()
    upgrade(url)
    store = open_store(url)
    try:
        places = None if repository is None else _named(store.search, repository)
        first, last = (None if at is None else at.replace(tzinfo=UTC) for at in (since, until))
        wanted = IntakeFilter(key, alert, None if action is None else Action(action), places, version, first, last)
        for one in _all(store.search, wanted) if output == "json" else ():
            click.echo(msgspec.json.encode(_record(one)).decode())
        for line in _lines(_all(store.search, wanted)) if output == "text" else ():
            click.echo(line)
        if key is not None:
            _tell_unread(store.search, wanted, err=output == "json")
    finally:
        store.close()
    return 0


def _named(search: ReviewSearch, repository: str) -> frozenset[int]:
    """Its ids; an unknown name is a mistake and not an answer."""
    found = search.repositories(repository, EVERYTHING)
    if not found:
        raise InputError(f"no repository called {repository[:220]!r} has been reviewed.")
    return found


def _tell_unread(search: ReviewSearch, wanted: IntakeFilter, *, err: bool) -> None:
    """Whoever searches for a package finds it in no file that was not read."""
    about = [replace(wanted, package=None, version=None, action=None, alert=alert) for alert in UNREAD]
    unread = {one.review.repository_id for missing in about for one in _all(search, missing)}
    if unread:
        places = count(len(unread), "repository", "repositories")
        click.echo(
            f"In {places} it may stand unseen: dependency files, or lines of them, could not be read "
            "(`assay who --alert not-examined/unreadable-file`; also unreadable-entry, unpinned, unknown-format).",
            err=err,
        )


def _all(search: ReviewSearch, wanted: IntakeFilter) -> Iterator[Intake]:
    after: IntakePosition | None = None
    while page := search.intakes(wanted, EVERYTHING, PAGE, after):
        yield from page
        after = page[-1].review.at, page[-1].id


def _lines(found: Iterator[Intake]) -> Iterator[str]:
    """A line for each place in each pull request, and one that sums up."""
    seen: set[tuple[object, ...]] = set()
    for one in found:
        review, taken = one.review, one.taken
        place = review.repository_id, review.number, taken.package, taken.file
        if place not in seen:
            seen.add(place)
            yield _line(one)
    pulls, repositories = {place[:2] for place in seen}, {place[0] for place in seen}
    if not seen:
        yield "Nothing found in the reviews that are kept."
        return
    yield f"{count(len(pulls), 'pull request')} in {count(len(repositories), 'repository', 'repositories')}."


def _line(one: Intake) -> str:
    review, taken = one.review, one.taken
    parts = [f"{review.at:%Y-%m-%d %H:%M}", visible(f"{review.repository}#{review.number}"), review.head_sha[:7]]
    if taken.package is not None:
        was = f" (was {visible(taken.before)})" if taken.before not in {None, taken.package.version} else ""
        parts.append(f"{visible(taken.package.label)}{was}")
    parts.append(f"{visible(taken.file)}:{taken.line}")
    if taken.through:
        parts.append(f"through {visible(taken.through[0])}")
    if taken.action is not None:
        rules = ", ".join(sorted({found.rule for found in taken.findings}))
        parts.append(f"{taken.action}: {visible(rules, 400)}")
    return "  ".join(parts)


def _record(one: Intake) -> dict[str, Any]:
    review, taken = one.review, one.taken
    return {
        "at": review.at.isoformat(timespec="seconds"),
        "repository": review.repository,
        "repository_id": review.repository_id,
        "installation": review.installation,
        "pull_request": review.number,
        "head_sha": review.head_sha,
        "conclusion": review.conclusion,
        "review": review.id,
        "package": taken.package.label if taken.package else None,
        "before": taken.before,
        "kind": taken.kind,
        "scope": taken.scope,
        "direct": taken.direct,
        "through": list(taken.through),
        "file": taken.file,
        "line": taken.line,
        "action": taken.action,
        "findings": [msgspec.to_builtins(found) for found in taken.findings],
    }
