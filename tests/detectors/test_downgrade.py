"""An older version in the place of a newer one is told of."""

from __future__ import annotations

import pytest

from tests.detectors.changes import REGISTRY, findings, npm_lock, on, told, where
from worker.detectors import downgrade


class TestAlarm:
    def test_a_lower_version(self) -> None:
        before, after = npm_lock(left=on(REGISTRY, "left", "1.10.0")), npm_lock(left=on(REGISTRY, "left", "1.9.0"))
        (found,) = findings(downgrade, before, after)
        assert told([found]) == ["low: it goes back to 1.9.0 from 1.10.0"]
        assert where(found) == "package-lock.json:11 names 1.9.0 where the base branch names 1.10.0"

    def test_to_a_version_before_the_release(self) -> None:
        assert told(findings(downgrade, "rich==13.0\n", "rich==13.0rc1\n", "requirements.txt")) == [
            "low: it goes back to 13.0rc1 from 13.0"
        ]


class TestInnocentTwin:
    @pytest.mark.parametrize(("before", "after"), [("1.9.0", "1.10.0"), ("1.0.0", "1.0.0"), ("1.0.0-rc.1", "1.0.0")])
    def test_a_higher_version_or_the_same(self, before: str, after: str) -> None:
        old, new = (npm_lock(left=on(REGISTRY, "left", version)) for version in (before, after))
        assert findings(downgrade, old, new) == []

    def test_a_package_that_is_new_or_gone(self) -> None:
        lock = npm_lock(left=on(REGISTRY))
        assert findings(downgrade, npm_lock(), lock) == findings(downgrade, lock, npm_lock()) == []
