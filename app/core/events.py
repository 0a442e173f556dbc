"""A webhook payload → a review request, an installation that was taken away, or why nothing is to be done."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from app.core.errors import InputError


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """A pull request to look at. The job reads its current state from GitHub, so no sha is an order here."""

    installation_id: int
    repository_id: int
    repository: str  # owner/name
    number: int
    head_sha: str  # what the event said, for the record
    private: bool
    action: str
    owner_id: int | None = None  # of the repository; None where nobody has said it

    @property
    def lane(self) -> str:
        """One lane per pull request: at most one review of it runs at a time."""
        return f"{self.installation_id}-{self.repository_id}-{self.number}"


class InstallationAction(StrEnum):
    """What happened to an installation."""

    DELETED = "deleted"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    REPOSITORIES_REMOVED = "repositories removed"


@dataclass(frozen=True, slots=True)
class InstallationChange:
    """An installation that was removed, suspended or resumed, or that reaches some repositories no more.

    `repositories` are the ids of those that are named: all that were removed, or, where the whole installation was,
    what it reached as far as GitHub says so.
    """

    installation_id: int
    action: InstallationAction
    repositories: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that needs no work. `reason` is one plain phrase, for the log."""

    reason: str


EVENTS = frozenset({"pull_request", "check_run", "check_suite", "ping", "installation", "installation_repositories"})
UNASKED = frozenset({"ping", "installation", "installation_repositories"})
"""What GitHub sends to every App, whether or not it asks for it."""
REVIEWED_ACTIONS = frozenset({"opened", "synchronize", "reopened", "ready_for_review"})

_EXTERNAL_ID = re.compile(r"([1-9][0-9]{0,9}):[0-9a-f]{40,64}(?::.*)?", re.DOTALL)  # ours: number, head, digest

