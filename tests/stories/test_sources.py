"""Where packages come from is told once, on its line, and what was not examined is never taken for clean."""

from __future__ import annotations

import json

from app.demo.packages import sdist
from tests.stories.theatre import Theatre, npm_files, with_lock

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = f"git+ssh://git@git.example/left.git#{COMMIT}"


def notes(house: Theatre, pull: object) -> list[tuple[str, int, str]]:
    return [
        (note["path"], note["start_line"], note["title"])
        for note in house.check(pull).annotations  # type: ignore[arg-type]
    ]


def test_a_package_that_moves_to_git_is_told_once(house: Theatre) -> None:
    files = npm_files({"left": ("1.0.0", house.publish("left", "1.0.0"))})
    moved = with_lock(files, lambda packages: packages["node_modules/left"].update(resolved=GIT))
    pull = house.github.open_pull(house.repository(files), "Use a fix", moved)
    house.settle()

    check, comment = house.check(pull), house.comment(pull)
    assert check.conclusion == "action_required"
    assert notes(house, pull) == [("package-lock.json", 12, "npm/left@1.0.0: warning (source-changed)")]
    assert comment.startswith("<!-- ")
    assert "### Assay: 1 package to look at\n" in comment
    assert "- alert: [source-changed, not-examined/unsupported-source]" in comment
    assert "could not be examined" not in comment
    assert "### Not examined" in (check.summary or ""), "the check's own list is whole"


def test_a_second_index_is_told_on_its_line_and_judged_as_a_finding_of_the_file(house: Theatre) -> None:
    for version in ("1.0", "1.1"):
        house.registry.shelf.put_pypi("greet", f"greet-{version}.tar.gz", sdist("greet", version))
    after = {"requirements.txt": "--extra-index-url https://drop.example/simple\ngreet==1.1\n"}
    pull = house.github.open_pull(house.repository({"requirements.txt": "greet==1.0\n"}), "Another index", after)
    house.settle()

    assert notes(house, pull) == [("requirements.txt", 1, "requirements.txt: warning (index-added)")]
    comment = house.comment(pull)
    assert "### Assay: 1 dependency file to look at\n" in comment
    assert "**`requirements.txt`** line 1 has a warning. Any package may come from a second index" in comment
    assert '- alert: [index-added, not-examined/unsupported-source]\n  path: "requirements.txt"' in comment
    (line,) = house.line_comments(pull)
    assert line.body.startswith("This line has a warning: any package may come from a second index")


def test_an_exception_for_the_file_accepts_both(house: Theatre) -> None:
    policy = (
        "version: 1\nrules:\n  - alert: [index-added, not-examined/unsupported-source]\n    path: requirements.txt\n"
        "    action: ignore\n    reason: our own index\n    owner: '@harbour/web'\n    until: 2027-01-31\n"
    )
    before = {"requirements.txt": "", ".github/assay.yml": policy}
    after = {"requirements.txt": "--extra-index-url https://two.example/simple\n"}
    pull = house.github.open_pull(house.repository(before), "Another index", after)
    house.settle()

    check = house.check(pull)
    assert (check.conclusion, house.comments(pull)) == ("success", [])
    assert "- `index-added` for `requirements.txt`: ignore, owner `@harbour/web`" in (check.summary or "")


def test_a_foreign_address_is_a_warning_where_the_bytes_are_proven_and_a_gap_where_not(house: Theatre) -> None:
    """The configured registry is asked instead; only a hash tells that an installer gets the same."""
    files = npm_files({"left": ("1.0.0", house.publish("left", "1.0.0"))})
    right = house.publish("right", "1.0.0")
    both = npm_files({"left": ("1.0.0", from_left(files)), "right": ("1.0.0", right)})
    address = "https://drop.example/right/-/right-1.0.0.tgz"
    held = with_lock(both, lambda packages: packages["node_modules/right"].update(resolved=address))
    bare = with_lock(held, lambda packages: packages["node_modules/right"].pop("integrity"))
    conclusions = []
    for after in (held, bare):
        pull = house.github.open_pull(house.repository(files), "Add right", after)
        house.settle()
        assert any("foreign-source" in title for _, _, title in notes(house, pull))
        conclusions.append(house.check(pull).conclusion)
    assert conclusions == ["neutral", "action_required"]


def from_left(files: dict[str, str]) -> str:
    """The hash of `left` in a lockfile."""
    return str(json.loads(files["package-lock.json"])["packages"]["node_modules/left"]["integrity"])
