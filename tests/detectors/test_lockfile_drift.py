"""What manifest and lockfile say against each other; how it is found out is told in `tests/worker/test_drift.py`."""

from __future__ import annotations

from app.core.errors import Reason
from app.core.package import Ecosystem
from app.core.specimen import Drift, FileSpecimen
from tests.detectors.changes import told, where
from worker.detectors import lockfile_drift


def specimen(*drifts: Drift) -> FileSpecimen:
    return FileSpecimen("package.json", Ecosystem.NPM, (), (), drifts=drifts)


class TestAlarm:
    def test_a_wish_that_no_lockfile_fulfils(self) -> None:
        (found,) = lockfile_drift.detect_file(specimen(Drift("evil", "*", 5, "package-lock.json")))
        assert told([found]) == ["medium: it asks for evil *, which the lockfile does not have"]
        assert where(found) == "package.json:5 package-lock.json does not have it"
        assert found.tells is Reason.UNPINNED

    def test_a_wish_that_the_locked_versions_do_not_fulfil(self) -> None:
        (found,) = lockfile_drift.detect_file(specimen(Drift("left", "^2", 5, "package-lock.json", ("1.0.0", "1.1.0"))))
        assert told([found]) == ["medium: it asks for left ^2, and the lockfile has no version that this allows"]
        assert where(found) == "package.json:5 package-lock.json has 1.0.0, 1.1.0"

    def test_a_direct_dependency_that_nobody_asks_for(self) -> None:
        (found,) = lockfile_drift.detect_file(specimen(Drift("npm/evil@1.0.0", "", 9, "package.json", is_locked=True)))
        assert told([found]) == ["medium: it has npm/evil@1.0.0 as a direct dependency, and no manifest asks for it"]
        assert found.tells is None


class TestInnocentTwin:
    def test_a_file_that_nothing_contradicts(self) -> None:
        assert list(lockfile_drift.detect_file(specimen())) == []
