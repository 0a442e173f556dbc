"""What it is fetched without TLS can be changed on its way."""

from __future__ import annotations

import pytest

from app.core.origins import Configured
from tests.detectors.changes import NPM, PYPI, REGISTRY, findings, npm_lock, on, told, uv_lock, where
from worker.detectors import http_dependency

PLAIN = "http://registry.example"
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class TestAlarm:
    def test_an_archive_over_http_is_held_by_its_hash_alone(self) -> None:
        (found,) = findings(http_dependency, npm_lock(), npm_lock(left=on(PLAIN)))
        assert told([found]) == [
            "high: it is fetched from registry.example without TLS; the hash in the lockfile is all that holds its bytes"
        ]
        assert where(found) == "package-lock.json:11 names http://registry.example/left/-/left-1.0.0.tgz"
        assert found.new

    def test_without_a_hash_nothing_holds_it(self) -> None:
        entry = {"resolved": "http://files.example/left.tar.gz"}
        (found,) = findings(http_dependency, npm_lock(), npm_lock(left=entry))
        assert found.message.plain() == "it is fetched from files.example without TLS; nothing holds its bytes"

    @pytest.mark.parametrize(
        "address", ["git://git.example/left.git", "git+http://git.example/left.git", "HTTP://x.example/l.tgz"]
    )
    def test_repositories_and_other_spellings(self, address: str) -> None:
        entry = {"resolved": f"{address}#{COMMIT}"}
        assert len(findings(http_dependency, npm_lock(), npm_lock(left=entry))) == 1

    def test_the_index_of_a_requirements_file(self) -> None:
        after = "--index-url http://pypi.example/simple\nflask==3.0.0\n"
        assert len(findings(http_dependency, None, after, "requirements.txt")) == 1

    def test_the_files_of_an_index_that_has_none_either(self) -> None:
        """The index may be the operator's own; the host of its files is not."""
        configured = Configured({PYPI: frozenset({"http://pypi.internal.example"})})
        after = uv_lock(("six", "1.0", "http://files.example", "six"), index="http://pypi.internal.example/simple")
        (found,) = findings(http_dependency, None, after, "uv.lock", configured=configured)
        assert where(found) == "uv.lock:5 names http://files.example"

    def test_what_was_so_before_is_not_new(self) -> None:
        (found,) = findings(http_dependency, npm_lock(left=on(PLAIN)), npm_lock(left=on(PLAIN, "left", "1.0.1")))
        assert not found.new


class TestInnocentTwin:
    def test_https(self) -> None:
        assert findings(http_dependency, npm_lock(), npm_lock(left=on(REGISTRY))) == []

    def test_git_over_ssh(self) -> None:
        entry = {"resolved": f"git+ssh://git@git.example/left.git#{COMMIT}"}
        assert findings(http_dependency, npm_lock(), npm_lock(left=entry)) == []

    def test_the_operators_own_registry_on_a_closed_network(self) -> None:
        configured = Configured({NPM: frozenset({"http://npm.internal.example:4873"})})
        entry = on("http://npm.internal.example:4873")
        assert findings(http_dependency, npm_lock(), npm_lock(left=entry), configured=configured) == []

    def test_a_package_without_an_address(self) -> None:
        assert findings(http_dependency, npm_lock(), npm_lock(left={})) == []
