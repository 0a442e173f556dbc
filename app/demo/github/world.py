"""The state of our GitHub and what can be looked up in it."""

from __future__ import annotations

from itertools import count
from threading import RLock

from app.core.ports import Clock
from app.demo.github.courier import Courier, Delivery
from app.demo.github.faults import Faults
from app.demo.github.model import (
    Account,
    App,
    CheckRun,
    Comment,
    Installation,
    LineComment,
    PullRequest,
    Repository,
    Review,
)
from app.demo.github.patches import FileChange, changed_files
from app.demo.github.tokens import Tokens


class World:
    """All that there is. Who changes it holds `lock`.

    `address` is where it is served (`http://127.0.0.1:PORT`); `faults` makes it fail on purpose; `courier` sends the
    webhooks.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.address = "http://127.0.0.1"
        self.lock = RLock()
        self.ids = count(1001)
        self.accounts: dict[str, Account] = {}
        self.apps: list[App] = []
        self.installations: dict[int, Installation] = {}
        self.repositories: dict[int, Repository] = {}
        self.pulls: list[PullRequest] = []
        self.check_runs: dict[int, CheckRun] = {}
        self.thread: dict[int, Comment] = {}
        self.reviews: list[Review] = []
        self.line_comments: dict[int, LineComment] = {}
        self.suites: dict[tuple[int, int, str], int] = {}  # App, repository, commit → check suite
        self.tokens = Tokens(clock)
        self.faults = Faults()
        self.courier = Courier(clock, self.ids)

    def account(self, login: str, kind: str) -> Account:
        """The account of this name, made when there is none."""
        with self.lock:
            found = self.accounts.get(login.lower())
            if found is None:
                found = self.accounts[login.lower()] = Account(next(self.ids), login, kind)
            return found

    def find_repository(self, full_name: str) -> Repository | None:
        """The repository that has this name now."""
        wanted = full_name.lower()
        return next((found for found in self.repositories.values() if found.full_name.lower() == wanted), None)

    def find_former(self, full_name: str) -> Repository | None:
        """The repository that had this name once."""
        wanted = full_name.lower()
        return next((found for found in self.repositories.values() if wanted in found.former_names), None)

    def find_pull(self, repository: Repository, number: int) -> PullRequest | None:
        """A pull request by its number."""
        return next((pull for pull in self.pulls if pull.repository is repository and pull.number == number), None)

    def files(self, pull: PullRequest) -> list[FileChange]:
        """What a pull request changes."""
        return changed_files(pull.repository.objects, pull.merge_base, pull.head_sha)

    def checks(self, repository: Repository, sha: str) -> list[CheckRun]:
        """The check runs of a commit, oldest first."""
        return [run for run in self.check_runs.values() if run.repository is repository and run.head_sha == sha]

    def comments(self, pull: PullRequest) -> list[Comment]:
        """The conversation of a pull request, oldest first."""
        return [comment for comment in self.thread.values() if comment.pull is pull]

    def reviews_of(self, pull: PullRequest) -> list[Review]:
        """The reviews of a pull request, oldest first."""
        return [review for review in self.reviews if review.pull is pull]

    def line_comments_of(self, pull: PullRequest) -> list[LineComment]:
        """The review comments of a pull request, oldest first."""
        return [comment for comment in self.line_comments.values() if comment.pull is pull]

    @property
    def deliveries(self) -> list[Delivery]:
        """The webhooks that were sent or are held, oldest first."""
        return self.courier.log

    def suite(self, app: App, repository: Repository, sha: str) -> int:
        """The check suite of an App on a commit."""
        return self.suites.setdefault((app.id, repository.id, sha), next(self.ids))
