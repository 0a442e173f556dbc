"""The bytes served are compared with every word about them: the lockfile's and the index's."""

from __future__ import annotations

import hashlib

from app.core.diff import ChangeKind
from app.core.finding import Finding
from app.core.integrity import Checksum, Digest
from app.core.specimen import ChangeSpecimen, Served
from tests.builders import a_change, a_pin
from worker.detectors import integrity_mismatch


def digests(content: str, *algorithms: str) -> tuple[Digest, ...]:
    """Hashes of a text."""
    return tuple(
        Digest(name, hashlib.new(name, content.encode()).hexdigest())
        for name in algorithms or ("sha512", "sha256", "sha1")
    )


def told(
    label: str,
    named: tuple[Digest, ...],
    *served: Served,
    offered: tuple[Digest, ...] = (),
) -> list[Finding]:
    """What the rule says of a pin with these hashes."""
    change = a_change(label, after=a_pin(label, digests=named, line=41))
    return list(integrity_mismatch.detect_change(ChangeSpecimen(change, served, offered)))


NPM, PYPI = "npm/fast-colour@2.4.1", "pypi/imgpress@3.0.0"


class TestAlarm:
    def test_other_bytes_than_the_lockfile_names_are_critical_and_show_both_hashes(self) -> None:
        (found,) = told(NPM, digests("good", "sha512"), Served("x.tgz", digests("evil")))
        assert found.severity == "critical"
        assert found.message.plain() == "the bytes served are not the bytes that the lockfile names"
        (line,) = found.evidence
        good, evil = digests("good", "sha512")[0].hex[:17], digests("evil", "sha512")[0].hex[:17]
        assert (line.file, line.line) == ("package-lock.json", 41)
        assert line.says.plain() == f"names sha512:{good}; the registry has sha512:{evil}"

    def test_a_weak_match_does_not_outweigh_a_strong_mismatch(self) -> None:
        named = digests("evil", "sha1") + digests("good", "sha512")
        assert len(told(NPM, named, Served("x.tgz", digests("evil")))) == 1

    def test_a_release_of_which_no_file_is_named_is_told(self) -> None:
        served = Served("imgpress-3.0.0-py3-none-any.whl", digests("evil"))
        assert len(told(PYPI, digests("good", "sha256"), served, offered=digests("evil", "sha256"))) == 1

    def test_it_is_told_as_well_when_the_index_lists_no_hashes(self) -> None:
        assert len(told(PYPI, digests("good", "sha256"), Served("x.whl", digests("evil")))) == 1

    def test_an_index_that_contradicts_its_own_bytes_is_told(self) -> None:
        (found,) = told(PYPI, (), Served("x.whl", digests("evil"), index=digests("good", "sha256")))
        assert found.message.plain() == "the bytes served are not the bytes that the registry's own index names"
        assert found.evidence[0].says.plain().startswith("x.whl: the index names sha256:")


class TestInnocentTwin:
    def test_the_bytes_that_the_lockfile_names(self) -> None:
        assert told(NPM, digests("good", "sha512"), Served("x.tgz", digests("good"), index=digests("good"))) == []

    def test_any_of_several_hashes_is_enough(self) -> None:
        named = digests("other wheel", "sha256") + digests("good", "sha256")
        assert told(PYPI, named, Served("x.whl", digests("good"))) == []

    def test_a_lockfile_for_other_platforms(self) -> None:
        """It names the macOS wheel, which the index offers; the one inspected here is for Linux."""
        offered = digests("linux", "sha256") + digests("macos", "sha256")
        assert told(PYPI, digests("macos", "sha256"), Served("linux.whl", digests("linux")), offered=offered) == []

    def test_a_lockfile_without_hashes(self) -> None:
        assert told(NPM, (), Served("x.tgz", digests("good"))) == []

    def test_hashes_that_cannot_be_compared(self) -> None:
        assert told(NPM, digests("good", "sha384"), Served("x.tgz", digests("good"))) == []

    def test_a_checksum_over_what_yarn_makes_of_the_archive(self) -> None:
        """No archive of a registry has it."""
        change = a_change(old=None, after=a_pin(checksum=Checksum("10c0", "a1" * 64)))
        served = (Served("x.tgz", digests("good"), index=digests("good")),)
        assert list(integrity_mismatch.detect_change(ChangeSpecimen(change, served))) == []

    def test_a_package_that_is_removed(self) -> None:
        change = a_change(kind=ChangeKind.REMOVED, after=None)
        assert list(integrity_mismatch.detect_change(ChangeSpecimen(change))) == []
