"""Installs code that its source distribution does not show.

People read a project's source; installers take the wheel. A wheel that was made on another machine, or changed after it
was built, can hold code that stands nowhere in the source, and its own list of files gives the change away.

Looks at    the wheel's RECORD beside its files, and the Python files of each wheel beside those of the source
            distribution of the same version, where both were inspected.
Reports     high for code or other content that RECORD does not list, and for Python in the wheel that starts programs,
            uses the network or runs data as code where its source does not, as source or as byte code; medium for such
            files that differ and do the same, for start-up hooks and other byte code without their source and for other
            flaws of RECORD; low for Python files without such abilities.
Blind to    compiled modules, what a build generates on purpose, and versions of which only one kind was inspected.
What to do  Install from the source distribution, or keep the old version. Ask the author how the wheel was built.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum

import re2

from app.core.evidence import ASIDE, beside_the_old, does
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import (
    ArtifactFacts,
    ArtifactKind,
    Fact,
    FactId,
    FileFacts,
    Oddity,
    ReleaseSpecimen,
    Specimen,
    identity,
)

CARD = RuleCard(
    id="artifact-mismatch",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.MEDIUM,
    ecosystems=frozenset({Ecosystem.PYPI}),
    since="0.1",
)
_ABLE = frozenset(
    {FactId.NETWORK, FactId.PROCESS, FactId.DYNAMIC_CODE, FactId.CREDENTIAL_FILE, FactId.STARTUP_HOOK, FactId.DECODE}
)
_CODE = (".py", ".pyw", ".pth", ".so", ".pyd", ".pyc", ".sh", ".dll", ".dylib")
_BYTE_CODE = (".pyc", ".pyo")
_INSTALLED = re2.compile(r"[^/]+\.data/(?:purelib|platlib|scripts)/(.*)")
_SHOWN = 5
_FOLDERS = 4  # that may stand before a package in its source, or before a module in the wheel


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report where a wheel is not what its own RECORD says."""
    return beside_the_old(specimen, _record)


def detect_release(specimen: ReleaseSpecimen) -> Iterator[Finding]:
    """Report what the wheels of a version hold and its source distribution lacks."""
    old = {surplus.key for surplus in _surplus(specimen.before)}
    surplus = list(_surplus(specimen.artifacts))
    for kind in _Kind:
        found = [one for one in surplus if one.kind is kind]
        if found:
            yield _told(found, kind, new=any(one.key not in old for one in found))


class _Kind(Enum):
    """What a wheel has and its source lacks: how grave it is, and how it is told."""

    ABLE = (Severity.HIGH, "its wheel can do what its source distribution does not show, in {0}")
    HOOK = (Severity.MEDIUM, "its wheel brings a start-up hook that its source distribution lacks, {0}")
    CHANGED = (Severity.MEDIUM, "its wheel holds other code than its source distribution, in {0}")
    BYTE_CODE = (Severity.MEDIUM, "its wheel holds byte code without its source, {0}")
    PLAIN = (Severity.LOW, "its wheel holds Python that its source distribution lacks, {0}")


@dataclass(frozen=True, slots=True)
class _Surplus:
    """One file of a wheel with what its source does not show."""

    kind: _Kind
    file: FileFacts
    site: str
    facts: tuple[Fact, ...] = ()

    @property
    def key(self) -> object:
        """What makes it the same in two versions: bytes may differ, abilities not."""
        return self.kind, self.site, frozenset(_ability(fact) for fact in self.facts)


@dataclass(slots=True)
class _Sources:
    """The files of all source distributions: by hash, by path, and by what is left of a path below a few folders.

    Looked up and never searched: a release may hold a hundred thousand files, all of one name.
    """

    hashes: set[str] = field(default_factory=set)
    paths: dict[str, list[FileFacts]] = field(default_factory=dict)
    below: dict[str, list[FileFacts]] = field(default_factory=dict)

    def add(self, artifact: ArtifactFacts) -> None:
        for file in artifact.files:
            self.hashes.add(file.sha256)
            self.paths.setdefault(file.path.removeprefix("src/"), []).append(file)
            for rest in _below(file.path):
                self.below.setdefault(rest, []).append(file)

    def of(self, site: str) -> list[FileFacts]:
        """What a file of the wheel can have been made from: projects keep code in `src/` or `lib/`, or map a folder."""
        mapped = [file for rest in _below(site) for file in self.paths.get(rest, ())]
        return [*self.below.get(site, ()), *mapped]


def _surplus(artifacts: Iterable[ArtifactFacts]) -> Iterator[_Surplus]:
    artifacts = tuple(artifacts)
    sources = _Sources()
    for artifact in artifacts:
        if artifact.kind is ArtifactKind.SDIST:
            sources.add(artifact)
    if not sources.hashes:
        return
    said: set[object] = set()
    for artifact in artifacts:
        if artifact.kind is ArtifactKind.WHEEL:
            paths = {file.path for file in artifact.files}
            for file in artifact.files:
                one = _judge(file, sources, paths)
                if one is not None and one.key not in said:  # wheels for several machines hold the same
                    said.add(one.key)
                    yield one


