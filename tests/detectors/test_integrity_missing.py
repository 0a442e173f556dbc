"""An entry that fixes a version and no bytes is told of, softly where nobody expected a hash."""

from __future__ import annotations

from app.core.integrity import Checksum
from app.core.specimen import ChangeSpecimen, Surroundings
from tests.builders import a_change, a_pin
from tests.detectors.changes import REGISTRY, findings, npm_lock, on, tarball, told, where
from worker.detectors import integrity_missing

BARE = {"resolved": tarball()}
SHA = "sha256:" + "0" * 64
SAYS = "the lockfile names no hash for it, so it fixes a version but not its bytes"


class TestAlarm:
    def test_an_entry_of_a_lockfile_without_a_hash(self) -> None:
        (found,) = findings(
            integrity_missing, npm_lock(right=on(REGISTRY, "right")), npm_lock(right=on(REGISTRY, "right"), left=BARE)
        )
        assert told([found]) == [f"medium: {SAYS}"]
        assert where(found) == "package-lock.json:17 names no hash"
        assert found.new

    def test_also_where_no_entry_of_a_lockfile_has_one(self) -> None:
        (found,) = findings(integrity_missing, npm_lock(), npm_lock(left=BARE))
        assert (found.severity, where(found)) == (
            "medium",
            "package-lock.json:11 names no hash, as no entry of this file does",
        )

    def test_a_requirement_without_a_hash_among_others(self) -> None:
        after = f"flask==3.0.0 --hash={SHA}\nrich==13.0\n"
        assert told(findings(integrity_missing, None, after, "requirements.txt")) == [f"medium: {SAYS}"]

    def test_softly_in_a_requirements_file_that_names_no_hashes(self) -> None:
        assert told(findings(integrity_missing, "", "rich==13.0\n", "requirements.txt")) == [f"low: {SAYS}"]

    def test_softly_where_yarn_names_checksums_and_leaves_out_that_of_a_package_for_certain_platforms(self) -> None:
        change = a_change(old=None, after=a_pin(checksum=Checksum("10c0", "")))
        (found,) = integrity_missing.detect_change(ChangeSpecimen(change, around=Surroundings(hashed=True)))
        assert told([found]) == [f"low: {SAYS}"]

    def test_what_was_so_before_is_not_new(self) -> None:
        (found,) = findings(integrity_missing, npm_lock(left=BARE), npm_lock(left={"version": "1.0.1"}))
        assert not found.new


class TestInnocentTwin:
    def test_an_entry_with_a_hash(self) -> None:
        assert findings(integrity_missing, npm_lock(), npm_lock(left=on(REGISTRY))) == []

    def test_an_entry_with_a_checksum_of_its_tools_own(self) -> None:
        change = a_change(old=None, after=a_pin(checksum=Checksum("10c0", "a1" * 64)))
        assert list(integrity_missing.detect_change(ChangeSpecimen(change))) == []

    def test_one_that_lost_its_hash(self) -> None:
        """That is told as other bytes than before, which is graver."""
        assert findings(integrity_missing, npm_lock(left=on(REGISTRY)), npm_lock(left=BARE)) == []

    def test_a_repository_has_a_commit_instead_and_a_folder_nothing(self) -> None:
        for resolved in ("git+ssh://git@git.example/left.git#" + "0" * 40, "file:left.tgz"):
            assert findings(integrity_missing, npm_lock(), npm_lock(left={"resolved": resolved})) == []

    def test_a_package_that_is_asked_for_by_name_without_a_lockfile(self) -> None:
        change = a_change(old=None, file="", after=a_pin(digests=()))
        assert list(integrity_missing.detect_change(ChangeSpecimen(change))) == []
