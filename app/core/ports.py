"""The sockets in the wall: what the pipeline needs from the world, each with an adapter and an in-memory twin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import BinaryIO, Protocol

from app.core.events import ReviewRequest
from app.core.finding import Finding
from app.core.integrity import Digest
from app.core.lockfile import Lockfile
from app.core.package import Ecosystem, Package
from app.core.policy import Conclusion
from app.core.report import Report
from app.core.review_search import ReviewSearch
from app.core.rule import Catalogue, RuleCard
from app.core.specimen import (
    ArtifactFacts,
    ArtifactKind,
    ChangeSpecimen,
    FileSpecimen,
    NotExamined,
    ReleaseSpecimen,
    Specimen,
)
from app.core.token_store import Audit, Tokens

Clock = Callable[[], datetime]  # aware, UTC


# --- plug-ins -------------------------------------------------------------------------------------------------------


class Detector(Protocol):
    """A module of `worker/detectors/` that judges one artifact; its docstring is the rule's page."""

    CARD: RuleCard

    def detect(self, specimen: Specimen) -> Iterator[Finding]:
        """Report what is wrong with this artifact."""
        ...


class ReleaseDetector(Protocol):
    """A module of `worker/detectors/` that holds the artifacts of one version against each other."""

    CARD: RuleCard

    def detect_release(self, specimen: ReleaseSpecimen) -> Iterator[Finding]:
        """Report what is wrong between these artifacts."""
        ...


class ChangeDetector(Protocol):
    """A module of `worker/detectors/` that judges one change without opening an archive."""

    CARD: RuleCard

    def detect_change(self, specimen: ChangeSpecimen) -> Iterator[Finding]:
        """Report what is wrong with this change."""
        ...


class FileDetector(Protocol):
    """A module of `worker/detectors/` that judges a dependency file as a whole; the first evidence is its line."""

    CARD: RuleCard

    def detect_file(self, specimen: FileSpecimen) -> Iterator[Finding]:
        """Report what is wrong with this file."""
        ...


class Parser(Protocol):
    """A module of `worker/lockfiles/`: one dependency-file format."""

    FORMAT: str
    ECOSYSTEM: Ecosystem

    def claims(self, path: str) -> bool:
        """Whether a file of this path (POSIX, relative to the repository) is of this format, by its name."""
        ...

    def parse(self, path: str, content: bytes) -> Lockfile:
        """Read a file; raise `UnreadableLockfile` when it cannot be read as a whole. Never an empty guess."""
        ...


# --- registries -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Artifact:
    """One file of a release, as the index lists it. `size` in bytes, None when the index does not say."""

    filename: str
    url: str
    kind: ArtifactKind
    digests: tuple[Digest, ...] = ()
    size: int | None = None
    package: Package | None = None  # whose registry is asked for it


@dataclass(frozen=True, slots=True)
class Release:
    """One package version on its registry.

    `artifacts` are the ones to inspect for the operator's targets, in a fixed order; `others` names the rest ("not a
    target"); `offered` are the hashes of all its files. Missing fields mean unknown, never an alert.
    """

    package: Package
    artifacts: tuple[Artifact, ...]
    others: tuple[str, ...] = ()
    offered: tuple[Digest, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)  # "published", "deprecated", "yanked" …
    declared: tuple[tuple[str, str], ...] = ()  # its manifest by the registry's word (`app/core/declaration.py`)


@dataclass(frozen=True, slots=True)
class Download:
    """An artifact on local disk. `content` is open for reading at 0, has no name, and vanishes when closed."""

    artifact: Artifact
    content: BinaryIO
    size: int
    digests: tuple[Digest, ...]  # sha512, sha256, sha1 computed while downloading

    def digest(self, algorithm: str) -> str:
        """The hexadecimal digest of one of the computed algorithms."""
        return next(digest.hex for digest in self.digests if digest.algorithm == algorithm)


