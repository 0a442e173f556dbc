"""One repository on GitHub, seen with one token."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from app.core.policy import Conclusion


class Phase(StrEnum):
    """What a token is for; each has its own permissions (`app/github/permissions.py`)."""

    READ = "read"  # contents, pull request, check run in progress
    WRITE = "write"  # check run, comment, review


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as it is now. `state` is open or closed."""

    number: int
    state: str
    head_sha: str
    base_sha: str
    base_ref: str
    author: str
    from_fork: bool
    private: bool
    repository: str  # owner/name, after a rename the new one
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """One line annotation of a check run. `level` is notice, warning or failure."""

    path: str
    line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """What a completed check run shows."""

    title: str
    summary: str
    annotations: tuple[Annotation, ...] = ()
    details_url: str | None = None


@dataclass(frozen=True, slots=True)
class AddedLine:
    """A line that a pull request adds. `text` may hold anything, credentials as well: it is looked at and dropped."""

    path: str
    line: int
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LineComment:
    """A review comment to place. `key` identifies it across runs (never shown); `line` is a line of the head's file."""

    key: str
    path: str
    line: int
    body: str


class Forge(Protocol):
    """One repository on GitHub, seen with one token. All errors are `ForgeError`s."""

    def pull(self, number: int) -> Pull:
        """The pull request as it is now."""
        ...

    def merge_base(self, base_sha: str, head_sha: str) -> str:
        """The commit that base and head last had in common (works across forks of one network)."""
        ...

    def tree(self, sha: str) -> Mapping[str, str]:
        """All files of a commit: path → blob sha. Walks sub-trees when GitHub truncates."""
        ...

    def blob(self, sha: str) -> bytes:
        """The content of a blob, to 100 MB."""
        ...

    def added(self, number: int) -> Sequence[AddedLine]:
        """The lines that a pull request adds, in the first hundred files, as far as GitHub shows them: one call."""
        ...

    def start_check(self, head_sha: str, external_id: str) -> int:
        """Find our check run of this commit and external id, or create it; set it in progress. Return its id."""
        ...

    def progress(self, check_id: int, title: str, summary: str) -> None:
        """Update a check run in progress."""
        ...

    def complete_check(self, check_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
        """Complete it; annotations go in pages of 50, each page once."""
        ...

    def cancel_check(self, head_sha: str, external_id: str, output: CheckOutput) -> None:
        """Complete our check run of this commit and external id as cancelled, unless it is complete or not there."""
        ...

    def upsert_comment(self, number: int, marker: str, body: str) -> None:
        """Edit our one comment (found by marker and by our App as author), or post it; un-minimise it."""
        ...

    def retire_comment(self, number: int, marker: str, body: str) -> None:
        """Edit our comment to `body` and minimise it as resolved; nothing when there is none."""
        ...

    def review(
        self, number: int, head_sha: str, summary: str, comments: Sequence[LineComment]
    ) -> tuple[LineComment, ...]:
        """Place comments in one review, only on lines of the diff; fall back to the file. Return what fits neither.

        Comments whose key is already on the pull request for this text are not repeated; our older ones that are not
        among `comments` any more are edited to say that they no longer apply.
        """
        ...


class ForgeDoor(Protocol):
    """Opens the forge for one repository and one phase with a token of its own, revoked at the end."""

    def open(
        self, installation_id: int, repository_id: int, repository: str, phase: Phase
    ) -> AbstractContextManager[Forge]:
        """Mint a token, give the forge, revoke the token."""
        ...

    def organisation_policy(self, installation_id: int, owner: str) -> tuple[str, bytes] | None:
        """`(commit sha, content)` of `.github/assay.yml` in the owner's `.github` repository; None when there is
        none, or GitHub refuses (read with a token of its own, contents only).
        """
        ...
