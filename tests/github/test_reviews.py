"""Review comments, when GitHub sees the diff differently than it told us a moment ago."""

from __future__ import annotations

import pytest

from app.core.errors import ForgeUnavailable
from app.core.ports import LineComment
from app.demo.github.faults import Fault, bad_gateway
from tests.github.loopback import FILES, Loopback

GOOD = LineComment("good", "package-lock.json", 20, "on a changed line")
OTHER = LineComment("other", "new/requirements.txt", 1, "on a new file")


def places(world: Loopback) -> list[tuple[str, int | None]]:
    return [(comment.path, comment.line) for comment in world.github.line_comments.values()]


def test_a_review_that_is_refused_whole_is_given_line_by_line(world: Loopback) -> None:
    """One line that GitHub does not resolve refuses all of them."""
    pull = world.pull()
    world.github.faults.next("POST", "/reviews$", Fault(422, "Unprocessable Entity"))
    with world.open() as forge:
        assert forge.review(pull.number, pull.head_sha, "2", [GOOD, OTHER]) == ()
    assert places(world) == [("package-lock.json", 20), ("new/requirements.txt", 1)]


def test_a_line_that_is_refused_falls_back_to_its_file(world: Loopback) -> None:
    pull = world.pull()
    world.github.faults.next("POST", "/reviews$", Fault(422, "Unprocessable Entity"))
    world.github.faults.next("POST", "/pulls/1/comments$", Fault(422, "Unprocessable Entity"))
    with world.open() as forge:
        assert forge.review(pull.number, pull.head_sha, "2", [GOOD, OTHER]) == ()
    assert sorted(places(world), key=str) == [("new/requirements.txt", 1), ("package-lock.json", None)]


def test_what_even_the_file_refuses_is_handed_back(world: Loopback) -> None:
    pull = world.pull()
    world.github.faults.next("POST", "/reviews$", Fault(422, "Unprocessable Entity"))
    world.github.faults.next("POST", "/pulls/1/comments$", Fault(422, "Unprocessable Entity"), times=3)
    with world.open() as forge:
        assert forge.review(pull.number, pull.head_sha, "2", [GOOD, OTHER]) == (GOOD,)
    assert places(world) == [("new/requirements.txt", None)]


def test_a_review_that_was_posted_all_the_same_is_not_posted_twice(world: Loopback) -> None:
    """The run ends with an outage; the next one finds the comments by their keys."""
    pull = world.pull()
    world.github.faults.next("POST", "/reviews$", bad_gateway(after=True))
    with world.open() as forge:
        with pytest.raises(ForgeUnavailable):
            forge.review(pull.number, pull.head_sha, "1", [GOOD])
        assert forge.review(pull.number, pull.head_sha, "1", [GOOD]) == ()
    assert places(world) == [("package-lock.json", 20)]


def test_a_patch_too_big_to_show_leaves_the_file(world: Loopback) -> None:
    big = "".join(f"other {number}\n" for number in range(4_000))
    pull = world.pull({"package-lock.json": big})
    with world.open() as forge:
        assert forge.review(pull.number, pull.head_sha, "1", [GOOD]) == ()
    assert places(world) == [("package-lock.json", None)]


def test_a_file_on_the_second_page_is_found(world: Loopback) -> None:
    files = {f"a/{number:03}.txt": "x\n" for number in range(120)}
    lines = FILES["package-lock.json"].replace("line 20\n", "line twenty\n")
    pull = world.pull(files | {"package-lock.json": lines})
    with world.open() as forge:
        assert forge.review(pull.number, pull.head_sha, "1", [GOOD]) == ()
    assert places(world) == [("package-lock.json", 20)]


def test_a_key_is_never_shown_as_it_is(world: Loopback) -> None:
    """It may hold what strangers wrote, and end the hidden part."""
    pull = world.pull()
    remark = LineComment("--> @everyone <!--", "package-lock.json", 20, "a remark")
    with world.open() as forge:
        for _ in range(2):
            forge.review(pull.number, pull.head_sha, "1", [remark])
    (comment,) = world.github.line_comments.values()
    assert "everyone" not in comment.body


def test_a_comment_as_long_as_github_allows_keeps_its_key(world: Loopback) -> None:
    pull = world.pull()
    remark = LineComment("key", "package-lock.json", 20, "x" * 70_000)
    with world.open() as forge:
        for _ in range(2):
            forge.review(pull.number, pull.head_sha, "1", [remark])
        forge.review(pull.number, pull.head_sha, "0", [])
        forge.review(pull.number, pull.head_sha, "0", [])
    (comment,) = world.github.line_comments.values()
    assert len(comment.body) == 65_536
    assert comment.body.startswith(f"No longer applies in {pull.head_sha[:7]}.")
