"""A webhook payload → a review request, or the reason why nothing is to be done."""

from __future__ import annotations

from dataclasses import dataclass


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

    @property
    def lane(self) -> str:
        """One lane per pull request: at most one review of it runs at a time."""
        return f"{self.installation_id}-{self.repository_id}-{self.number}"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that needs no work. `reason` is one plain phrase, for the log."""

    reason: str