Id = Annotated[int, Meta(ge=1, le=(1 << 63) - 1)]
Number = Annotated[int, Meta(ge=1, le=(1 << 31) - 1)]
Sha = Annotated[str, Meta(pattern=r"\A[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]
FullName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}\Z")]
Word = Annotated[str, Meta(max_length=60, pattern=r"\A[a-z_]+\Z")]


# The few fields that are read, with their types. Unknown keys are GitHub's business.


class _Installation(Struct):
    id: Id


class _Owner(Struct):
    id: Id


class _Repository(Struct):
    id: Id
    full_name: FullName
    private: bool
    owner: _Owner | None = None


class _Head(Struct):
    sha: Sha


class _Event(Struct, kw_only=True):
    action: Word
    installation: _Installation
    repository: _Repository


class _PullRequest(Struct):
    number: Number
    head: _Head


class _Changes(Struct):
    base: dict[str, Any] | None = None


class _PullRequestEvent(_Event, kw_only=True):
    pull_request: _PullRequest
    changes: _Changes | None = None


class _BaseRepository(Struct):
    id: Id


class _Base(Struct):
    repo: _BaseRepository


class _LinkedPull(Struct):
    number: Number
    base: _Base


class _CheckRun(Struct):
    head_sha: Sha
    external_id: Annotated[str, Meta(max_length=400)] | None = None
    pull_requests: list[_LinkedPull] = []


class _CheckRunEvent(_Event, kw_only=True):
    check_run: _CheckRun


class _CheckSuite(Struct):
    head_sha: Sha
    pull_requests: list[_LinkedPull] = []


class _CheckSuiteEvent(_Event, kw_only=True):
    check_suite: _CheckSuite


class _Action(Struct):
    action: Word


class _NamedRepository(Struct):
    id: Id


class _InstallationEvent(Struct):
    action: Word
    installation: _Installation
    repositories: list[_NamedRepository] | None = None


class _RepositoriesEvent(Struct):
    action: Word
    installation: _Installation
    repositories_removed: list[_NamedRepository]


_CHANGES = {
    "deleted": InstallationAction.DELETED,
    "suspend": InstallationAction.SUSPENDED,
    "unsuspend": InstallationAction.RESUMED,
}


def read_event(event: str, payload: object) -> ReviewRequest | InstallationChange | Ignored:
    """Read a verified delivery. `event` is its `X-GitHub-Event`, `payload` its decoded JSON.

    Raise `InputError`, naming the field, when an event we act on has not the shape that GitHub documents.
    GitHub sends `check_run` and `check_suite` re-requests to the App that owns the check only.
    """
    try:
        match event:
            case "ping":
                return Ignored("ping")
            case "pull_request":
                return _pull_request(payload)
            case "check_run":
                return _check_run(payload)
            case "check_suite":
                return _check_suite(payload)
            case "installation":
                return _installation(payload)
            case "installation_repositories":
                return _repositories(payload)
            case _:
                return Ignored("this event is of no use to Assay")
    except (msgspec.ValidationError, RecursionError) as error:
        raise InputError(f"the {event} payload is not as GitHub documents it: {error}") from error


def _pull_request(payload: object) -> ReviewRequest | Ignored:
    action = msgspec.convert(payload, _Action).action
    if action not in REVIEWED_ACTIONS and action != "edited":
        return Ignored(f"a pull request was {action}")
    event = msgspec.convert(payload, _PullRequestEvent)
    if action == "edited" and (event.changes is None or event.changes.base is None):
        return Ignored("an edit that leaves the base branch alone")
    return _request(event, event.pull_request.number, event.pull_request.head.sha)


def _check_run(payload: object) -> ReviewRequest | Ignored:
    action = msgspec.convert(payload, _Action).action
    if action != "rerequested":
        return Ignored(f"a check run was {action}")
    event = msgspec.convert(payload, _CheckRunEvent)
    run = event.check_run
    # Pull requests from forks are not listed, so our own external id is asked first.
    ours = _EXTERNAL_ID.fullmatch(run.external_id or "")
    number = int(ours[1]) if ours else _linked(event, run.pull_requests)
    return _request(event, number, run.head_sha) if number else Ignored("a check run that names no pull request")


def _check_suite(payload: object) -> ReviewRequest | Ignored:
    action = msgspec.convert(payload, _Action).action
    if action != "rerequested":
        return Ignored(f"a check suite was {action}")
    event = msgspec.convert(payload, _CheckSuiteEvent)
    number = _linked(event, event.check_suite.pull_requests)
    if number is None:
        return Ignored("a check suite that names no pull request (GitHub names none for forks)")
    return _request(event, number, event.check_suite.head_sha)


def _installation(payload: object) -> InstallationChange | Ignored:
    action = msgspec.convert(payload, _Action).action
    if action not in _CHANGES:
        return Ignored(f"an installation was {action}")
    event = msgspec.convert(payload, _InstallationEvent)
    named = frozenset(repository.id for repository in event.repositories or ())
    return InstallationChange(event.installation.id, _CHANGES[action], named)


def _repositories(payload: object) -> InstallationChange | Ignored:
    action = msgspec.convert(payload, _Action).action
    if action != "removed":
        return Ignored(f"repositories of an installation were {action}")
    event = msgspec.convert(payload, _RepositoriesEvent)
    removed = frozenset(repository.id for repository in event.repositories_removed)
    if not removed:
        return Ignored("no repository was removed")
    return InstallationChange(event.installation.id, InstallationAction.REPOSITORIES_REMOVED, removed)


def _linked(event: _Event, pulls: list[_LinkedPull]) -> int | None:
    """The newest pull request of this very repository (a head may serve pull requests of several)."""
    return max((pull.number for pull in pulls if pull.base.repo.id == event.repository.id), default=None)


def _request(event: _Event, number: int, head_sha: str) -> ReviewRequest:
    return ReviewRequest(
        installation_id=event.installation.id,
        repository_id=event.repository.id,
        repository=event.repository.full_name,
        number=number,
        head_sha=head_sha,
        private=event.repository.private,
        action=event.action,
        owner_id=event.repository.owner.id if event.repository.owner else None,
    )
