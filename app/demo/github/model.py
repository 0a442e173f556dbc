"""What our GitHub remembers: accounts, Apps, repositories, pull requests, checks and comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from app.demo.github.objects import Objects


@dataclass(eq=False)
class Account:
    """A person, an organisation, or an App's bot."""

    id: int
    login: str
    type: str = "User"  # User, Organization, Bot


@dataclass(eq=False)
class App:
    """A GitHub App."""

    id: int
    slug: str
    name: str
    owner: Account
    permissions: Mapping[str, str]
    events: tuple[str, ...]
    webhook_url: str | None
    secret: str = field(repr=False)
    bot: Account
    created_at: datetime
    given_key: RSAPrivateKey | None = field(default=None, repr=False)

    @cached_property
    def key(self) -> RSAPrivateKey:
        """Its private key: the one given, or one made when it is first asked for."""
        return self.given_key or rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def pem(self) -> str:
        """Its private key as the App's owner downloads it."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


@dataclass(eq=False)
class Installation:
    """An App on an account. `repositories` are the ids chosen, None for all."""

    id: int
    app: App
    account: Account
    permissions: dict[str, str]
    repositories: set[int] | None
    created_at: datetime
    suspended: bool = False


@dataclass(eq=False)
class Repository:
    """A repository. Forks share `objects` with their parent."""

    id: int
    owner: Account
    name: str
    private: bool
    objects: Objects
    created_at: datetime
    default_branch: str = "main"
    branches: dict[str, str] = field(default_factory=dict)
    parent: Repository | None = None
    former_names: set[str] = field(default_factory=set)
    next_number: int = 1

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    @property
    def head(self) -> str:
        """The newest commit of the default branch."""
        return self.branches[self.default_branch]


@dataclass(eq=False)
class PullRequest:
    """A pull request. `head_repository` is None when its fork was deleted; `head_sha` stays."""

    id: int
    number: int
    repository: Repository
    title: str
    body: str
    author: Account
    head_repository: Repository | None
    head_ref: str
    head_sha: str
    base_ref: str
    created_at: datetime
    updated_at: datetime
    draft: bool = False
    state: str = "open"
    closed_at: datetime | None = None
    offers: list[Offer] = field(default_factory=list)

    @property
    def base_sha(self) -> str:
        """The newest commit of the branch it asks to be merged into."""
        return self.repository.branches[self.base_ref]

    @property
    def merge_base(self) -> str:
        """The commit that base and head last had in common (the base itself when there is none)."""
        return self.repository.objects.merge_base(self.base_sha, self.head_sha) or self.base_sha

    @property
    def from_fork(self) -> bool:
        """Whether its head lives in another repository."""
        return self.head_repository is not self.repository


@dataclass(eq=False)
class CheckRun:
    """A check run with its annotations, kept as they were sent (with `null` for what was left out)."""

    id: int
    app: App
    repository: Repository
    suite: int
    name: str
    head_sha: str
    status: str
    external_id: str | None = None
    conclusion: str | None = None
    details_url: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    started_at: datetime | None = None
    completed_at: datetime | None = None
    annotations: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)


@dataclass(eq=False)
class Comment:
    """A comment of a pull request's conversation. `minimised` is the reason, as GraphQL names it."""

    id: int
    pull: PullRequest
    author: Account
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    minimised: str | None = None


@dataclass(eq=False)
class Review:
    """A review: its own words; its line comments name it."""

    id: int
    pull: PullRequest
    author: Account
    body: str
    commit: str
    submitted_at: datetime


@dataclass(eq=False)
class LineComment:
    """A review comment. `line` is None when it is about the file, and when it is outdated."""

    id: int
    review: Review
    author: Account
    path: str
    body: str
    line: int | None
    original_line: int | None
    subject_type: str  # line, file
    hunk: str
    original_commit: str
    commit: str
    created_at: datetime
    updated_at: datetime
    minimised: str | None = None

    @property
    def pull(self) -> PullRequest:
        """The pull request it belongs to."""
        return self.review.pull

    @property
    def outdated(self) -> bool:
        """Whether its line is gone from the diff."""
        return self.subject_type == "line" and self.line is None


@dataclass(eq=False)
class Offer:
    """A button on a pull request's page, for whoever plays a person: a label and what pressing it does."""

    label: str
    press: Any  # Callable[[], object]
