"""Rules about the artifacts of one version see all of them, and a rule that fails loses nothing else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.finding import Finding
from app.core.integrity import Digest
from app.core.package import Package
from app.core.ports import Inspection, InspectionRequest, ReleaseDetector
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, ReleaseSpecimen
from app.demo.packages import sdist, wheel
from app.demo.shelf import Shelf
from app.store import MemoryStore
from tests.builders import PYPI, a_finding
from tests.fakes.clock import FakeClock
from tests.fakes.registry import MemoryRegistry
from worker.detectors import artifact_mismatch
from worker.lookup import Subject, Tools, look_at

GREET = Package.parse("pypi/greet@1.0")


class ListingInspector:
    """Learns of every archive that it is there."""

    def inspect(self, request: InspectionRequest) -> Inspection:
        if request.known is not None:
            return Inspection(None)
        content = request.archive or io.BytesIO()
        return Inspection(ArtifactFacts("test", request.filename, request.kind, "0" * 64, len(content.read())))


@dataclass
class Rule:
    """Finds one thing and remembers what it saw, or fails."""

    fails: bool = False
    CARD: RuleCard = artifact_mismatch.CARD
    seen: list[ReleaseSpecimen] = field(default_factory=list)

    def detect_release(self, specimen: ReleaseSpecimen) -> Iterator[Finding]:
        self.seen.append(specimen)
        if self.fails:
            raise ValueError("the package's own words")
        yield a_finding()


def subject(*rules: ReleaseDetector, facts_only: bool = False, before: tuple[ArtifactFacts, ...] = ()) -> Subject:
    shelf = Shelf()
    shelf.put_pypi("greet", "greet-1.0.tar.gz", sdist("greet", "1.0", {"greet.py": ""}))
    shelf.put_pypi("greet", "greet-1.0-py3-none-any.whl", wheel("greet", "1.0", {"greet.py": ""}))
    registry = MemoryRegistry(PYPI, shelf)
    tools = Tools(
        registries={PYPI: registry},
        inspector=ListingInspector(),
        inspections=MemoryStore().inspections,
        change_detectors=(),
        release_detectors=rules,
        engine="test",
        clock=FakeClock(),
    )
    named: tuple[Digest, ...] = ()
    return Subject(GREET, named, registry, tools, before=before, facts_only=facts_only)


def test_a_rule_sees_every_artifact_of_the_version_known_or_new() -> None:
    rule = Rule()
    asked = subject(rule)
    for _ in range(2):
        gathered, _ = look_at(asked)
        assert len(gathered.findings) == 1
    assert [[one.filename for one in seen.artifacts] for seen in rule.seen] == [
        ["greet-1.0.tar.gz", "greet-1.0-py3-none-any.whl"]
    ] * 2


def test_the_old_version_is_not_judged_again() -> None:
    rule = Rule()
    look_at(subject(rule, facts_only=True))
    assert rule.seen == []


def test_a_rule_that_fails_is_a_gap_without_the_packages_words() -> None:
    gathered, _ = look_at(subject(Rule(fails=True), Rule()))
    assert len(gathered.findings) == 1
    assert [gap.detail for gap in gathered.gaps] == ["The rule artifact-mismatch failed on its artifacts (ValueError)."]
