"""`Forge` and `ForgeDoor` without HTTP: they act on the state of our own GitHub directly.

Tests set the scene with the `GitHub` of `app.demo.github` (repositories, pull requests, pushes) and look at what it
keeps afterwards (`checks`, `comments`, `line_comments_of`). The same contract tests hold for this twin and the real client.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.core.errors import Forbidden, ForgeError, Gone
from app.core.policy import Conclusion
from app.core.ports import AddedLine, Annotation, CheckOutput, LineComment, Phase, Pull
from app.demo.github import App, CheckRun, Comment, GitHub, Installation, PullRequest, Repository, Review
from app.demo.github import LineComment as Placed

NAME = "Assay"
OVER = "No longer applies in "


@dataclass
class Failures:
    """Errors to raise: the next call of a method raises the first that is planned for it."""

    planned: dict[str, list[Exception]] = field(default_factory=lambda: defaultdict(list))

    def next(self, method: str, *errors: Exception) -> None:
        self.planned[method].extend(errors)

    def strike(self, method: str) -> None:
        if self.planned[method]:
            raise self.planned[method].pop(0)


@dataclass
class MemoryForgeDoor:
    """`failures.next("open", …)` makes the door itself fail, any other name the forge's method. `opened` says who came."""

    github: GitHub
    failures: Failures = field(default_factory=Failures)
    opened: list[tuple[int, int, Phase]] = field(default_factory=list)

    def install(self, *repositories: Repository) -> Installation:
        """An App with all permissions, on these repositories (of one account)."""
        app = self.github.create_app(
            NAME, permissions={"checks": "write", "contents": "read", "pull_requests": "write"}
        )
        return self.github.install(app, repositories[0].owner, repositories)

    @contextmanager
    def open(self, installation_id: int, repository_id: int, repository: str, phase: Phase) -> Iterator[MemoryForge]:
        self.failures.strike("open")
        installation = self.github.installations.get(installation_id)
        found = self.github.repositories.get(repository_id)
        if installation is None or found is None or found.owner is not installation.account:
            raise Gone(f"{repository} is not there")
        if installation.repositories is not None and repository_id not in installation.repositories:
            raise Gone(f"{repository} is not there")
        if installation.suspended:
            raise Forbidden("the installation is suspended")
        self.opened.append((installation_id, repository_id, phase))
        yield MemoryForge(self.github, installation.app, found, self.failures)

    def organisation_policy(self, installation_id: int, owner: str) -> tuple[str, bytes] | None:
        self.failures.strike("organisation_policy")
        installation = self.github.installations.get(installation_id)
        found = self.github.find_repository(f"{owner}/.github")
        if installation is None or found is None or found.owner is not installation.account:
            return None
        if installation.repositories is not None and found.id not in installation.repositories:
            return None
        entry = found.objects.files(found.head).get(".github/assay.yml")
        content = found.objects.blob(entry.sha) if entry else None
        return None if content is None else (found.head, content)