class Registry(Protocol):
    """One ecosystem's registry."""

    def release(self, package: Package, named: Sequence[Digest] = ()) -> Release:
        """Look a version up. `named` are the lockfile's hashes: where the index lists several files, those named are
        preferred. Raise `PackageNotFound` or `RegistryUnavailable`; no artifacts means none for the targets.
        """
        ...

    def download(self, artifact: Artifact) -> AbstractContextManager[Download]:
        """Fetch one artifact within the limits; raise `CannotExamine` (too large, not found, unavailable)."""
        ...


# --- inspection -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InspectionRequest:
    """What the sealed child is asked.

    `archive` is read by the child from an inherited descriptor; None when `known` (this artifact's stored facts) is
    given and only the detectors have to run. `before` are the stored facts of the version it replaces. `registered` is
    what the registry says of this version; empty when it was not asked.
    """

    package: Package
    filename: str
    kind: ArtifactKind
    archive: BinaryIO | None = None
    known: ArtifactFacts | None = None
    previous: Package | None = None
    before: ArtifactFacts | None = None
    registered: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the sealed child answered. `facts` is None when nothing could be learned; then `not_examined` says why."""

    facts: ArtifactFacts | None
    findings: tuple[Finding, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()


class Inspector(Protocol):
    """Opens archives in a sealed child. Never raises for anything a package does."""

    def inspect(self, request: InspectionRequest) -> Inspection:
        """Inspect one artifact; time-outs, crashes and floods come back as `not_examined`."""
        ...


class Turns(Protocol):
    """Who does work that several reviews need at the same moment."""

    def take(self, key: str) -> AbstractContextManager[None]:
        """Wait until nobody else does the work of this key, for a bounded time, then do it. Never fails.

        Whoever waited finds the work done, most of the time, and has to look.
        """
        ...


# --- GitHub ---------------------------------------------------------------------------------------------------------


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


# --- store ----------------------------------------------------------------------------------------------------------


class DeliveryState(StrEnum):
    """The life of a delivery row."""

    RECEIVED = "received"
    RUNNING = "running"
    DONE = "done"
    SUPERSEDED = "superseded"
    DEAD = "dead"  # given up, visibly
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery that asks for a review. `due` is when it may run at the earliest; `attempts` counts claims.

    `failures` counts the claims that did not end well, the running one included: a run that is killed cannot say so.
    `handovers` counts the runs that left the rest to the next one; `examined` is how many packages were done then.
    """

    id: str
    event: str
    request: ReviewRequest
    received_at: datetime
    state: DeliveryState = DeliveryState.RECEIVED
    attempts: int = 0
    due: datetime | None = None
    lease_until: datetime | None = None
    owner: str | None = None
    note: str = ""
    failures: int = 0
    handovers: int = 0
    examined: int = 0


class Deliveries(Protocol):
    """Delivery rows: the truth of what has to be done. Every method is one transaction."""

    def accept(self, delivery_id: str, event: str, request: ReviewRequest, now: datetime) -> Delivery | None:
        """Remember a delivery; None when it is done, superseded or dead already. A repeated id that was never
        finished is returned again. Its `due` gathers pushes: the first of a lane at once, later ones within
        a few seconds.
        """
        ...

    def claim(self, lane: str, owner: str, now: datetime, lease: timedelta) -> Delivery | None:
        """Take the newest due delivery of a lane: mark older waiting ones superseded, set it running, count the
        attempt.
        None when nothing is due or another owner holds a live lease on the lane.
        """
        ...

    def renew(self, delivery_id: str, owner: str, until: datetime) -> bool:
        """Extend the lease; False when it is not ours any more."""
        ...

    def is_newest(self, delivery_id: str) -> bool:
        """Whether no newer delivery of the same lane waits."""
        ...

    def finish(self, delivery_id: str, owner: str, state: DeliveryState, note: str, now: datetime) -> None:
        """End it (done, superseded, dead). Nothing happens when the lease is not ours any more."""
        ...

    def give_back(self, delivery_id: str, owner: str, due: datetime, note: str, *, failed: bool = True) -> None:
        """Back to received, to run again at `due` (retry; or, with `failed=False`, a run that ended well and asks for
        another). Nothing happens when the lease is not ours any more.
        """
        ...

    def hand_over(self, delivery_id: str, owner: str, due: datetime, note: str, examined: int) -> None:
        """Back to received, for the next run to go on at `due`; no failure. Nothing happens when the lease is not ours
        any more.
        """
        ...

    def replaced(self, delivery_id: str) -> Sequence[Delivery]:
        """Older deliveries of its lane that runs had begun with and that a claim has superseded since it came in."""
        ...

    def release(self, owner: str, due: datetime, note: str) -> Sequence[str]:
        """Give back whatever a dead owner was running; return its lanes."""
        ...

    def waiting(self, now: datetime, limit: int) -> Sequence[str]:
        """Lanes with something due and no live lease, the longest waiting first. For the sweeper."""
        ...

    def next_due(self, lane: str) -> datetime | None:
        """When the lane's next waiting delivery is due; None when nothing waits."""
        ...

    def get(self, delivery_id: str) -> Delivery | None:
        """One delivery, for tests and operators."""
        ...

    def oldest_waiting(self) -> datetime | None:
        """When the oldest delivery that still waits was received (for `/readyz` and metrics)."""
        ...


