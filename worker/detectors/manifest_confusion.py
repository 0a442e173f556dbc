"""Packs another manifest than the registry shows.

The registry keeps what the author's tool sent it, and never compares it with the manifest in the archive. People and
scanners read the one, installers run the other: an install step or a dependency can stand in only one of the two.

Looks at    the name, version, scripts, dependencies and commands in the archive's manifest beside the registry's word
            on them, and keys that stand twice in the manifest. What npm rewrites itself when it publishes is the same.
Reports     high for an install step that the registry does not show, or shows otherwise, and for one that stands twice;
            medium for names, versions, dependencies and commands; low for a step that only the registry has.
Blind to    registries that give no document of a single version, and facts that were made without asking one.
What to do  Believe the archive: read its manifest. Do not install a version whose install step was kept out of sight.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from app.core.declaration import BIN, DEPENDENCIES, SCRIPTS, members
from app.core.evidence import beside_the_old
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED, Ecosystem, normalised_name
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, ArtifactKind, FactId, Oddity, Specimen
from app.core.version_order import version_order

CARD = RuleCard(
    id="manifest-confusion",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_STEPS = ("preinstall", "install", "postinstall")
_IMPLICIT = "node-gyp rebuild"  # npm writes it into the registry for a package with a binding.gyp
_MANIFEST = "package.json"
_SHOWN = 5


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each part of the manifest that says two things."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    yield from _identity(artifact)
    packed, registered = dict(artifact.declared), dict(artifact.registered)
    yield from _scripts(artifact, members(packed, SCRIPTS), members(registered, SCRIPTS))
    yield from _rest(members(packed, DEPENDENCIES), members(registered, DEPENDENCIES), "dependencies")
    yield from _rest(members(packed, BIN), members(registered, BIN), "commands")
    yield from _too_many(packed, registered)
    yield from _doubles(artifact)


def _identity(artifact: ArtifactFacts) -> Iterator[Finding]:
    """The name and the version, where the registry was asked."""
    ecosystem = Ecosystem.NPM if artifact.kind is ArtifactKind.NPM_TARBALL else Ecosystem.PYPI
    packed, registered = dict(artifact.metadata), dict(artifact.registered)
    for field in ("name", "version"):
        inside, outside = packed.get(field), registered.get(field)
        if inside is None or outside is None or _same(ecosystem, field, inside, outside):
            continue
        yield CARD.finding(
            Words(f"its archive says that its {field} is {{0}}, the registry says {{1}}", (inside, outside)),
            [Evidence(_manifest_of(artifact), 0, Words(f"gives {{0}} as the {field}", (inside,)))],
        )


def _same(ecosystem: Ecosystem, field: str, inside: str, outside: str) -> bool:
    if field == "name":
        return normalised_name(ecosystem, inside) == normalised_name(ecosystem, outside)
    inside = inside.strip().lstrip("=v")  # as npm cleans versions
    one, other = version_order(ecosystem, inside), version_order(ecosystem, outside)
    return inside == outside or (one is not None and one == other)


def _scripts(
    artifact: ArtifactFacts, packed: dict[str, str] | None, registered: dict[str, str] | None
) -> Iterator[Finding]:
    if packed is None or registered is None:
        return
    started = " ".join(packed.get(step, "") for step in _STEPS).replace(":", " ").split()
    for name, command in packed.items():
        shown = registered.get(name)
        if shown == command or (name not in _STEPS and name not in started):
            continue
        what = "an install step" if name in _STEPS else "a script of an install step"
        told = f"its archive has {what} that the registry does not show: {{0}} runs {{1}}"
        if shown is not None:
            told = f"its archive has {what} that the registry shows otherwise: {{0}} runs {{1}} and not {{2}}"
        yield CARD.finding(
            Words(told, (name, command, shown) if shown is not None else (name, command)),
            [_step(artifact, name, command), *_outside(name, shown)],
            reach=Reach.INSTALL,
            severity=Severity.HIGH,
        )
    for name in _STEPS:
        shown = registered.get(name)
        if shown is not None and name not in packed and shown != _IMPLICIT:
            yield CARD.finding(
                Words("the registry shows an install step that its archive lacks: {0}", (name,)),
                list(_outside(name, shown)),
                severity=Severity.LOW,
            )


def _step(artifact: ArtifactFacts, name: str, command: str) -> Evidence:
    """The line of the manifest, where it is known."""
    for file in artifact.files:
        for fact in file.facts:
            if file.path == _MANIFEST and fact.id is FactId.INSTALL_SCRIPT and fact.detail == name:
                return Evidence(file.path, fact.line, Words("runs when it is installed"), fact.evidence)
    return Evidence(_MANIFEST, 0, Words("runs when it is installed"), command)


def _outside(name: str, shown: str | None) -> Iterator[Evidence]:
    if shown is not None:
        yield Evidence(_MANIFEST, 0, Words("is, by the registry's word, {0}", (f"{name}: {shown}",)))


def _rest(packed: dict[str, str] | None, registered: dict[str, str] | None, what: str) -> Iterator[Finding]:
    """Dependencies or commands: one finding with the first of them."""
    if packed is None or registered is None:
        return
    differing = sorted(name for name in packed.keys() | registered.keys() if packed.get(name) != registered.get(name))
    if not differing:
        return
    told = f"its archive and the registry differ in one of its {what}, {{0}}"
    if len(differing) > 1:
        told = f"its archive and the registry differ in {len(differing):,} of its {what}, {{0}} among them"
    yield CARD.finding(
        Words(told, (differing[0],)),
        [Evidence(_MANIFEST, 0, _difference(name, packed.get(name), registered.get(name))) for name in differing][
            :_SHOWN
        ],
    )


def _difference(name: str, inside: str | None, outside: str | None) -> Words:
    if inside is None:
        return Words("lacks {0}, which the registry gives as {1}", (name, outside or ""))
    if outside is None:
        return Words("names {0} as {1}, which the registry does not show", (name, inside))
    return Words("names {0} as {1}, the registry as {2}", (name, inside, outside))


def _too_many(packed: dict[str, str], registered: dict[str, str]) -> Iterator[Finding]:
    """Groups of which only a hash is kept."""
    for group in (SCRIPTS, DEPENDENCIES, BIN):
        unlisted = members(packed, group) is None or members(registered, group) is None
        if unlisted and group in packed and group in registered and packed[group] != registered[group]:
            yield CARD.finding(
                Words(f"its archive and the registry differ in its {group}, which are too many to be listed")
            )


def _doubles(artifact: ArtifactFacts) -> Iterator[Finding]:
    """Keys that stand twice in the manifest: readers differ in which one counts."""
    steps = {f"scripts.{step}" for step in _STEPS}
    if any(fact.id is FactId.INSTALL_SCRIPT for file in artifact.files for fact in file.facts):
        steps.add("scripts")
    for oddity in artifact.oddities:
        if oddity.id == "duplicate-key":
            grave = any(repr(step) in oddity.detail for step in steps)
            yield CARD.finding(
                Words("its manifest {0} says the same thing twice: {1}", (oddity.member, oddity.detail)),
                [_double(oddity)],
                severity=Severity.HIGH if grave else Severity.LOW,
                reach=Reach.INSTALL if grave else Reach.NONE,
            )


def _double(oddity: Oddity) -> Evidence:
    return Evidence(oddity.member, 0, Words("{0}", (oddity.detail,)))


def _manifest_of(artifact: ArtifactFacts) -> str:
    if artifact.kind is ArtifactKind.NPM_TARBALL:
        return _MANIFEST
    wanted = "METADATA" if artifact.kind is ArtifactKind.WHEEL else "PKG-INFO"
    paths = (file.path for file in artifact.files if posixpath.basename(file.path) == wanted)
    return min(paths, default=artifact.filename)
