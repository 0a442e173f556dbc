"""A pull request is opened, and its check, annotations and comment say what is in the packages."""

from __future__ import annotations

import pytest

from app.core.integrity import from_sri
from app.core.package import Package
from app.demo.packages import npm_tarball, sdist, wheel
from tests.stories.theatre import GREETER, STEALER, Theatre, npm_files, sri, with_lock
from worker.inspection.engine import ENGINE


def a_shop(house: Theatre, **versions: str) -> dict[str, str]:
    """A project that depends on these packages, each a greeter."""
    return npm_files({name: (version, house.publish(name, version)) for name, version in versions.items()})


def test_a_package_that_steals_credentials_at_install_is_blocked_and_the_comment_says_how(house: Theatre) -> None:
    old, kit = house.publish("fast-colour", "2.4.0"), house.publish("chart-kit", "5.1.0")
    new = house.publish("fast-colour", "2.4.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    newer_kit = house.publish("chart-kit", "5.2.0")
    before = npm_files({"fast-colour": ("2.4.0", old), "chart-kit": ("5.1.0", kit)}, **{"fast-colour": "chart-kit"})
    after = npm_files(
        {"fast-colour": ("2.4.1", new), "chart-kit": ("5.2.0", newer_kit)}, **{"fast-colour": "chart-kit"}
    )
    repository = house.repository(before)
    pull = house.github.open_pull(repository, "Upgrade chart-kit", after)
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "failure"
    assert check.title is not None
    assert check.title.startswith("1 package blocked: ")
    blocked = [note for note in check.annotations if note["annotation_level"] == "failure"]
    assert blocked[0]["path"] in ("package.json", "package-lock.json")
    comment = house.comment(pull)
    assert "**`npm/fast-colour@2.4.1`** is blocked." in comment
    assert "`drop.example`" in comment
    assert "New in `2.4.1`; `2.4.0` did not. Comes in through `npm/chart-kit@5.2.0`" in comment
    assert "scripts/setup.js:4" in comment
    assert "- alert: credential-theft" in comment or "credential-theft" in comment
    (line,) = house.line_comments(pull)
    assert line.body.startswith("`npm/chart-kit@5.2.0` brings in `npm/fast-colour@2.4.1`, which is blocked: ")


def test_a_clean_upgrade_is_green_and_leaves_no_comment(house: Theatre) -> None:
    repository = house.repository(a_shop(house, left="1.0.0"))
    pull = house.github.open_pull(repository, "Upgrade left", a_shop(house, left="1.0.1", right="2.0.0"))
    house.settle()

    check = house.check(pull)
    assert (check.conclusion, check.title) == ("success", "2 changed packages examined, nothing to decide")
    assert house.comments(pull) == []
    assert house.line_comments(pull) == []


def test_a_clean_python_upgrade_is_green_too(house: Theatre) -> None:
    shelf = house.registry.shelf
    code = {"greet/__init__.py": "def greet(name):\n    return f'Hello, {name}'\n"}
    for version in ("1.0", "1.1"):
        shelf.put_pypi("greet", f"greet-{version}.tar.gz", sdist("greet", version, code))
        shelf.put_pypi("greet", f"greet-{version}-py3-none-any.whl", wheel("greet", version, code))
    repository = house.repository({"requirements.txt": "greet==1.0\n"})
    pull = house.github.open_pull(repository, "Upgrade greet", {"requirements.txt": "greet==1.1\n"})
    house.settle()

    assert house.check(pull).conclusion == "success"
    assert "`pypi/greet`" in (house.check(pull).summary or "")


def test_bytes_that_the_lockfile_does_not_name_are_blocked(house: Theatre) -> None:
    files = a_shop(house, left="1.0.0")
    repository = house.repository(files)
    swapped = with_lock(files, lambda packages: packages["node_modules/left"].update(integrity=sri(b"others")))
    pull = house.github.open_pull(repository, "Refresh the lockfile", swapped)
    house.settle()

    assert house.check(pull).conclusion == "failure"
    assert "integrity-mismatch" in house.comment(pull)


def test_a_fork_is_judged_like_everybody_else(house: Theatre) -> None:
    files = a_shop(house, left="1.0.0")
    repository = house.repository(files)
    fork = house.github.fork(repository, "passer-by")
    swapped = with_lock(files, lambda packages: packages["node_modules/left"].update(integrity=sri(b"others")))
    pull = house.github.open_pull(repository, "Refresh", swapped, author="passer-by", from_fork=fork)
    house.settle()

    assert house.check(pull).conclusion == "failure"
    assert len(house.comments(pull)) == 1


def test_an_unreadable_lockfile_is_not_green_and_the_line_is_named(house: Theatre) -> None:
    files = a_shop(house, left="1.0.0")
    repository = house.repository(files)
    broken = files["package-lock.json"].replace('"requires": true,', '"requires": true')
    pull = house.github.open_pull(repository, "Break it", {"package-lock.json": broken})
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "action_required"
    assert check.title is not None
    assert check.title.startswith("package-lock.json line 5: ")
    assert [(note["path"], note["start_line"]) for note in check.annotations] == [("package-lock.json", 5)]


def test_a_package_that_is_not_on_the_registry_is_not_green(house: Theatre) -> None:
    repository = house.repository(a_shop(house, left="1.0.0"))
    missing = npm_files({"left": ("9.9.9", sri(b"nobody knows"))})
    pull = house.github.open_pull(repository, "Upgrade to what is not there", missing)
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "action_required"
    assert check.title == "1 package could not be examined (not on the registry)"


def test_a_pull_request_without_dependency_files_is_skipped_at_once(house: Theatre) -> None:
    repository = house.repository(a_shop(house, left="1.0.0"))
    pull = house.github.open_pull(repository, "Write more", {"README.md": "# More\n"})
    house.settle()

    assert (house.check(pull).conclusion, house.check(pull).title) == ("skipped", "No dependency changed")


def test_a_dependency_file_of_an_unknown_format_is_named(house: Theatre) -> None:
    repository = house.repository(a_shop(house, left="1.0.0"))
    pull = house.github.open_pull(repository, "Use pixi", {"pixi.lock": "version: 6\n"})
    house.settle()

    assert house.check(pull).title == "No dependency file that Assay can read changed (pixi.lock)"


def test_the_policy_of_the_base_judges_and_not_the_one_that_the_pull_request_brings(house: Theatre) -> None:
    new = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    files = a_shop(house, left="1.0.0")
    strict = "version: 1\npreset: balanced\n"
    repository = house.repository({**files, ".github/assay.yml": strict})
    loose = "version: 1\nenabled: false\n"
    pull = house.github.open_pull(
        repository, "Trust me", {**npm_files({"left": ("1.0.1", new)}), ".github/assay.yml": loose}
    )
    house.settle()

    assert house.check(pull).conclusion == "failure"


def test_an_exception_in_the_base_is_used_and_told(house: Theatre) -> None:
    new = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    rules = "".join(
        f"  - alert: {alert}\n    package: npm/left\n    action: ignore\n"
        '    reason: our own test package\n    owner: "@harbour/web"\n    until: 2027-01-31\n'
        for alert in ("credential-theft", "install-script", "capability-gained")
    )
    files = a_shop(house, left="1.0.0")
    repository = house.repository({**files, ".github/assay.yml": f"version: 1\nrules:\n{rules}"})
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", new)}))
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "success", check.summary
    assert "owner `@harbour/web`, until 2027-01-31. Reason: `our own test package`" in (check.summary or "")


def test_a_policy_that_cannot_be_read_is_annotated_and_keeps_the_check_from_green(house: Theatre) -> None:
    repository = house.repository(a_shop(house, left="1.0.0"))
    broken = "version: 1\nrules:\n  - alert: install-script\n    acton: block\n"
    pull = house.github.open_pull(repository, "Write a policy", {".github/assay.yml": broken})
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "action_required"
    places = [(note["path"], note["start_line"]) for note in check.annotations]
    assert places == [(".github/assay.yml", 3), (".github/assay.yml", 4)]


def test_a_repository_may_switch_assay_off_and_the_check_says_so(house: Theatre) -> None:
    files = a_shop(house, left="1.0.0")
    repository = house.repository({**files, ".github/assay.yml": "version: 1\nenabled: false\n"})
    pull = house.github.open_pull(repository, "Upgrade left", a_shop(house, left="1.0.1"))
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "skipped"
    assert (check.title or "").startswith("Switched off by .github/assay.yml at ")


HOSTILE = "x`|<img src=x onerror=y>@octocat\u202e[a](b)"


@pytest.mark.parametrize("name", [HOSTILE, "@octocat/team", "</details><h1>hi"])
def test_a_hostile_package_name_stays_dead_text_in_check_and_comment(house: Theatre, name: str) -> None:
    repository = house.repository(a_shop(house, left="1.0.0"))
    files = npm_files({"left": ("1.0.0", house.publish("left", "1.0.0")), name: ("1.0.0", sri(b"x"))})
    pull = house.github.open_pull(repository, "Add something", files)
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "action_required"
    for text in (check.summary or "", *(comment.body for comment in house.comments(pull))):
        assert "\u202e" not in text
        for line in text.splitlines():
            outside = "".join(part for index, part in enumerate(_split_code(line)) if index % 2 == 0)
            assert "octocat" not in outside
            assert "<img" not in outside
            assert "<h1>" not in outside


def _split_code(line: str) -> list[str]:
    """The line cut at its code spans: even parts are outside of them."""
    parts, rest = [], line
    while "`" in rest:
        before, _, after = rest.partition("`")
        run = 1 + len(after) - len(after.lstrip("`"))
        inside, fence, rest = after[run - 1 :].partition("`" * run)
        parts += [before, inside]
        if not fence:
            return parts
    return [*parts, rest]


def test_a_fixed_pull_request_turns_green_and_its_comment_says_so(house: Theatre) -> None:
    files = a_shop(house, left="1.0.0")
    new = house.publish("left", "1.0.1", STEALER, scripts={"postinstall": "node scripts/setup.js"})
    repository = house.repository(files)
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", new)}))
    house.settle()
    assert house.check(pull).conclusion == "failure"

    house.github.push(pull, npm_files({"left": ("1.0.2", house.publish("left", "1.0.2", GREETER))}))
    house.clock.advance(30)
    house.settle()

    assert house.check(pull).conclusion == "success"
    (comment,) = house.comments(pull)
    assert "nothing in this pull request blocks or warns" in comment.body
    assert comment.minimised is not None
    assert all(line.body.startswith("No longer applies in ") for line in house.line_comments(pull))


def test_what_a_private_registry_serves_is_kept_for_its_installation_alone(house: Theatre) -> None:
    house.private = True
    repository = house.repository(a_shop(house, left="1.0.0"))
    house.github.open_pull(repository, "Upgrade left", a_shop(house, left="1.0.1"))
    house.settle()

    served = npm_tarball("left", "1.0.1", GREETER)
    digest = from_sri(sri(served))
    left = Package.parse("npm/left@1.0.1")
    own = str(house.world.installation.id)
    assert house.store.inspections.find("public", left, ENGINE, digest) is None
    assert house.store.inspections.find("1234", left, ENGINE, digest) is None
    assert house.store.inspections.find(own, left, ENGINE, digest) is not None