class Reports(Protocol):
    """Finished reports."""

    def save(self, request: ReviewRequest, report: Report, now: datetime) -> str:
        """Keep a report and return its unguessable id. Idempotent per lane and head."""
        ...

    def get(self, report_id: str) -> Report | None:
        """One report of a public repository; None for private and unknown ones."""
        ...


class Inspections(Protocol):
    """Facts by artifact and engine version. `realm` is "public" or an installation (private registries)."""

    def find(self, realm: str, package: Package, engine: str, digests: Sequence[Digest]) -> ArtifactFacts | None:
        """Facts of the artifact of this package that has one of these hashes (sha512 or sha256)."""
        ...

    def save(
        self, realm: str, package: Package, facts: ArtifactFacts, digests: Sequence[Digest], now: datetime
    ) -> None:
        """Keep the facts under all strong digests."""
        ...


class Catalogues(Protocol):
    """The rules that really run, published by workers for the web side."""

    def publish(self, catalogue: Catalogue, now: datetime) -> None:
        """Replace what is published."""
        ...

    def current(self) -> Catalogue | None:
        """What is published; None before the first worker has started."""
        ...

    def announce(self, worker: str, layers: Sequence[str], now: datetime) -> None:
        """A worker's heartbeat, with the sandbox layers that hold there (for `/readyz`)."""
        ...

    def workers(self, since: datetime) -> Mapping[str, tuple[str, ...]]:
        """Workers heard of since then → their sandbox layers."""
        ...


class Leases(Protocol):
    """Named leases: at most one holder at a time (the sweeper, for one)."""

    def take(self, name: str, owner: str, now: datetime, lease: timedelta) -> bool:
        """Take or renew; False when somebody else holds it."""
        ...


class Store(Protocol):
    """Everything that is kept."""

    @property
    def deliveries(self) -> Deliveries:
        """Its deliveries."""
        ...

    @property
    def reports(self) -> Reports:
        """Its reports."""
        ...

    @property
    def inspections(self) -> Inspections:
        """Its inspections."""
        ...

    @property
    def catalogues(self) -> Catalogues:
        """Its catalogues."""
        ...

    @property
    def leases(self) -> Leases:
        """Its leases."""
        ...

    @property
    def tokens(self) -> Tokens:
        """Its API tokens."""
        ...

    @property
    def audit(self) -> Audit:
        """What was done with them."""
        ...

    @property
    def search(self) -> ReviewSearch:
        """All reviews, to be searched."""
        ...

    def ping(self) -> None:
        """Raise `StoreUnavailable` when the database does not answer."""
        ...


class Dispatch(Protocol):
    """Hands work to the queue. Redis is a hint: the delivery row is the truth."""

    def review(self, lane: str, due: datetime | None = None) -> None:
        """Ask a worker to look at this lane (at `due`, if later); repeated asking is harmless. `QueueUnavailable`."""
        ...

    def ping(self) -> None:
        """Raise `QueueUnavailable` when Redis does not answer."""
        ...
