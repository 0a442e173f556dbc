"""A version that was published does not change; where its hash does, somebody has to explain it."""

from __future__ import annotations

import hashlib

import pytest

from app.core.diff import ChangeKind
from app.core.finding import Finding
from app.core.integrity import Checksum, Digest
from app.core.specimen import ChangeSpecimen, Served
from tests.builders import a_change, a_pin
from worker.detectors import integrity_changed, integrity_mismatch


def named(*contents: str) -> tuple[Digest, ...]:
    """SHA-256 hashes of texts."""
    return tuple(Digest("sha256", hashlib.sha256(content.encode()).hexdigest()) for content in contents)


def told(kind: ChangeKind, before: tuple[Digest, ...], after: tuple[Digest, ...]) -> list[Finding]:
    """What the rule says of a change from these hashes to those."""
    change = a_change(kind=kind, before=a_pin(digests=before), after=a_pin(digests=after, line=9))
    return list(integrity_changed.detect_change(ChangeSpecimen(change)))


class TestAlarm:
    def test_the_same_version_with_another_hash_shows_both(self) -> None:
        (found,) = told(ChangeKind.REHASHED, named("good"), named("evil"))
        assert found.severity == "high"
        assert found.message.plain() == "its bytes are not those of the base branch, though the version is the same"
        old, new = (named(content)[0].hex[:17] for content in ("good", "evil"))
        assert found.evidence[0].says.plain() == f"names sha256:{new} where the base branch names sha256:{old}"
        assert (found.evidence[0].file, found.evidence[0].line) == ("package-lock.json", 9)

    def test_the_hashes_that_differ_are_the_ones_shown(self) -> None:
        (found,) = told(ChangeKind.REHASHED, named("a", "b"), named("b", "c"))
        assert [digest.hex[:17] in found.evidence[0].says.plain() for digest in named("a", "b", "c")] == [
            True,
            False,
            True,
        ]

    def test_a_hash_that_is_gone_is_said(self) -> None:
        (found,) = told(ChangeKind.REHASHED, named("good"), ())
        assert found.message.plain() == "the lockfile names no hash for it any more, though the version is the same"
        assert found.evidence[0].says.plain().startswith("names no hash where the base branch names sha256:")

    @pytest.mark.parametrize(
        ("checksum", "said"),
        [
            (
                Checksum("10c0", "e4" * 64),
                "names 10c0/e4e4e4e4e4e4e4e4e4e where the base branch names 10c0/a1a1a1a1a1a1a1a1a1a",
            ),
            (None, "names no hash where the base branch names 10c0/a1a1a1a1a1a1a1a1a1a"),
        ],
    )
    def test_a_checksum_of_the_tools_own_is_told_like_a_hash(self, checksum: Checksum | None, said: str) -> None:
        """It is over the archive that yarn makes, so the registry is not asked for it."""
        change = a_change(
            kind=ChangeKind.REHASHED,
            before=a_pin(checksum=Checksum("10c0", "a1" * 64)),
            after=a_pin(checksum=checksum),
        )
        (found,) = integrity_changed.detect_change(ChangeSpecimen(change, (Served("x.tgz", named("good")),)))
        assert found.severity == "high"
        assert found.evidence[0].says.plain() == said


class TestInnocentTwin:
    @pytest.mark.parametrize("kind", [ChangeKind.UPGRADED, ChangeKind.DOWNGRADED, ChangeKind.RESOURCED])
    def test_another_version_or_place_has_another_hash(self, kind: ChangeKind) -> None:
        assert told(kind, named("old"), named("new")) == []

    def test_a_hash_that_the_registry_contradicts(self) -> None:
        """That is told by a graver rule, which then says what the base branch named as well."""
        change = a_change(
            kind=ChangeKind.REHASHED, before=a_pin(digests=named("good")), after=a_pin(digests=named("evil"))
        )
        specimen = ChangeSpecimen(change, (Served("x.tgz", named("good")),))
        assert list(integrity_changed.detect_change(specimen)) == []
        (found,) = integrity_mismatch.detect_change(specimen)
        assert found.severity == "critical"
        good, evil = (named(content)[0].hex[:17] for content in ("good", "evil"))
        assert found.evidence[0].says.plain() == (
            f"names sha256:{evil}; the registry has sha256:{good}, as on the base branch"
        )

    def test_a_package_that_is_new(self) -> None:
        assert list(integrity_changed.detect_change(ChangeSpecimen(a_change(old=None)))) == []