@dataclass
class MemoryForge:
    """One repository of our GitHub."""

    github: GitHub
    app: App
    repository: Repository
    failures: Failures = field(default_factory=Failures)

    def pull(self, number: int) -> Pull:
        self.failures.strike("pull")
        pull = self._pull(number)
        return Pull(
            number=pull.number,
            state=pull.state,
            head_sha=pull.head_sha,
            base_sha=pull.base_sha,
            base_ref=pull.base_ref,
            author=pull.author.login,
            from_fork=pull.from_fork,
            private=self.repository.private,
            repository=self.repository.full_name,
            draft=pull.draft,
        )

    def merge_base(self, base_sha: str, head_sha: str) -> str:
        self.failures.strike("merge_base")
        objects = self.repository.objects
        if objects.commit(base_sha) is None or objects.commit(head_sha) is None:
            raise Gone("commit is not there")
        found = objects.merge_base(base_sha, head_sha)
        if found is None:
            raise ForgeError(f"No common ancestor between {base_sha} and {head_sha}.")
        return found

    def tree(self, sha: str) -> Mapping[str, str]:
        self.failures.strike("tree")
        if self.repository.objects.tree(sha) is None:
            raise Gone("commit is not there")
        entries = self.repository.objects.files(sha).items()
        return {path: entry.sha for path, entry in entries if entry.type == "blob"}

    def blob(self, sha: str) -> bytes:
        self.failures.strike("blob")
        content = self.repository.objects.blob(sha)
        if content is None:
            raise Gone("blob is not there")
        return content

    def added(self, number: int) -> Sequence[AddedLine]:
        self.failures.strike("added")
        return [
            AddedLine(file.path, line.new or 0, line.text)
            for file in self.github.files(self._pull(number))[:100]
            for line in file.lines
            if line.kind == "+"
        ]

    def start_check(self, head_sha: str, external_id: str) -> int:
        self.failures.strike("start_check")
        for run in self.github.checks(self.repository, head_sha):
            if run.app is self.app and run.name == NAME and run.external_id == external_id:
                run.status, run.conclusion = "in_progress", None
                return run.id
        suite = self.github.suite(self.app, self.repository, head_sha)
        run = CheckRun(
            next(self.github.ids), self.app, self.repository, suite, NAME, head_sha, "in_progress", external_id,
            started_at=self.github.clock(),
        )  # fmt: skip
        self.github.check_runs[run.id] = run
        return run.id

    def progress(self, check_id: int, title: str, summary: str) -> None:
        self.failures.strike("progress")
        run = self._check(check_id)
        run.status, run.title, run.summary = "in_progress", title, summary

    def complete_check(self, check_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
        self.failures.strike("complete_check")
        run = self._check(check_id)
        run.status, run.conclusion, run.completed_at = "completed", conclusion.value, self.github.clock()
        run.title, run.summary = output.title, output.summary
        run.details_url = output.details_url or run.details_url
        there = Counter(tuple(sorted(annotation.items())) for annotation in run.annotations)
        for annotation in map(_annotation, output.annotations):
            identity = tuple(sorted(annotation.items()))
            if there[identity]:
                there[identity] -= 1
            else:
                run.annotations.append(annotation)

    def cancel_check(self, head_sha: str, external_id: str, output: CheckOutput) -> None:
        self.failures.strike("cancel_check")
        for run in self.github.checks(self.repository, head_sha):
            if run.app is self.app and run.external_id == external_id and run.status != "completed":
                self.complete_check(run.id, Conclusion.CANCELLED, output)

    def upsert_comment(self, number: int, marker: str, body: str) -> None:
        self.failures.strike("upsert_comment")
        pull, text = self._pull(number), body if marker in body else f"{body}\n\n{marker}"
        found = self._comment(pull, marker)
        if found is None:
            self.github.comment(pull, self.app.bot, text, self.app)
        elif found.body != text:
            found.body, found.minimised, found.updated_at = text, None, self.github.clock()

    def retire_comment(self, number: int, marker: str, body: str) -> None:
        self.failures.strike("retire_comment")
        found = self._comment(self._pull(number), marker)
        if found is not None:
            found.body = body if marker in body else f"{body}\n\n{marker}"
            found.minimised = "RESOLVED"

    def review(
        self, number: int, head_sha: str, summary: str, comments: Sequence[LineComment]
    ) -> tuple[LineComment, ...]:
        self.failures.strike("review")
        pull = self._pull(number)
        ours = [placed for placed in self.github.line_comments_of(pull) if placed.author is self.app.bot]
        new = []
        for comment in comments:
            there = next((placed for placed in ours if _stands(placed, comment)), None)
            if there is None:
                new.append(comment)
            else:
                ours.remove(there)
                there.body = _text(comment)
        for placed in ours:
            if not placed.body.startswith(OVER):
                placed.body = f"{OVER}{head_sha[:7]}.\n\n{placed.body}"
        return tuple(self._place(pull, head_sha, summary, new))

    def _place(
        self, pull: PullRequest, head_sha: str, summary: str, comments: Sequence[LineComment]
    ) -> Iterator[LineComment]:
        files = {file.path: file for file in self.github.files(pull)}
        on_lines = Review(next(self.github.ids), pull, self.app.bot, summary, head_sha, self.github.clock())
        for comment in comments:
            file = files.get(comment.path)
            if file is None:
                yield comment
                continue
            line = comment.line if comment.line in file.commentable else None
            now = self.github.clock()
            review = on_lines if line else Review(next(self.github.ids), pull, self.app.bot, "", head_sha, now)
            if review not in self.github.reviews:
                self.github.reviews.append(review)
            placed = Placed(
                next(self.github.ids), review, self.app.bot, comment.path, _text(comment), line, line,
                "line" if line else "file", file.hunk(line) if line else "", head_sha, head_sha, now, now,
            )  # fmt: skip
            self.github.line_comments[placed.id] = placed

    def _pull(self, number: int) -> PullRequest:
        pull = self.github.find_pull(self.repository, number)
        if pull is None:
            raise Gone(f"pull request {number} is not there")
        return pull

    def _check(self, check_id: int) -> CheckRun:
        run = self.github.check_runs.get(check_id)
        if run is None:
            raise Gone(f"check run {check_id} is not there")
        return run

    def _comment(self, pull: PullRequest, marker: str) -> Comment | None:
        return next(
            (
                comment
                for comment in self.github.comments(pull)
                if comment.author is self.app.bot and marker in comment.body
            ),
            None,
        )


def _annotation(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": max(annotation.line, 1),
        "end_line": max(annotation.line, 1),
        "annotation_level": annotation.level,
        "title": annotation.title,
        "message": annotation.message,
    }


def _text(comment: LineComment) -> str:
    return f"{comment.body}\n\n<!-- assay:key:{comment.key} -->"


def _stands(placed: Placed, comment: LineComment) -> bool:
    key = f"<!-- assay:key:{comment.key} -->"
    return key in placed.body and placed.path == comment.path and not placed.outdated