def _judge(file: FileFacts, sources: _Sources, wheel: set[str]) -> _Surplus | None:
    placed = _INSTALLED.fullmatch(file.path)
    site = placed.group(1) if placed else file.path
    if file.sha256 in sources.hashes or file.reach in ASIDE or ".dist-info/" in file.path:
        return None
    if site.endswith(_BYTE_CODE):
        return _byte_code(file, site, sources, wheel)
    hook = any(fact.id is FactId.STARTUP_HOOK for fact in file.facts)
    if file.language != "python" and not hook:
        return None
    made_from = sources.of(site)
    shown = {_ability(fact) for source in made_from for fact in source.facts}
    abilities = tuple(fact for fact in file.facts if fact.id in _ABLE)
    able = tuple(fact for fact in abilities if _ability(fact) not in shown)
    unknown = any(source.partly for source in made_from)  # what is not known of the source cannot be missed in it
    if made_from and abilities and (unknown or not able):  # the same calls; what they are given may be other
        return _Surplus(_Kind.CHANGED, file, site, abilities)
    if able:
        only_hook = all(fact.id is FactId.STARTUP_HOOK for fact in able)  # some are written by the build
        return _Surplus(_Kind.HOOK if only_hook else _Kind.ABLE, file, site, able)
    return None if made_from or site.endswith(".pyi") else _Surplus(_Kind.PLAIN, file, site)


def _ability(fact: Fact) -> object:
    """What a line can do, and with what: the same call with another host or source of data is another."""
    return identity(fact), fact.hosts, frozenset((origin.kind, origin.detail) for origin in fact.origins)


def _byte_code(file: FileFacts, site: str, sources: _Sources, wheel: set[str]) -> _Surplus | None:
    """Byte code whose source stands in neither; `__pycache__/x.cpython-311.pyc` is made from `x.py`."""
    folder, name = posixpath.split(site)
    source = posixpath.join(folder.removesuffix("__pycache__").rstrip("/"), f"{name.partition('.')[0]}.py")
    if source in wheel or sources.of(source):
        return None
    abilities = tuple(fact for fact in file.facts if fact.id in _ABLE)
    return _Surplus(_Kind.ABLE if abilities else _Kind.BYTE_CODE, file, site, abilities)


def _below(path: str) -> Iterator[str]:
    """The path, and what is left of it below its first folders."""
    yield path
    for _ in range(_FOLDERS):
        _, slash, path = path.partition("/")
        if not slash:
            return
        yield path


def _told(found: list[_Surplus], kind: _Kind, *, new: bool) -> Finding:
    severity, says = kind.value
    found.sort(key=lambda one: (one.file.reach.rank, one.site))
    more = "" if len(found) == 1 else f" and {len(found) - 1:,} more file{'s' if len(found) > 2 else ''}"
    return CARD.finding(
        Words(says + more, (found[0].site,)),
        list(_evidence(found))[:_SHOWN],
        reach=found[0].file.reach,
        new=new,
        severity=severity,
        confidence=Confidence.LOW if severity is Severity.LOW else None,
    )


def _evidence(found: Iterable[_Surplus]) -> Iterator[Evidence]:
    for one in found:
        if not one.facts:
            yield Evidence(one.file.path, 0, Words("stands in the wheel only"))
        for fact in one.facts[:2]:
            yield Evidence(one.file.path, fact.line, does(fact), fact.evidence)


def _record(artifact: ArtifactFacts) -> Iterator[Finding]:
    reaches = {file.path: file.reach for file in artifact.files}
    wrong: dict[Severity, list[Oddity]] = {}
    for oddity in artifact.oddities:
        if oddity.id == "record-mismatch":
            grave = not oddity.member or oddity.member.endswith((*_CODE, "RECORD"))
            wrong.setdefault(Severity.HIGH if grave else Severity.MEDIUM, []).append(oddity)
        elif oddity.id == "record-incomplete":
            wrong.setdefault(Severity.MEDIUM, []).append(oddity)
    for severity, oddities in wrong.items():
        member = oddities[0].member
        yield CARD.finding(
            Words("its wheel does not match its own RECORD, first in {0}", (member,))
            if member
            else Words("its wheel does not match its own RECORD"),
            [Evidence(one.member or artifact.filename, 0, Words("{0}", (one.detail,))) for one in oddities[:_SHOWN]],
            reach=min((reaches.get(one.member, Reach.NONE) for one in oddities), key=_rank),
            severity=severity,
            confidence=Confidence.HIGH,
        )


def _rank(reach: Reach) -> int:
    return reach.rank
