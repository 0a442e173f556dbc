"""Our own GitHub, as people act on it: accounts, Apps, repositories, pull requests, pushes; all in memory."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.demo.github import payloads
from app.demo.github.model import (
    Account,
    App,
    CheckRun,
    Comment,
    Installation,
    LineComment,
    Offer,
    PullRequest,
    Repository,
)
from app.demo.github.objects import Content, Objects
from app.demo.github.patches import moved_line
from app.demo.github.world import World

Changes = Mapping[str, Content | None]  # path → content, None removes the file


class GitHub(World):
    """A GitHub without the world around it. Safe for threads. What it keeps is open to tests and pages."""

    # --- accounts and Apps ---

    def person(self, login: str) -> Account:
        """The person of this name, made when there is none."""
        return self.account(login, "User")

    def organisation(self, login: str) -> Account:
        """The organisation of this name, made when there is none."""
        return self.account(login, "Organization")

    def create_app(
        self,
        name: str,
        *,
        owner: Account | str = "harbour",
        webhook_url: str | None = None,
        secret: str = "",
        permissions: Mapping[str, str],
        events: Sequence[str] = (),
        key: RSAPrivateKey | None = None,
    ) -> App:
        """Register an App; its private key is `pem` of the answer, a new one unless `key` is given."""
        with self.lock:
            slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
            app = App(
                id=next(self.ids),
                slug=slug,
                name=name,
                owner=self.organisation(owner) if isinstance(owner, str) else owner,
                permissions={"metadata": "read"} | dict(permissions),
                events=tuple(events),
                webhook_url=webhook_url,
                secret=secret,
                bot=self.account(f"{slug}[bot]", "Bot"),
                created_at=self.clock(),
                given_key=key,
            )
            self.apps.append(app)
            return app

    def install(
        self, app: App, account: Account | str, repositories: Sequence[Repository] | None = None
    ) -> Installation:
        """Install an App on an account: on the repositories named, or on all."""
        with self.lock:
            owner = self.organisation(account) if isinstance(account, str) else account
            installation = Installation(
                id=next(self.ids),
                app=app,
                account=owner,
                permissions=dict(app.permissions),
                repositories=None if repositories is None else {repository.id for repository in repositories},
                created_at=self.clock(),
            )
            self.installations[installation.id] = installation
            return installation

    def uninstall(self, installation: Installation) -> None:
        """Remove an installation; its tokens end at once."""
        with self.lock:
            del self.installations[installation.id]
            self.tokens.revoke_all(installation)

    def suspend(self, installation: Installation) -> None:
        """Suspend an installation; its tokens end at once."""
        with self.lock:
            installation.suspended = True
            self.tokens.revoke_all(installation)

    # --- repositories ---

    def repository(self, full_name: str, files: Changes | None = None, *, private: bool = False) -> Repository:
        """The repository of this name; made with one commit of `files` when there is none."""
        with self.lock:
            found = self.find_repository(full_name)
            if found is not None:
                return found
            owner, _, name = full_name.partition("/")
            account = self.accounts.get(owner.lower()) or self.organisation(owner)
            repository = Repository(next(self.ids), account, name, private, Objects(), self.clock())
            self.repositories[repository.id] = repository
            self.commit(repository, files or {"README.md": f"# {name}\n"}, message="Start")
            return repository

    def fork(self, repository: Repository, owner: Account | str) -> Repository:
        """A fork in somebody's account, with all that the repository has now."""
        with self.lock:
            account = self.person(owner) if isinstance(owner, str) else owner
            fork = Repository(
                next(self.ids),
                account,
                repository.name,
                repository.private,
                repository.objects,
                self.clock(),
                branches=dict(repository.branches),
                parent=repository,
            )
            self.repositories[fork.id] = fork
            return fork

    def rename(self, repository: Repository, name: str) -> None:
        """Rename a repository; the old name answers with 301 from now on."""
        with self.lock:
            repository.former_names.add(repository.full_name.lower())
            repository.name = name

    def commit(
        self,
        repository: Repository,
        changes: Changes,
        *,
        branch: str | None = None,
        author: Account | str = "maintainer",
        message: str = "Change files",
        modes: Mapping[str, str] | None = None,
    ) -> str:
        """Commit changes on a branch (the default branch, unless named) and return the new head."""
        with self.lock:
            branch = branch or repository.default_branch
            parent = repository.branches.get(branch) or repository.branches.get(repository.default_branch)
            head = self._commit_on(repository.objects, parent, changes, author, message, modes)
            repository.branches[branch] = head
            return head

    # --- pull requests ---

    def open_pull(
        self,
        repository: Repository,
        title: str,
        changes: Changes,
        *,
        author: Account | str = "ada",
        from_fork: Repository | None = None,
        branch: str | None = None,
        body: str = "",
        draft: bool = False,
        message: str | None = None,
        modes: Mapping[str, str] | None = None,
    ) -> PullRequest:
        """Commit changes on a new branch, here or in a fork, and open a pull request with it."""
        with self.lock:
            number, repository.next_number = repository.next_number, repository.next_number + 1
            person = self.person(author) if isinstance(author, str) else author
            home = from_fork or repository
            branch = branch or f"change-{number}"
            head = self._commit_on(repository.objects, repository.head, changes, person, message or title, modes)
            home.branches[branch] = head
            now = self.clock()
            pull = PullRequest(
                next(self.ids), number, repository, title, body, person, home, branch, head,
                repository.default_branch, now, now, draft,
            )  # fmt: skip
            self.pulls.append(pull)
            self._announce_pull(pull, "opened", person)
            return pull

    def push(
        self,
        pull: PullRequest,
        changes: Changes,
        *,
        author: Account | str | None = None,
        message: str = "Change files",
        onto: str | None = None,
    ) -> str:
        """Commit changes on the branch and return the new head; `onto` another commit makes it a force push."""
        with self.lock:
            before = pull.head_sha
            person = pull.author if author is None else self.person(author) if isinstance(author, str) else author
            parent = onto or before
            pull.head_sha = self._commit_on(pull.repository.objects, parent, changes, person, message, None)
            pull.updated_at = self.clock()
            if pull.head_repository is not None:
                pull.head_repository.branches[pull.head_ref] = pull.head_sha
            for comment in self.line_comments.values():
                if comment.pull is pull:
                    self._move(comment, before, pull.head_sha)
            self._announce_pull(pull, "synchronize", person, before=before, after=pull.head_sha)
            return pull.head_sha

    def close(self, pull: PullRequest) -> None:
        """Close a pull request without merging it."""
        with self.lock:
            pull.state, pull.closed_at = "closed", self.clock()
            self._announce_pull(pull, "closed", pull.author)

    def reopen(self, pull: PullRequest) -> None:
        """Open a closed pull request again."""
        with self.lock:
            pull.state, pull.closed_at = "open", None
            self._announce_pull(pull, "reopened", pull.author)

    def ready(self, pull: PullRequest) -> None:
        """Mark a draft as ready for review."""
        with self.lock:
            pull.draft = False
            self._announce_pull(pull, "ready_for_review", pull.author)

    def retarget(self, pull: PullRequest, base_ref: str) -> None:
        """Ask to be merged into another branch."""
        with self.lock:
            changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
            pull.base_ref, pull.updated_at = base_ref, self.clock()
            self._announce_pull(pull, "edited", pull.author, changes=changes)

    def delete_fork(self, pull: PullRequest) -> None:
        """Delete the fork that a pull request came from; its commits stay reachable through the base."""
        with self.lock:
            if pull.head_repository is not None and pull.from_fork:
                del self.repositories[pull.head_repository.id]
                pull.head_repository = None

    def comment(self, pull: PullRequest, author: Account | str, body: str, app: App | None = None) -> Comment:
        """Write in a pull request's conversation."""
        with self.lock:
            person = self.person(author) if isinstance(author, str) else author
            now = self.clock()
            comment = Comment(next(self.ids), pull, person, body, now, now, app)
            self.thread[comment.id] = comment
            return comment

    def rerequest(self, check: CheckRun, by: Account | str = "ada") -> None:
        """Press "Re-run" beside a check; only the App that owns it hears of that."""
        with self.lock:
            person = self.person(by) if isinstance(by, str) else by
            self.courier.announce(
                self.installations.values(),
                check.repository,
                "check_run",
                "rerequested",
                lambda: payloads.check_run(self, check, "rerequested", person),
                only=check.app,
            )

    def offer(self, pull: PullRequest, label: str, press: Callable[[], object]) -> None:
        """Put a button on the pull request's page; pressing it calls `press`."""
        with self.lock:
            pull.offers.append(Offer(label, press))

    # --- behind the scenes ---

    def _commit_on(
        self,
        objects: Objects,
        parent: str | None,
        changes: Changes,
        author: Account | str,
        message: str,
        modes: Mapping[str, str] | None,
    ) -> str:
        entries = objects.files(parent) if parent else {}
        files = {path: entry.sha for path, entry in entries.items()}
        kinds = {path: entry.mode for path, entry in entries.items()} | dict(modes or {})
        for path, content in changes.items():
            if content is None:
                files.pop(path, None)
            else:
                files[path] = objects.add_blob(content)
        login = author if isinstance(author, str) else author.login
        return objects.add_commit(
            objects.add_files(files, kinds),
            [parent] if parent else [],
            author=login,
            email=f"{login}@harbour.example",
            date=self.clock(),
            message=message,
        ).sha

    def _move(self, comment: LineComment, before: str, after: str) -> None:
        """Let a line comment follow its line into the new head, or become outdated."""
        if comment.subject_type == "file" or comment.line is None:
            return
        objects = comment.pull.repository.objects
        old, new = objects.files(before).get(comment.path), objects.files(after).get(comment.path)
        line = None
        if old is not None and new is not None:
            line = moved_line(objects.blob(old.sha) or b"", objects.blob(new.sha) or b"", comment.line)
        shown = next((file for file in self.files(comment.pull) if file.path == comment.path), None)
        comment.line = line if shown is not None and line in shown.commentable else None
        comment.commit = after

    def _announce_pull(self, pull: PullRequest, action: str, sender: Account, **extra: Any) -> None:
        self.courier.announce(
            self.installations.values(),
            pull.repository,
            "pull_request",
            action,
            lambda: payloads.pull_request(self, pull, action, sender) | extra,
        )
