"""One package version: look it up, fetch what is not known yet, inspect it, keep the facts.

Knows ports only. A version that cannot be had raises `CannotExamine`; an artifact that cannot is a gap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from app.core.build_steps import beside_a_wheel, has_wheel
from app.core.declaration import Declaration
from app.core.errors import CannotExamine, Reason
from app.core.finding import Finding
from app.core.integrity import STRENGTH, Digest
from app.core.origins import Configured
from app.core.package import Ecosystem, Package
from app.core.ports import (
    Artifact,
    ChangeDetector,
    Clock,
    FileDetector,
    Inspection,
    InspectionRequest,
    Inspections,
    Inspector,
    Registry,
    Release,
    ReleaseDetector,
    Turns,
)
from app.core.specimen import ArtifactFacts, ArtifactKind, NotExamined, ReleaseSpecimen, Served, Surroundings
from worker.turns import InFlight

STRONG = frozenset({"sha512", "sha384", "sha256"})


@dataclass(frozen=True, slots=True)
class Tools:
    """The parts an examination needs.

    `jobs` is how many packages at a time. `configured` are the operator's
    registries, `around` what stands around the changes of each dependency file, by its path. `turns` says who opens an
    archive that several reviews need at the same moment. `realm_of` says for each package whether what is
    learned of it is "public" or an installation's own (see `Inspections`). `keep` gets what was gathered of each
    version whose registry was asked for it.
    """

    registries: Mapping[Ecosystem, Registry]
    inspector: Inspector
    inspections: Inspections
    change_detectors: Sequence[ChangeDetector]
    engine: str
    clock: Clock
    jobs: int = 2
    file_detectors: Sequence[FileDetector] = ()
    release_detectors: Sequence[ReleaseDetector] = ()
    configured: Configured = field(default_factory=Configured)
    around: Mapping[str, Surroundings] = field(default_factory=dict)
    turns: Turns = field(default_factory=InFlight)
    realm_of: Callable[[Package], str] = lambda _package: "public"
    keep: Keep = lambda _subject, _release, _gathered: None


@dataclass(slots=True)
class Gathered:
    """What accumulates while the artifacts of one package are looked at."""

    facts: list[ArtifactFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    gaps: list[NotExamined] = field(default_factory=list)
    served: list[Served] = field(default_factory=list)
    of_sources: list[Finding] = field(default_factory=list)  # those of `findings` that are about source distributions

    def add(self, inspection: Inspection) -> None:
        """Take in what the sealed child answered."""
        if inspection.facts is not None:
            self.facts.append(inspection.facts)
            if inspection.facts.kind is ArtifactKind.SDIST:
                self.of_sources.extend(inspection.findings)
        self.findings.extend(inspection.findings)
        self.gaps.extend(inspection.not_examined)


@dataclass(frozen=True, slots=True)
class Subject:
    """One package version to look at: what the lockfile names, where to ask, and the old version's facts."""

    package: Package
    named: tuple[Digest, ...]
    registry: Registry
    tools: Tools
    previous: Package | None = None
    before: tuple[ArtifactFacts, ...] = ()
    facts_only: bool = False  # the old version: its facts are wanted, nobody judges it again

    @property
    def realm(self) -> str:
        """Where what is learned of this package is kept."""
        return self.tools.realm_of(self.package)

    def find(self, digests: Iterable[Digest]) -> ArtifactFacts | None:
        """Facts that are kept for an artifact of this package with one of these hashes."""
        return self.tools.inspections.find(self.realm, self.package, self.tools.engine, _strong(digests))

    def turn(self, artifact: Artifact) -> AbstractContextManager[None]:
        """The turn to open one artifact; whoever cannot find what others keep need not wait for them."""
        strong = _strong(artifact.digests)
        if not strong:
            return nullcontext()
        digests = ",".join(sorted(f"{digest.algorithm}:{digest.hex}" for digest in strong))
        return self.tools.turns.take(f"{self.realm} {self.tools.engine} {self.package.label} {digests}")

    def request(self, filename: str, kind: ArtifactKind, registered: Declaration = ()) -> InspectionRequest:
        """What to ask the sealed child about one artifact of this package."""
        return InspectionRequest(
            package=self.package,
            filename=filename,
            kind=kind,
            previous=self.previous,
            before=_counterpart(self.before, filename, kind),
            registered=registered,
        )


Keep = Callable[[Subject, Release, Gathered], None]


def look_at(subject: Subject) -> tuple[Gathered, tuple[Digest, ...]]:
    """All artifacts of one version → what was gathered, and the hashes of every file that the index offers."""
    gathered = Gathered()
    sole = _sole_digest(subject)
    known = subject.find((sole,)) if sole else None
    if known is not None and sole is not None and _is_of(known, subject.package):
        gathered.served.append(Served(known.filename, (sole,)))
        gathered.add(_inspect_known(subject, known))
        return gathered, ()
    release = subject.registry.release(subject.package, subject.named)
    registered = _registered(subject, release)
    if not release.artifacts:
        others = f" It has {len(release.others)} others." if release.others else ""
        detail = f"The index has no archive for the targets.{others}"
        gathered.gaps.append(NotExamined(subject.package.label, Reason.NO_ARTIFACT, detail))
    for artifact in release.artifacts:
        known = subject.find(artifact.digests)
        try:
            if known is None:
                with subject.turn(artifact):
                    known = subject.find(artifact.digests)  # somebody may have opened it while we waited
                    if known is None:
                        _inspect_download(subject, artifact, gathered, registered)
                        continue
            gathered.served.append(Served(artifact.filename, artifact.digests, artifact.digests))
            gathered.add(_inspect_known(subject, known, registered))
        except CannotExamine as error:
            gathered.gaps.append(NotExamined(artifact.filename, error.reason, error.detail))
    if not subject.facts_only:
        _hold_together(subject, gathered)
        subject.tools.keep(subject, release, gathered)
    return gathered, release.offered


