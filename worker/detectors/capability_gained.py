"""Can do what the old version could not.

Most releases change what a package does within what it always could. One that begins to reach the network, start
programs or read secrets deserves a look, the more so when it calls itself a patch.

Looks at    the capabilities of the whole package beside those of the version it replaces: network, shell, secrets of
            the environment and credential files, `eval`, native code, install and start-up steps. Tests, documents and
            examples do not count.
Reports     each capability that is new to the package, or new to code that runs unasked. High when it runs unasked, or
            when a patch release gains network, shell or `eval`; medium otherwise; low where nothing loads the file.
Blind to    packages that are new here, and new uses of a capability that the old version had.
What to do  Read the named line and the release notes. Keep the old version until the two agree.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import ASIDE, UNASKED, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.flow import is_timer
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen
from app.core.version_order import is_patch
from app.core.vocabulary import is_secret_variable

CARD = RuleCard(
    id="capability-gained",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_SAYS = {
    "network": "reaches the network",
    "shell": "starts programs",
    "eval": "runs text as code",
    "secrets": "reads secrets",
    "native": "uses native code",
}
_LOUD = frozenset({"network", "shell", "eval"})  # in a patch release
_LOADERS = ("import_module", "__import__", "require")  # choose a module by name; the module's own facts count
_Place = tuple[FileFacts, Fact]


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report what the version under review can do and the one before could not."""
    if specimen.before is None or specimen.previous is None:
        return
    old, new = _places(specimen.before), _places(specimen.after)
    version = (specimen.previous.version,)
    for capability, says in _SAYS.items():
        place = _gained(old.get(capability, []), new.get(capability, []))
        if place is not None:
            reach = place[0].reach
            message = Words(f"{subject(reach)} {says}, which {{0}} did not", version)
            severity = _severity(reach, loud=capability in _LOUD and _is_patch(specimen))
            yield _finding(specimen.after, place, message, severity)
    if "step" in new and "step" not in old:
        message = Words("it runs code without being asked, which {0} did not", version)
        yield _finding(specimen.after, new["step"][0], message, Severity.MEDIUM)  # the step's own rule is louder


def _places(artifact: ArtifactFacts) -> dict[str, list[_Place]]:
    """Where the package has each capability, the most dangerous reach first."""
    found: dict[str, list[_Place]] = {}
    for file in sorted(artifact.files, key=lambda file: file.reach.rank):
        for fact in file.facts if file.reach not in ASIDE else ():
            capability = _capability(fact)
            if capability is not None:
                found.setdefault(capability, []).append((file, fact))
    return found


def _capability(fact: Fact) -> str | None:
    match fact.id:
        case FactId.NETWORK:
            return "network"
        case FactId.PROCESS:
            return "shell"
        case FactId.DYNAMIC_CODE if fact.detail.rpartition(".")[2] not in _LOADERS and not is_timer(fact):
            return "eval"
        case FactId.CREDENTIAL_FILE:
            return "secrets"
        case FactId.ENVIRONMENT if is_secret_variable(fact.detail):
            return "secrets"
        case FactId.NATIVE_CODE:
            return "native"
        case FactId.INSTALL_SCRIPT | FactId.STARTUP_HOOK:
            return "step"
        case _:
            return None


def _gained(old: list[_Place], new: list[_Place]) -> _Place | None:
    """The gravest place when the package lacked the capability, or lacked it in code that runs unasked."""
    if not new:
        return None
    unasked = new[0][0].reach in UNASKED and not any(file.reach in UNASKED for file, _ in old)
    return new[0] if unasked or not old else None


def _finding(artifact: ArtifactFacts, place: _Place, message: Words, severity: Severity) -> Finding:
    file, fact = place
    return CARD.finding(message, [*step(artifact, file), shown(file, fact)], reach=file.reach, severity=severity)


def _severity(reach: Reach, *, loud: bool) -> Severity:
    if reach in UNASKED:
        return Severity.HIGH
    if reach in (Reach.IMPORT, Reach.COMMAND):
        return Severity.HIGH if loud else Severity.MEDIUM
    return Severity.MEDIUM if loud else Severity.LOW


def _is_patch(specimen: Specimen) -> bool:
    """Whether the version calls itself a patch of the one it replaces."""
    old, new = specimen.previous, specimen.package
    return old is not None and is_patch(new.ecosystem, old.version, new.version)
