"""What every `Forge` keeps to: the real client against our GitHub over HTTP, and its twin in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from app.core.errors import Forbidden, ForgeError, Gone
from app.core.policy import Conclusion
from app.core.ports import Annotation, CheckOutput, ForgeDoor, LineComment, Phase, Pull
from app.demo.github import CheckRun, GitHub, Installation, PullRequest, Repository
from tests.fakes.clock import FakeClock
from tests.fakes.forge import MemoryForgeDoor
from tests.github.loopback import FILES, Loopback, loopback

MARKER = "<!-- assay 0123 -->"
OUTPUT = CheckOutput("1 package blocked", "the whole story")


@dataclass
class Scene:
    """A GitHub with `harbour/shop` on it, and a door to it."""

    github: GitHub
    door: ForgeDoor
    installation: Installation
    repository: Repository
    loopback: Loopback | None = None

    def open(self, phase: Phase = Phase.WRITE) -> Any:
        return self.door.open(self.installation.id, self.repository.id, self.repository.full_name, phase)

    def pull(self, **more: Any) -> PullRequest:
        lines = FILES["package-lock.json"].replace("line 20\n", "line twenty\n")
        changes = {"package-lock.json": lines, "new/requirements.txt": "a==1\nb==2\n"}
        return self.github.open_pull(self.repository, "Bump left", changes, **more)

    def check(self, pull: PullRequest) -> CheckRun:
        (run,) = self.github.checks(self.repository, pull.head_sha)
        return run

    def said(self, pull: PullRequest) -> list[tuple[str, str | None]]:
        return [(visible(comment.body), comment.minimised) for comment in self.github.comments(pull)]

    def on_lines(self, pull: PullRequest) -> list[tuple[str, int | None, str]]:
        placed = self.github.line_comments_of(pull)
        return [(comment.path, comment.line, visible(comment.body)) for comment in placed]


def visible(body: str) -> str:
    """What people read of a comment."""
    return body.partition("<!--")[0].strip()


@pytest.fixture(params=["the real client", "its twin"])
def scene(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[Scene]:
    if request.param == "the real client":
        with loopback(clock) as served:
            yield Scene(served.github, served.door(), served.installation, served.repository, served)
    else:
        github = GitHub(clock)
        github.organisation("harbour")
        repository = github.repository("harbour/shop", FILES)
        door = MemoryForgeDoor(github)
        yield Scene(github, door, door.install(repository), repository)


# --- reading --------------------------------------------------------------------------------------------------------


def test_a_pull_request_is_read_as_it_is_now(scene: Scene) -> None:
    pull = scene.pull(author="ada", draft=True)
    base = scene.github.commit(scene.repository, {"README.md": "later\n"})
    head = scene.github.push(pull, {"more.txt": "x"})
    with scene.open(Phase.READ) as forge:
        assert forge.pull(pull.number) == Pull(
            number=1,
            state="open",
            head_sha=head,
            base_sha=base,
            base_ref="main",
            author="ada",
            from_fork=False,
            private=False,
            repository="harbour/shop",
            draft=True,
        )


def test_a_closed_pull_request_says_so(scene: Scene) -> None:
    pull = scene.pull()
    scene.github.close(pull)
    with scene.open(Phase.READ) as forge:
        assert forge.pull(pull.number).state == "closed"


def test_a_fork_is_read_through_the_base(scene: Scene) -> None:
    """Also when the fork was deleted meanwhile."""
    pull = scene.pull(from_fork=scene.github.fork(scene.repository, "mallory"), author="mallory")
    with scene.open(Phase.READ) as forge:
        assert forge.pull(pull.number).from_fork
        scene.github.delete_fork(pull)
        seen = forge.pull(pull.number)
        assert seen.from_fork
        assert forge.merge_base(seen.base_sha, seen.head_sha) == seen.base_sha
        assert forge.blob(forge.tree(seen.head_sha)["new/requirements.txt"]) == b"a==1\nb==2\n"


def test_the_lines_that_a_pull_request_adds_are_read(scene: Scene) -> None:
    pull = scene.pull(from_fork=scene.github.fork(scene.repository, "mallory"), author="mallory")
    with scene.open(Phase.READ) as forge:
        added = forge.added(pull.number)
    assert [(line.path, line.line, line.text) for line in added] == [
        ("new/requirements.txt", 1, "a==1"),
        ("new/requirements.txt", 2, "b==2"),
        ("package-lock.json", 20, "line twenty"),
    ]
    assert "a==1" not in repr(added)


def test_what_is_not_there_is_gone(scene: Scene) -> None:
    with scene.open(Phase.READ) as forge:
        with pytest.raises(Gone):
            forge.pull(99)
        with pytest.raises(Gone):
            forge.tree("0" * 40)
        with pytest.raises(Gone):
            forge.blob("0" * 40)


def test_the_merge_base_is_where_the_two_parted(scene: Scene) -> None:
    parted = scene.repository.head
    pull = scene.pull()
    base = scene.github.commit(scene.repository, {"README.md": "later\n"})
    with scene.open(Phase.READ) as forge:
        assert forge.merge_base(base, pull.head_sha) == parted


def test_commits_without_a_common_past_are_an_error_that_is_not_gone(scene: Scene) -> None:
    """`Gone` would end the review quietly, and a required check would wait for ever."""
    pull = scene.pull()
    stranger = scene.github.repository("harbour/other").objects
    lone = stranger.history(scene.github.repository("harbour/other").head)[0]
    scene.repository.objects._commits[lone.sha] = lone
    scene.repository.objects._trees[lone.tree] = stranger._trees[lone.tree]
    with scene.open(Phase.READ) as forge, pytest.raises(ForgeError) as raised:
        forge.merge_base(pull.head_sha, lone.sha)
    assert not isinstance(raised.value, Gone)


def test_a_tree_lists_every_file_with_its_path(scene: Scene) -> None:
    """Links count (what they say is read and found unreadable), submodules are no files of this repository."""
    head = scene.github.commit(
        scene.repository,
        {"link.json": "package.json", "vendored": "submodule", "a/b/c/d.txt": "deep"},
        modes={"link.json": "120000", "vendored": "160000"},
    )
    with scene.open(Phase.READ) as forge:
        assert sorted(forge.tree(head)) == [
            "a/b/c/d.txt",
            "link.json",
            "package-lock.json",
            "package.json",
            "src/web/package.json",
        ]


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe binary \x80", "naïve – ünïcode\n".encode(), b"x" * 1_500_000])
def test_a_blob_comes_back_byte_for_byte(scene: Scene, content: bytes) -> None:
    head = scene.github.commit(scene.repository, {"file": content})
    with scene.open(Phase.READ) as forge:
        assert forge.blob(forge.tree(head)["file"]) == content


# --- the check run --------------------------------------------------------------------------------------------------


def test_a_check_is_created_once_for_a_commit_and_an_external_id(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open(Phase.READ) as forge:
        first = forge.start_check(pull.head_sha, "1:head:digest")
        assert forge.start_check(pull.head_sha, "1:head:digest") == first
        assert forge.start_check(pull.head_sha, "1:head:other") != first
    run = scene.github.check_runs[first]
    assert (run.name, run.status, run.external_id) == ("Assay", "in_progress", "1:head:digest")


def test_somebody_elses_check_is_not_ours(scene: Scene) -> None:
    pull = scene.pull()
    other = scene.github.create_app("Other", permissions={"checks": "write"})
    theirs = CheckRun(
        1, other, scene.repository, 2, "Assay", pull.head_sha, "completed", "1:head:digest", conclusion="success"
    )
    scene.github.check_runs[1] = theirs
    with scene.open(Phase.READ) as forge:
        assert forge.start_check(pull.head_sha, "1:head:digest") != 1
    assert theirs.status == "completed"


def test_a_completed_check_is_set_in_progress_again(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
        forge.complete_check(check, Conclusion.SUCCESS, OUTPUT)
        assert forge.start_check(pull.head_sha, "1:x") == check
    assert (scene.check(pull).status, scene.check(pull).conclusion) == ("in_progress", None)


def test_progress_shows_while_the_check_runs(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.progress(forge.start_check(pull.head_sha, "1:x"), "inspected 3 of 9", "three")
    run = scene.check(pull)
    assert (run.status, run.title, run.summary) == ("in_progress", "inspected 3 of 9", "three")


def test_a_check_that_nobody_goes_on_with_is_cancelled(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open(Phase.READ) as forge:
        forge.start_check(pull.head_sha, "1:x")
        forge.cancel_check(pull.head_sha, "1:x", OUTPUT)
        forge.cancel_check(pull.head_sha, "1:never there", OUTPUT)
    run = scene.check(pull)
    assert (run.status, run.conclusion, run.title) == ("completed", "cancelled", OUTPUT.title)


def test_a_verdict_is_not_taken_back_by_cancelling_it(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.complete_check(forge.start_check(pull.head_sha, "1:x"), Conclusion.FAILURE, OUTPUT)
        forge.cancel_check(pull.head_sha, "1:x", CheckOutput("late", "too late"))
    assert (scene.check(pull).conclusion, scene.check(pull).title) == ("failure", OUTPUT.title)


@pytest.mark.parametrize("conclusion", list(Conclusion))
def test_a_check_is_completed_with_every_conclusion(scene: Scene, conclusion: Conclusion) -> None:
    pull = scene.pull()
    output = CheckOutput("title", "summary", details_url="https://assay.example/reports/1")
    with scene.open() as forge:
        forge.complete_check(forge.start_check(pull.head_sha, "1:x"), conclusion, output)
    run = scene.check(pull)
    assert (run.status, run.conclusion, run.title, run.summary) == (
        "completed",
        conclusion.value,
        "title",
        "summary",
    )
    assert run.details_url == "https://assay.example/reports/1"


@pytest.mark.parametrize("count", [0, 1, 50, 51, 100, 120])
def test_annotations_arrive_each_once_in_their_order(scene: Scene, count: int) -> None:
    pull = scene.pull()
    annotations = tuple(an_annotation(line) for line in range(1, count + 1))
    with scene.open() as forge:
        forge.complete_check(
            forge.start_check(pull.head_sha, "1:x"), Conclusion.FAILURE, CheckOutput("t", "s", annotations)
        )
    assert [annotation["start_line"] for annotation in scene.check(pull).annotations] == list(range(1, count + 1))


def test_a_run_that_is_repeated_adds_only_annotations_that_are_missing(scene: Scene) -> None:
    pull = scene.pull()
    first = tuple(an_annotation(line) for line in (1, 2, 3))
    with scene.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
        forge.complete_check(check, Conclusion.FAILURE, CheckOutput("t", "s", first))
        forge.complete_check(check, Conclusion.FAILURE, CheckOutput("t", "s", (*first, an_annotation(4))))
    assert [annotation["start_line"] for annotation in scene.check(pull).annotations] == [1, 2, 3, 4]


# --- the comment ----------------------------------------------------------------------------------------------------


def test_the_comment_is_posted_once_and_then_edited(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.upsert_comment(pull.number, MARKER, f"{MARKER}\none")
        forge.upsert_comment(pull.number, MARKER, f"{MARKER}\ntwo")
    (comment,) = scene.github.comments(pull)
    assert comment.body == f"{MARKER}\ntwo"


def test_the_comment_is_found_behind_a_long_conversation(scene: Scene) -> None:
    pull = scene.pull()
    for number in range(105):
        scene.github.comment(pull, "grace", f"remark {number}")
    with scene.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "one")
        forge.upsert_comment(pull.number, MARKER, "two")
    assert [said for said, _ in scene.said(pull)][-2:] == ["remark 104", "two"]


def test_a_strangers_comment_with_our_marker_is_left_alone(scene: Scene) -> None:
    pull = scene.pull()
    scene.github.comment(pull, "mallory", f"mine now {MARKER}")
    with scene.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "ours")
        forge.retire_comment(pull.number, MARKER, "over")
    assert scene.said(pull) == [("mine now", None), ("over", "RESOLVED")]


def test_a_comment_that_says_the_same_is_not_touched(scene: Scene) -> None:
    """Whoever minimised it by hand has read it."""
    pull = scene.pull()
    with scene.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "same")
        (comment,) = scene.github.comments(pull)
        comment.minimised = "OUTDATED"
        forge.upsert_comment(pull.number, MARKER, "same")
    assert scene.said(pull) == [("same", "OUTDATED")]


def test_a_settled_comment_is_minimised_and_comes_back_when_there_is_news(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.upsert_comment(pull.number, MARKER, "bad")
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
        assert scene.said(pull) == [("nothing to decide", "RESOLVED")]
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
        forge.upsert_comment(pull.number, MARKER, "bad again")
    assert scene.said(pull) == [("bad again", None)]


def test_where_there_is_no_comment_there_is_none_to_settle(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.retire_comment(pull.number, MARKER, "nothing to decide")
    assert scene.said(pull) == []


# --- the review -----------------------------------------------------------------------------------------------------


def test_comments_go_on_lines_of_the_diff_in_one_review(scene: Scene) -> None:
    """Context lines count; a line elsewhere in a changed file falls back to the file; other files are handed back."""
    pull = scene.pull()
    wanted = [
        LineComment("changed", "package-lock.json", 20, "on a changed line"),
        LineComment("context", "package-lock.json", 18, "on a context line"),
        LineComment("far", "package-lock.json", 2, "on the file"),
        LineComment("added", "new/requirements.txt", 2, "on a new file"),
        LineComment("elsewhere", "package.json", 4, "nowhere"),
    ]
    with scene.open() as forge:
        assert forge.review(pull.number, pull.head_sha, "4 remarks", wanted) == (wanted[4],)
    assert sorted(scene.on_lines(pull), key=str) == [
        ("new/requirements.txt", 2, "on a new file"),
        ("package-lock.json", 18, "on a context line"),
        ("package-lock.json", 20, "on a changed line"),
        ("package-lock.json", None, "on the file"),
    ]
    assert [review.body for review in scene.github.reviews_of(pull)] == ["4 remarks", ""]


def test_nothing_to_say_is_no_review(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        assert forge.review(pull.number, pull.head_sha, "none", []) == ()
    assert scene.github.reviews_of(pull) == []


def test_a_comment_that_stands_is_not_repeated(scene: Scene) -> None:
    pull = scene.pull()
    remark = LineComment("key", "package-lock.json", 20, "a remark")
    on_file = LineComment("far", "package-lock.json", 2, "on the file")
    with scene.open() as forge:
        for _ in range(2):
            assert forge.review(pull.number, pull.head_sha, "2 remarks", [remark, on_file]) == ()
    assert scene.on_lines(pull) == [
        ("package-lock.json", 20, "a remark"),
        ("package-lock.json", None, "on the file"),
    ]


def test_a_comment_whose_words_change_is_edited(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.review(pull.number, pull.head_sha, "1", [LineComment("key", "package-lock.json", 20, "old words")])
        forge.review(pull.number, pull.head_sha, "1", [LineComment("key", "package-lock.json", 20, "new words")])
    assert scene.on_lines(pull) == [("package-lock.json", 20, "new words")]


def test_a_comment_that_no_longer_applies_says_so_once(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.review(pull.number, pull.head_sha, "1", [LineComment("key", "package-lock.json", 20, "a remark")])
        head = scene.github.push(pull, {"other.txt": "x"})
        forge.review(pull.number, head, "none", [])
        forge.review(pull.number, head, "none", [])
    assert scene.on_lines(pull) == [("package-lock.json", 20, f"No longer applies in {head[:7]}.\n\na remark")]


def test_a_comment_on_a_line_that_moved_is_not_repeated(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.review(pull.number, pull.head_sha, "1", [LineComment("key", "package-lock.json", 20, "a remark")])
        lines = "first\n" + FILES["package-lock.json"].replace("line 20\n", "line twenty\n")
        head = scene.github.push(pull, {"package-lock.json": lines})
        forge.review(pull.number, head, "1", [LineComment("key", "package-lock.json", 21, "a remark")])
    assert scene.on_lines(pull) == [("package-lock.json", 21, "a remark")]


def test_a_comment_whose_line_is_gone_is_said_again_where_it_applies(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.review(pull.number, pull.head_sha, "1", [LineComment("key", "package-lock.json", 20, "a remark")])
        lines = FILES["package-lock.json"].replace("line 20\n", "line 20 again\n").replace("line 30\n", "thirty\n")
        head = scene.github.push(pull, {"package-lock.json": lines})
        forge.review(pull.number, head, "1", [LineComment("key", "package-lock.json", 30, "a remark")])
    assert scene.on_lines(pull) == [
        ("package-lock.json", None, f"No longer applies in {head[:7]}.\n\na remark"),
        ("package-lock.json", 30, "a remark"),
    ]


def test_a_strangers_review_comment_is_left_alone(scene: Scene) -> None:
    pull = scene.pull()
    with scene.open() as forge:
        forge.review(pull.number, pull.head_sha, "1", [LineComment("key", "package-lock.json", 20, "ours")])
        (ours,) = scene.github.line_comments_of(pull)
        ours.author = scene.github.person("mallory")
        forge.review(pull.number, pull.head_sha, "none", [])
    assert scene.on_lines(pull) == [("package-lock.json", 20, "ours")]


# --- the door -------------------------------------------------------------------------------------------------------


def test_an_installation_that_was_removed_is_gone(scene: Scene) -> None:
    scene.github.uninstall(scene.installation)
    with pytest.raises(Gone), scene.open():
        pass


def test_a_repository_outside_the_installation_is_gone(scene: Scene) -> None:
    other = scene.github.repository("harbour/other")
    with pytest.raises(Gone), scene.door.open(scene.installation.id, other.id, "harbour/other", Phase.READ):
        pass


def test_a_suspended_installation_is_forbidden(scene: Scene) -> None:
    scene.github.suspend(scene.installation)
    with pytest.raises(Forbidden), scene.open():
        pass


def test_the_organisations_policy_is_read_from_its_own_repository(scene: Scene) -> None:
    policy = scene.github.repository("harbour/.github", {".github/assay.yml": "version: 1\n"})
    assert scene.installation.repositories is not None
    scene.installation.repositories.add(policy.id)
    assert scene.door.organisation_policy(scene.installation.id, "harbour") == (policy.head, b"version: 1\n")


def test_without_a_policy_file_or_without_access_there_is_no_policy(scene: Scene) -> None:
    assert scene.door.organisation_policy(scene.installation.id, "harbour") is None
    policy = scene.github.repository("harbour/.github", {"profile/README.md": "hello\n"})
    assert scene.door.organisation_policy(scene.installation.id, "harbour") is None
    assert scene.installation.repositories is not None
    scene.installation.repositories.add(policy.id)
    assert scene.door.organisation_policy(scene.installation.id, "harbour") is None


def an_annotation(line: int) -> Annotation:
    return Annotation("package-lock.json", line, "failure", "credential-theft", f"what line {line} does")
