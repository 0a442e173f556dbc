"""What comes from a repository is told once, calmly, and whether it can move."""

from __future__ import annotations

import pytest

from app.core.errors import Reason
from app.core.lockfile import Pin
from app.core.package import Source, SourceKind
from app.core.specimen import ChangeSpecimen
from tests.builders import a_change, a_pin
from tests.detectors.changes import REGISTRY, findings, npm_lock, on, told, where
from worker.detectors import git_dependency

COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = "git+ssh://git@git.example/left.git"


def from_git(reference: str | None, version: str = "2.4.1") -> Pin:
    """A pin of a repository at this commit, branch or tag."""
    return a_pin(
        f"npm/fast-colour@{version}", source=Source(SourceKind.GIT, "git+https://git.example/a.git", reference)
    )


class TestAlarm:
    def test_a_commit(self) -> None:
        (found,) = findings(git_dependency, npm_lock(), npm_lock(left={"resolved": f"{GIT}#{COMMIT}"}))
        assert told([found]) == [f"medium: it comes from git ({GIT}), not from a registry; it is not examined"]
        assert where(found) == f"package-lock.json:11 names the commit {COMMIT}"
        assert found.tells is Reason.UNSUPPORTED_SOURCE
        assert found.new

    @pytest.mark.parametrize(
        ("reference", "says"),
        [
            ("main", "names main, which is no full commit and can move"),
            ("v1.2.3", "names v1.2.3, which is no full commit and can move"),
            ("0123456", "names 0123456, which is no full commit and can move"),
            (None, "names no commit: whatever the repository's main branch holds is taken"),
        ],
    )
    def test_a_name_that_can_move_is_said(self, reference: str | None, says: str) -> None:
        change = a_change(old=None, after=from_git(reference))
        (found,) = git_dependency.detect_change(ChangeSpecimen(change))
        assert "at a name that can move to other code" in found.message.plain()
        assert found.evidence[0].says.plain() == says

    def test_another_commit_is_told_as_not_new(self) -> None:
        change = a_change(before=from_git("a" * 40, "2.4.0"), after=from_git("b" * 40))
        (found,) = git_dependency.detect_change(ChangeSpecimen(change))
        assert not found.new


class TestInnocentTwin:
    def test_a_package_of_a_registry(self) -> None:
        assert findings(git_dependency, npm_lock(), npm_lock(left=on(REGISTRY))) == []

    def test_one_that_leaves_git(self) -> None:
        before = npm_lock(left={"resolved": f"{GIT}#{COMMIT}"})
        assert findings(git_dependency, before, npm_lock(left=on(REGISTRY))) == []
        assert findings(git_dependency, before, npm_lock()) == []

    def test_one_that_came_from_a_registry_before(self) -> None:
        """That it moved is graver, and is told by another rule."""
        after = npm_lock(left={"resolved": f"{GIT}#{COMMIT}"})
        assert findings(git_dependency, npm_lock(left=on(REGISTRY)), after) == []

    def test_a_folder_of_the_repository(self) -> None:
        assert findings(git_dependency, npm_lock(), npm_lock(left={"resolved": "file:../left"})) == []
