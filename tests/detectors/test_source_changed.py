"""A package whose code comes from other people than before is told of, whatever its version says."""

from __future__ import annotations

import pytest

from app.core.errors import Reason
from tests.detectors.changes import HASH, REGISTRY, bound, findings, npm_lock, on, told, where
from worker.detectors import source_changed

BASE = npm_lock(left=on(REGISTRY), right=on("https://mirror.example", "right"))
COMMIT = "0123456789abcdef0123456789abcdef01234567"
GIT = f"git+ssh://git@git.example/left.git#{COMMIT}"


def moved(entry: dict[str, object]) -> str:
    """The base's file with the entry of `left` changed."""
    return npm_lock(left=entry, right=on("https://mirror.example", "right"))


class TestAlarm:
    @pytest.mark.parametrize("version", ["1.0.0", "1.0.1"])
    def test_from_the_registry_to_git(self, version: str) -> None:
        (found,) = findings(source_changed, BASE, moved({"version": version, "resolved": GIT}))
        assert told([found]) == [
            "high: it now comes from git (git.example), before from a registry (registry.example); it is not examined"
        ]
        assert (
            where(found) == f"package-lock.json:12 names {GIT} where the base branch names {on(REGISTRY)['resolved']}"
        )
        assert found.tells is Reason.UNSUPPORTED_SOURCE

    def test_to_a_branch_that_can_move(self) -> None:
        (found,) = findings(source_changed, BASE, moved({"resolved": GIT.replace(COMMIT, "main")}))
        assert found.message.plain() == (
            "it now comes from git (git.example) at a name that can move to other code, "
            "before from a registry (registry.example); it is not examined"
        )

    def test_from_the_registry_to_an_address(self) -> None:
        (found,) = findings(source_changed, BASE, moved({"resolved": "https://files.example/left.tgz"}))
        assert found.message.plain().startswith("it now comes from an address (files.example), before from a registry")

    def test_from_one_repository_to_another(self) -> None:
        other = f"git+ssh://git@git.example/fork/left.git#{COMMIT}"
        (found,) = findings(source_changed, moved({"resolved": GIT}), moved({"resolved": other}))
        assert found.message.plain() == (
            "it now comes from git (git.example), before from another place on the same host; it is not examined"
        )

    def test_from_one_index_to_another_that_is_known(self) -> None:
        (found,) = findings(source_changed, BASE, moved(on("https://mirror.example", "left", "1.0.1")))
        assert found.tells is None
        assert (
            found.message.plain()
            == "it now comes from a registry (mirror.example), before from a registry (registry.example)"
        )

    def test_from_one_path_of_a_host_to_another(self) -> None:
        """Many companies keep all their indexes on one host."""
        before, after = moved(on(f"{REGISTRY}/npm-all")), moved(on(f"{REGISTRY}/npm-evil", "left", "1.0.1"))
        assert len(findings(source_changed, before, after)) == 1

    def test_from_an_address_to_another_host(self) -> None:
        before, after = (
            moved({"resolved": "https://files.example/l.tgz"}),
            moved({"resolved": "https://drop.example/l.tgz"}),
        )
        assert len(findings(source_changed, before, after)) == 1


class TestInnocentTwin:
    def test_another_version_on_the_same_index(self) -> None:
        assert findings(source_changed, BASE, moved(on(REGISTRY, "left", "1.0.1"))) == []

    def test_another_commit_of_the_same_repository(self) -> None:
        other = GIT.replace("0123", "4567")
        assert findings(source_changed, moved({"resolved": GIT}), moved({"version": "1.0.1", "resolved": other})) == []

    def test_addresses_that_come_or_go(self) -> None:
        """The tool writes them or leaves them out, as it is configured."""
        bare = moved({"version": "1.0.1", "integrity": HASH})
        assert findings(source_changed, BASE, bare) == []
        assert findings(source_changed, bare, moved(on(REGISTRY, "left", "1.0.2"))) == []

    def test_from_git_to_the_registry(self) -> None:
        assert findings(source_changed, moved({"resolved": GIT}), moved(on(REGISTRY))) == []

    def test_to_a_place_that_is_foreign(self) -> None:
        """That is told by a graver rule, and once is enough."""
        assert findings(source_changed, BASE, moved(on("https://drop.example", "left", "1.0.1"))) == []
        configured = bound("left", "https://npm.acme.example")
        assert findings(source_changed, BASE, moved(on("https://mirror.example")), configured=configured) == []

    def test_a_requirements_file_that_names_its_index(self) -> None:
        before = "--index-url https://old.example/simple\nflask==3.0.0\n"
        after = "--index-url https://new.example/simple\nflask==3.0.1\n"
        assert findings(source_changed, before, after, "requirements.txt") == []

    def test_a_package_that_is_new(self) -> None:
        assert findings(source_changed, npm_lock(), npm_lock(left={"resolved": GIT})) == []
