"""What can move is said; a commit is left in peace, unless the version beside it cannot be right."""

from __future__ import annotations

import pytest

from app.core.finding import Finding
from tests.detectors.changes import findings, told, where
from worker.detectors import mutable_action

OLD, NEW = "a" * 40, "b" * 40
PATH = ".github/workflows/ci.yml"


def judged(before: str | None, after: str) -> list[Finding]:
    """The findings about one `uses` that replaces another one."""
    old, new = (
        None if uses is None else f"jobs:\n  t:\n    steps:\n      - uses: {uses}\n" for uses in (before, after)
    )
    return findings(mutable_action, old, new, PATH)


class TestAlarm:
    @pytest.mark.parametrize("reference", ["v4", "main", "v4.2.1", "a" * 39, "release/2.x"])
    def test_an_action_at_a_name(self, reference: str) -> None:
        (found,) = judged(None, f"acme/checkout@{reference}")
        assert told([found]) == [f"medium: it is taken at {reference}, a tag or branch that can move to other code"]
        assert where(found) == f"{PATH}:4 names {reference}, which is no full commit"
        assert found.new

    def test_a_reusable_workflow_at_a_name(self) -> None:
        text = "jobs:\n  release:\n    uses: acme/ci/.github/workflows/release.yml@main\n"
        (found,) = findings(mutable_action, None, text, PATH)
        assert where(found) == f"{PATH}:3 names main, which is no full commit"

    def test_a_name_where_a_commit_was_is_graver(self) -> None:
        (found,) = judged(f"acme/checkout@{OLD}", "acme/checkout@v4")
        assert told([found]) == [
            "high: it is taken at v4, which can move to other code, where it was taken at a commit"
        ]
        assert where(found) == f"{PATH}:4 names v4 where the base branch names a commit"

    def test_another_name_is_told_as_not_new(self) -> None:
        (found,) = judged("acme/checkout@v3", "acme/checkout@v4")
        assert not found.new

    def test_another_commit_beside_the_same_version(self) -> None:
        (found,) = judged(f"acme/checkout@{OLD} # v4.2.1", f"acme/checkout@{NEW} # v4.2.1")
        assert told([found]) == [
            "medium: its commit changed and the version beside it, v4.2.1, did not: one of them is not right"
        ]


class TestInnocentTwin:
    def test_a_commit(self) -> None:
        assert judged(None, f"acme/checkout@{NEW} # v4.2.1") == []

    def test_another_commit_with_another_version_beside_it(self) -> None:
        assert judged(f"acme/checkout@{OLD} # v4.2.0", f"acme/checkout@{NEW} # v4.2.1") == []

    def test_another_commit_without_a_word(self) -> None:
        assert judged(f"acme/checkout@{OLD}", f"acme/checkout@{NEW}") == []

    def test_a_commit_where_a_name_was(self) -> None:
        assert judged("acme/checkout@v4", f"acme/checkout@{NEW} # v4") == []

    def test_a_name_that_stays(self) -> None:
        assert judged("acme/checkout@v4", "acme/checkout@v4") == []

    def test_an_action_of_the_repository_itself(self) -> None:
        assert judged(None, "./.github/actions/setup") == []

    def test_a_package_of_a_registry_whose_version_is_no_commit(self) -> None:
        assert judged(None, "docker://alpine:3.20") == []
