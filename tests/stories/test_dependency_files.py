"""What the check says of dependency files that are no plain lockfile, and what is fetched to say it."""

from __future__ import annotations

import json

import pytest

from app.github.door import RepositoryForge
from tests.stories.theatre import Theatre, npm_files

LOCKED = npm_files({})
MANIFEST = json.loads(LOCKED["package.json"])


def with_fields(**fields: object) -> str:
    return json.dumps({**MANIFEST, **fields}, indent=1)


def test_a_manifest_that_asks_for_more_than_its_lockfile_has_keeps_the_check_from_green(house: Theatre) -> None:
    """A pull request that touches the manifest alone would pass for one without dependencies otherwise."""
    repository = house.repository(LOCKED)
    pull = house.github.open_pull(
        repository, "Ask", {**LOCKED, "package.json": with_fields(dependencies={"evil": "*"})}
    )
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "action_required"
    assert "package.json asks for evil *; package-lock.json does not have it" in (check.summary or "")
    assert "`package.json asks for evil *; package-lock.json does not have it" in house.comment(pull)


def test_an_override_that_changes_is_listed_and_counts_as_no_package(house: Theatre) -> None:
    repository = house.repository({**LOCKED, "package.json": with_fields(overrides={"left": "1.0.0"})})
    after = {**LOCKED, "package.json": with_fields(overrides={"left": "1.0.1"})}
    pull = house.github.open_pull(repository, "Force another", after)
    house.settle()

    check = house.check(pull)
    assert (check.conclusion, check.title) == (
        "success",
        "1 override, patch or catalog entry changed, and no package",
    )
    assert "override of `left` changed: `1.0.0` → `1.0.1`" in (check.summary or "")
    assert house.comments(pull) == []


def test_a_dependency_file_of_no_known_format_is_named(house: Theatre) -> None:
    repository = house.repository({"pixi.lock": "version: 5\n"})
    pull = house.github.open_pull(repository, "Lock", {"pixi.lock": "version: 6\n"})
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "skipped"
    assert check.title == "No dependency file that Assay can read changed (pixi.lock)"
    assert "- `pixi.lock` looks like a dependency file, but its format is not read yet" in (check.summary or "")


def test_of_thousands_of_dependency_files_only_those_that_changed_are_fetched(
    house: Theatre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the two commits' trees once, each changed file once a side, whoever else looks at it."""
    asked = {"tree": 0, "blob": 0}
    for name in asked:
        real = getattr(RepositoryForge, name)

        def counted(self: RepositoryForge, sha: str, name: str = name, real: object = real) -> object:
            asked[name] += 1
            return real(self, sha)  # type: ignore[operator]

        monkeypatch.setattr(RepositoryForge, name, counted)
    own = {f"apps/a{number}/package-lock.json": LOCKED["package-lock.json"] for number in range(1500)}
    own |= {f"apps/a{number}/package.json": with_fields(version=f"1.0.{number}") for number in range(1500)}
    repository = house.repository(own)
    changed = {path: text.replace('"1.0.', '"2.0.') for path, text in list(own.items())[-3:]}
    changed = {path: json.dumps({**json.loads(text), "dependencies": {"x": "*"}}) for path, text in changed.items()}
    pull = house.github.open_pull(repository, "Ask for more in three of them", {**own, **changed})
    house.settle()

    assert house.check(pull).conclusion == "action_required"
    assert asked["tree"] == 2, "base and head"
    assert asked["blob"] == 3 + 3 + 1, "manifests before and after, and their lockfile, which is the same everywhere"
