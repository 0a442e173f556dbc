"""The doors to GitHub: one repository for one phase, with a token of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from github.Requester import Requester

from app.core.errors import Forbidden, Gone
from app.core.policy import Conclusion
from app.core.ports import AddedLine, CheckOutput, Clock, LineComment, Phase, Pull
from app.github import answers, checks, comments, pulls, reviews
from app.github.auth import AppKey, JobToken
from app.github.client import Client, connect
from app.github.errors import Unauthorised, Unprocessable
from app.github.patience import Patience
from app.github.permissions import COMMIT, ORGANISATION, PHASES

POLICY_REPOSITORY = ".github"
POLICY_PATH = ".github/assay.yml"


class GitHubDoor:
    """Opens the forge for one repository and one phase (`app.core.ports.ForgeDoor`).

    `base_url` is GitHub's REST address (`https://HOST/api/v3` on an Enterprise Server), `write_interval` the seconds
    between two writes of one job (GitHub asks for 1), `verify` the path of a CA bundle where the system's does not do.
    `watch` is told of every call with an installation's token: whose, how it went, and the headers of the answer.
    """

    def __init__(
        self,
        app_id: int | str,
        private_key: str,
        base_url: str,
        *,
        write_interval: float = 1.0,
        verify: bool | str = True,
        clock: Clock,
        sleep: Callable[[float], None] = time.sleep,
        watch: Callable[[int, str, Mapping[str, str]], None] = lambda _installation, _outcome, _headers: None,
    ) -> None:
        self._watch = watch
        self._key = AppKey(app_id, private_key, base_url, verify=verify, clock=clock, sleep=sleep)
        self._base_url = base_url
        self._write_interval = write_interval
        self._verify = verify
        self._clock = clock
        self._sleep = sleep
        _quieten()

    def __repr__(self) -> str:
        return f"GitHubDoor({self._base_url})"

    @contextmanager
    def open(
        self, installation_id: int, repository_id: int, repository: str, phase: Phase
    ) -> Iterator[RepositoryForge]:
        """Mint a token, give the forge, revoke the token."""

        def mint() -> answers.Token:
            return self._key.mint(installation_id, PHASES[phase], repository_id=repository_id)

        with self._client(mint, installation_id, repository_id, repository) as client:
            yield RepositoryForge(client, self._key.own_app)

    def organisation_policy(self, installation_id: int, owner: str) -> tuple[str, bytes] | None:
        """`(commit sha, content)` of `.github/assay.yml` in the owner's `.github` repository.

        None when there is none, or GitHub refuses; an outage or a limit is raised, as it is no answer.
        """

        def mint() -> answers.Token:
            return self._key.mint(installation_id, ORGANISATION, repository=POLICY_REPOSITORY)

        try:
            with self._client(mint, installation_id, None, f"{owner}/{POLICY_REPOSITORY}") as client:
                newest = client.send(COMMIT, answers.Sha, ref="HEAD", query={"per_page": 1})
                sha = pulls.tree(client, newest.sha).get(POLICY_PATH)
                return None if sha is None else (newest.sha, pulls.blob(client, sha))
        except Unauthorised:  # our own key is wrong: that says nothing about the organisation
            raise
        except (Forbidden, Gone, Unprocessable):
            return None

    @contextmanager
    def _client(
        self, mint: Callable[[], answers.Token], installation_id: int, repository_id: int | None, repository: str
    ) -> Iterator[Client]:
        token = JobToken(mint, self._clock)
        patience = Patience(self._sleep)
        try:
            github = connect(
                token,
                self._base_url,
                patience=patience,
                write_interval=self._write_interval,
                verify=self._verify,
            )
            try:
                name = _name_now(token.repositories, repository_id, repository)
                watch = partial(self._watch, installation_id)
                yield Client(github.requester, token, name, clock=self._clock, patience=patience, watch=watch)
            finally:
                github.close()
        finally:
            self._key.revoke(token)


class RepositoryForge:
    """One repository on GitHub, seen with one token (`app.core.ports.Forge`)."""

    def __init__(self, client: Client, own_app: Callable[[], answers.App]) -> None:
        self._client = client
        self._own_app = own_app

    def pull(self, number: int) -> Pull:
        """The pull request as it is now."""
        return pulls.pull(self._client, number)

    def merge_base(self, base_sha: str, head_sha: str) -> str:
        """The commit that base and head last had in common."""
        return pulls.merge_base(self._client, base_sha, head_sha)

    def tree(self, sha: str) -> Mapping[str, str]:
        """All files of a commit: path → blob sha."""
        return pulls.tree(self._client, sha)

    def blob(self, sha: str) -> bytes:
        """The content of a blob."""
        return pulls.blob(self._client, sha)

    def added(self, number: int) -> Sequence[AddedLine]:
        """The lines that a pull request adds, in its first hundred files."""
        return pulls.added(self._client, number)

    def start_check(self, head_sha: str, external_id: str) -> int:
        """Find or create our check run, set it in progress, return its id."""
        return checks.start_check(self._client, self._own_app(), head_sha, external_id)

    def progress(self, check_id: int, title: str, summary: str) -> None:
        """Update a check run in progress."""
        checks.progress(self._client, check_id, title, summary)

    def complete_check(self, check_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
        """Complete it, with every annotation once."""
        checks.complete_check(self._client, check_id, conclusion, output)

    def cancel_check(self, head_sha: str, external_id: str, output: CheckOutput) -> None:
        """Complete it as cancelled, if there is one in progress."""
        checks.cancel_check(self._client, self._own_app(), head_sha, external_id, output)

    def upsert_comment(self, number: int, marker: str, body: str) -> None:
        """Edit our one comment, or post it; un-minimise it."""
        comments.upsert_comment(self._client, self._own_app(), number, marker, body)

    def retire_comment(self, number: int, marker: str, body: str) -> None:
        """Edit our comment to `body` and minimise it."""
        comments.retire_comment(self._client, self._own_app(), number, marker, body)

    def review(
        self, number: int, head_sha: str, summary: str, comments: Sequence[LineComment]
    ) -> tuple[LineComment, ...]:
        """Place comments on lines of the diff; return what fits neither a line nor a file of it."""
        return reviews.review(self._client, self._own_app(), number, head_sha, summary, comments)


def _name_now(repositories: Sequence[answers.Repository], repository_id: int | None, asked: str) -> str:
    """The repository's present name: PyGithub follows the redirect after a rename, but drops the query."""
    names = [found.full_name for found in repositories if repository_id in {None, found.id}]
    return names[0] if len(names) == 1 else asked


def _quieten() -> None:
    """PyGithub logs whole bodies at debug level, and the body of the answer that brings a token is the token."""
    logger = logging.getLogger("app.github.requests")
    logger.setLevel(logging.INFO)
    Requester.injectLogger(logger)
