"""A package that is installed under another name is told of, and no more than that."""

from __future__ import annotations

from tests.detectors.changes import REGISTRY, findings, npm_lock, on, told, where
from worker.detectors import alias_dependency, foreign_source

ALIAS = npm_lock({"left-legacy": on(REGISTRY, "left", name="left")})


class TestAlarm:
    def test_a_new_alias(self) -> None:
        (found,) = findings(alias_dependency, npm_lock(), ALIAS)
        assert told([found]) == ["low: it is installed under another name, left-legacy"]
        assert where(found) == "package-lock.json:11 installs left as left-legacy"

    def test_another_alias_for_the_same_package(self) -> None:
        after = npm_lock(right=on(REGISTRY, "left", "1.0.1", name="left"))
        assert told(findings(alias_dependency, ALIAS, after)) == ["low: it is installed under another name, right"]


class TestInnocentTwin:
    def test_a_package_under_its_own_name(self) -> None:
        assert findings(alias_dependency, npm_lock(), npm_lock(left=on(REGISTRY))) == []
        assert findings(alias_dependency, npm_lock(), npm_lock(left=on(REGISTRY, name="left"))) == []

    def test_another_version_under_the_alias_it_had(self) -> None:
        after = npm_lock({"left-legacy": on(REGISTRY, "left", "1.0.1", name="left")})
        assert findings(alias_dependency, ALIAS, after) == []

    def test_an_alias_is_no_poisoned_lockfile(self) -> None:
        assert findings(foreign_source, npm_lock(left=on(REGISTRY)), ALIAS) == []
