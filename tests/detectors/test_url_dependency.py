"""What comes from an address is told once, calmly, and whether a hash holds it."""

from __future__ import annotations

from app.core.errors import Reason
from tests.detectors.changes import HASH, REGISTRY, findings, npm_lock, on, tarball, told, where
from worker.detectors import url_dependency

ADDRESS = "https://files.example/left.tar.gz"


class TestAlarm:
    def test_an_address_with_a_hash(self) -> None:
        (found,) = findings(url_dependency, npm_lock(), npm_lock(left={"resolved": ADDRESS, "integrity": HASH}))
        assert told([found]) == [
            "medium: it comes from an address on files.example, not from a registry; it is not examined"
        ]
        assert where(found) == f"package-lock.json:11 names {ADDRESS}"
        assert found.tells is Reason.UNSUPPORTED_SOURCE

    def test_an_address_without_one(self) -> None:
        (found,) = findings(url_dependency, npm_lock(), npm_lock(left={"resolved": ADDRESS}))
        assert "without a hash that holds its bytes" in found.message.plain()

    def test_a_requirement_by_address(self) -> None:
        after = "greet @ https://files.example/greet-1.0-py3-none-any.whl\n"
        assert len(findings(url_dependency, "", after, "requirements.txt")) == 1

    def test_another_archive_of_the_same_host_is_not_new(self) -> None:
        before = npm_lock(left={"resolved": ADDRESS})
        (found,) = findings(url_dependency, before, npm_lock(left={"version": "1.0.1", "resolved": f"{ADDRESS}?2"}))
        assert not found.new


class TestInnocentTwin:
    def test_the_archive_of_a_registry(self) -> None:
        assert findings(url_dependency, npm_lock(), npm_lock(left=on(REGISTRY))) == []

    def test_what_graver_rules_tell_of(self) -> None:
        poisoned = npm_lock(left={"resolved": tarball("evil")})
        moved = npm_lock(left={"resolved": ADDRESS})
        assert findings(url_dependency, npm_lock(), poisoned) == []
        assert findings(url_dependency, npm_lock(left=on(REGISTRY)), moved) == []

    def test_one_that_moves_to_the_registry(self) -> None:
        assert findings(url_dependency, npm_lock(left={"resolved": ADDRESS}), npm_lock(left=on(REGISTRY))) == []