def by_itself(subject: Subject, release: Release, gathered: Gathered) -> Gathered:
    """What was gathered of a version, judged as if it were new here. No archive is opened a second time."""
    if subject.previous is None:
        return gathered
    alone = replace(subject, previous=None, before=())
    again = Gathered(gaps=list(gathered.gaps))
    for facts in gathered.facts:
        again.add(_inspect_known(alone, facts, _registered(subject, release)))
    _hold_together(alone, again)
    return again


def old_facts(subject: Subject) -> tuple[ArtifactFacts, ...]:
    """The facts of the version that is replaced, from the store or by opening it; empty when it cannot be had.

    Without the old version everything counts as new: louder, never quieter.
    """
    try:
        gathered, _ = look_at(subject)
    except CannotExamine:
        return ()
    return tuple(gathered.facts)


def _registered(subject: Subject, release: Release) -> Declaration:
    """The registry's word. That it keeps these bytes under this name and version is its word as well."""
    return (("name", subject.package.name), ("version", subject.package.version), *release.declared)


def _hold_together(subject: Subject, gathered: Gathered) -> None:
    """What the rules say of the artifacts of one version beside each other; a rule that fails is a gap."""
    specimen = ReleaseSpecimen(subject.package, tuple(gathered.facts), subject.before)
    if has_wheel(gathered.facts):
        of_sources = set(map(id, gathered.of_sources))
        gathered.findings = [beside_a_wheel(one) if id(one) in of_sources else one for one in gathered.findings]
    for detector in subject.tools.release_detectors:
        try:
            gathered.findings += detector.detect_release(specimen)
        except Exception as error:  # noqa: BLE001 - one rule's fault never loses what the others found
            detail = f"The rule {detector.CARD.id} failed on its artifacts ({type(error).__name__})."
            gathered.gaps.append(NotExamined(subject.package.label, Reason.CRASHED, detail))


def _inspect_download(subject: Subject, artifact: Artifact, gathered: Gathered, registered: Declaration) -> None:
    with subject.registry.download(artifact) as download:
        gathered.served.append(Served(artifact.filename, download.digests, artifact.digests))
        request = replace(subject.request(artifact.filename, artifact.kind, registered), archive=download.content)
        gathered.add(examine_archive(request, subject.tools, download.digests))


def _inspect_known(subject: Subject, known: ArtifactFacts, registered: Declaration = ()) -> Inspection:
    """Facts are known: only the detectors have to run, beside this old version.

    Where the registry was not asked, its word is the one that was kept with the facts.
    """
    if subject.facts_only:
        return Inspection(known)
    request = subject.request(known.filename, known.kind, registered)
    judged = subject.tools.inspector.inspect(replace(request, known=known))
    return replace(judged, facts=known)  # the child does not send back what it was given


def _sole_digest(subject: Subject) -> Digest | None:
    """The one strong hash by which npm's lockfile names the one archive that can be installed.

    Bytes known under it need no registry at all. PyPI's lockfiles may name several files; which of them count is the
    index's to say.
    """
    strongest = max((STRENGTH[digest.algorithm] for digest in _strong(subject.named)), default=None)
    sole = [digest for digest in subject.named if STRENGTH[digest.algorithm] == strongest]
    return sole[0] if subject.package.ecosystem is Ecosystem.NPM and len(sole) == 1 else None


def _is_of(facts: ArtifactFacts, package: Package) -> bool:
    """Whether the archive says that it is this version: a lockfile could name another version's bytes."""
    return dict(facts.metadata).get("version") == package.version


def examine_archive(request: InspectionRequest, tools: Tools, digests: Sequence[Digest]) -> Inspection:
    """Inspect one archive and keep what was learned."""
    inspection = tools.inspector.inspect(request)
    if inspection.facts is not None and request.known is None:
        tools.inspections.save(
            tools.realm_of(request.package), request.package, inspection.facts, _strong(digests), tools.clock()
        )
    return inspection


def _counterpart(before: Sequence[ArtifactFacts], filename: str, kind: ArtifactKind) -> ArtifactFacts | None:
    """The old artifact that this one takes the place of: of its kind, and of wheels the one whose tags are most alike.

    Or any: facts are about code, and code moves between sdist and wheel.
    """
    tags = _tags(filename)

    def likeness(facts: ArtifactFacts) -> tuple[bool, int]:
        return facts.kind is kind, sum(one == other for one, other in zip(tags, _tags(facts.filename), strict=False))

    return max(before, key=likeness, default=None)


def _tags(filename: str) -> list[str]:
    """Python, ABI and platform of a wheel's name."""
    return filename.removesuffix(".whl").split("-")[-3:] if filename.endswith(".whl") else []


def _strong(digests: Iterable[Digest]) -> tuple[Digest, ...]:
    return tuple(digest for digest in digests if digest.algorithm in STRONG)
