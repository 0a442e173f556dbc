"""The pages show a pull request as a person would see it on GitHub."""

from __future__ import annotations

import urllib3

from app.core.policy import Conclusion
from app.core.ports import Annotation, CheckOutput, LineComment
from app.demo.github import PullRequest
from tests.github.loopback import Loopback


def look(world: Loopback, path: str = "/harbour/shop/pull/1", method: str = "GET", **headers: str) -> tuple[int, str]:
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request(method, world.server.address + path, headers=headers, redirect=False, timeout=5)
        assert "script" not in answer.headers.get("Content-Security-Policy", "")
        return answer.status, answer.data.decode()


def reviewed(world: Loopback) -> PullRequest:
    pull = world.pull(author="ada", body="Please **look**.")
    with world.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
        annotation = Annotation("package-lock.json", 20, "failure", "credential-theft", "reads <npm> credentials")
        output = CheckOutput("1 package blocked", "| what |\n| - |\n| `all of it` |", (annotation,))
        forge.complete_check(check, Conclusion.FAILURE, output)
        forge.upsert_comment(pull.number, "<!-- m -->", "### Assay: 1 package blocked")
        forge.review(pull.number, pull.head_sha, "1", [LineComment("k", "package-lock.json", 21, "on this `line`")])
    return pull


def test_everything_that_was_said_is_on_the_page(world: Loopback) -> None:
    reviewed(world)
    status, page = look(world)
    assert status == 200
    for shown in (
        "Bump left",
        "Please <strong>look</strong>.",
        "<b>Assay</b> failed: 1 package blocked",
        "<td><code>all of it</code></td>",
        "<h3>Assay: 1 package blocked</h3>",
        "<p>on this <code>line</code></p>",
        "credential-theft",
        "reads &lt;npm&gt; credentials",
        "line twenty-one",
    ):
        assert shown in page
    assert "&lt;!--" not in page


def test_annotations_and_comments_stand_below_their_lines(world: Loopback) -> None:
    reviewed(world)
    files = look(world)[1].partition('id="files"')[2]
    order = [
        "line twenty\n",
        "reads &lt;npm&gt; credentials",
        "line twenty-one",
        "on this <code>line</code>",
        "line 22",
    ]
    places = [files.index(text.strip()) for text in order]
    assert places == sorted(places)


def test_the_page_looks_again_while_a_check_is_awaited(world: Loopback) -> None:
    pull = world.pull()
    assert "http-equiv" in look(world)[1]
    with world.open() as forge:
        check = forge.start_check(pull.head_sha, "1:x")
        assert "http-equiv" in look(world)[1]
        forge.complete_check(check, Conclusion.SUCCESS, CheckOutput("t", "s"))
    assert "http-equiv" not in look(world)[1]


def test_the_first_page_lists_pull_requests_with_their_checks(world: Loopback) -> None:
    assert "Nobody has opened a pull request yet." in look(world, "/")[1]
    reviewed(world)
    page = look(world, "/")[1]
    assert "/harbour/shop/pull/1" in page
    assert "1 package blocked" in page


def test_a_settled_comment_is_folded(world: Loopback) -> None:
    pull = reviewed(world)
    with world.open() as forge:
        forge.retire_comment(pull.number, "<!-- m -->", "nothing to decide")
    assert "this comment was marked as resolved" in look(world)[1]


def test_what_people_wrote_is_shown_and_does_nothing(world: Loopback) -> None:
    world.github.open_pull(
        world.repository, "<script>alert(1)</script>", {"<b>.txt": "<img src=x onerror=alert(1)>\n"}, author="mallory"
    )
    page = look(world)[1]
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_buttons_do_what_they_say(world: Loopback) -> None:
    pull = reviewed(world)
    world.github.offer(pull, "Push a fix", lambda: world.github.push(pull, {"fix": "x"}))
    assert "<button>Push a fix</button>" in look(world)[1]
    head = pull.head_sha
    assert look(world, "/harbour/shop/pull/1/offers/0", "POST")[0] == 303
    assert pull.head_sha != head
    assert look(world, "/harbour/shop/pull/1/offers/1", "POST")[0] == 404


def test_running_a_check_again_is_told_to_its_app(world: Loopback) -> None:
    pull = reviewed(world)
    (check,) = world.github.checks(world.repository, pull.head_sha)
    world.app.webhook_url = "http://127.0.0.1:1/"
    assert look(world, f"/harbour/shop/pull/1/checks/{check.id}/rerequest", "POST")[0] == 303
    world.github.courier.settle()
    assert [(delivery.event, delivery.action) for delivery in world.github.deliveries] == [("check_run", "rerequested")]


def test_other_sites_cannot_press_buttons_nor_look(world: Loopback) -> None:
    pull = world.pull()
    world.github.offer(pull, "Push a fix", lambda: world.github.push(pull, {"fix": "x"}))
    assert look(world, "/harbour/shop/pull/1/offers/0", "POST", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert look(world, Host="rebound.example")[0] == 400


def test_what_is_not_there_is_not_there(world: Loopback) -> None:
    assert look(world, "/harbour/shop/pull/9")[0] == 404
    assert look(world, "/harbour/none/pull/1")[0] == 404
