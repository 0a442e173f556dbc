"""What we read of GitHub's answers, and nothing more: unknown fields are skipped, missing ones are an error."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType, field


class User(Struct, frozen=True):
    """An account. An App acts as `<slug>[bot]` of type Bot."""

    login: str
    type: str = "User"


class Repository(Struct, frozen=True):
    """A repository; `full_name` is `owner/name` as it is now, whatever name was asked for."""

    id: int
    full_name: str
    private: bool


class Side(Struct, frozen=True):
    """Head or base of a pull request. `repo` is None when a fork was deleted."""

    sha: str
    ref: str
    repo: Repository | None


class Base(Struct, frozen=True):
    """Base of a pull request; its repository is always there."""

    sha: str
    ref: str
    repo: Repository


class PullRequest(Struct, frozen=True):
    """A pull request. `user` is None when the account was deleted."""

    number: int
    state: str
    user: User | None
    head: Side
    base: Base
    draft: bool = False


class Sha(Struct, frozen=True):
    """Anything of which only the sha is read."""

    sha: str


class Comparison(Struct, frozen=True):
    """Two commits compared."""

    merge_base_commit: Sha


class Entry(Struct, frozen=True):
    """A line of a tree: `type` is blob, tree or commit (a submodule)."""

    path: str
    type: str
    sha: str


class Tree(Struct, frozen=True):
    """A tree; `truncated` when GitHub left entries out."""

    tree: list[Entry]
    truncated: bool = False


class Blob(Struct, frozen=True):
    """The content of a file; `encoding` is base64 or utf-8."""

    content: str
    encoding: str


class ChangedFile(Struct, frozen=True):
    """A file of a pull request. `patch` is missing when it is binary or too big."""

    filename: str
    status: str
    patch: str | None = None


class App(Struct, frozen=True):
    """A GitHub App."""

    id: int
    slug: str | None = None


class CheckOutput(Struct, frozen=True):
    """What we need of a check run's output."""

    annotations_count: int = 0


class CheckRun(Struct, frozen=True):
    """A check run."""

    id: int
    name: str
    status: str
    external_id: str | None
    app: App | None
    output: CheckOutput = field(default_factory=CheckOutput)


class Annotation(Struct, frozen=True):
    """An annotation of a check run."""

    path: str
    start_line: int
    annotation_level: str | None
    title: str | None
    message: str | None


class Minimised(Struct, frozen=True):
    """Why a comment was minimised."""

    reason: str | None = None


class Comment(Struct, frozen=True):
    """A comment of the conversation. `minimized` is missing on servers that do not tell it here."""

    id: int
    node_id: str
    user: User | None
    body: str | None = None
    minimized: Minimised | UnsetType | None = UNSET


class LineComment(Struct, frozen=True):
    """A review comment. `line` is None when it is outdated, and when it is about the whole file."""

    id: int
    path: str
    user: User | None
    body: str
    line: int | None = None
    subject_type: str = "line"


class Token(Struct, frozen=True):
    """An installation token. Never logged: its `repr` hides it."""

    token: str
    repositories: list[Repository] = field(default_factory=list)

    def __repr__(self) -> str:
        """Say what it is for, not what it is."""
        return f"Token(repositories={[repository.full_name for repository in self.repositories]})"


class Nothing(Struct, frozen=True):
    """An object of which nothing is read."""
