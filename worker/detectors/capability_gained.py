"""Can do what the old version could not.

Most releases change what a package does within what it always could. One that begins to reach the network, start
programs or read secrets deserves a look, the more so when it calls itself a patch.

Looks at    the capabilities of the whole package beside those of the version it replaces: network, shell, secrets of
            the environment and credential files, `eval`, native code, encoded data, install and start-up steps, and
            the hosts that its calls name. Tests, documents and examples do not count. Where a line stands does not
            matter: code that moved is not new.
Reports     each capability that is new to the package, or new to code that runs unasked. High when it runs unasked, or
            when a patch release gains network, shell or `eval`; medium otherwise; low where nothing loads the file.
            Hosts of an organisation that the old version did not name: high where they are named unasked, low else,
            medium in a patch.
Blind to    packages that are new here, new uses of a capability that the old version had, and hosts that are computed.
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
    "encoded": "holds encoded data",
}
_LOUD = frozenset({"network", "shell", "eval"})  # in a patch release
_LOADERS = ("import_module", "__import__", "require")  # choose a module by name; the module's own facts count
_SHORT = 3  # letters of `co` in `example.co.uk`
_HERE = frozenset({"::1", "0.0.0.0"})  # noqa: S104 - names of this machine; nothing is bound
_OWN = (".localhost", ".local", ".internal", ".test")
_Place = tuple[FileFacts, Fact]


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report what the version under review can do and the one before could not."""
    if specimen.before is None or specimen.previous is None:
        return
    old, new = _places(specimen.before), _places(specimen.after)
    version = (specimen.previous.version,)
    told = set()
    for capability, says in _SAYS.items():
        place = _gained(old.get(capability, []), new.get(capability, []))
        if place is not None:
            told.add(capability)
            reach = place[0].reach
            message = Words(f"{subject(reach)} {says}, which {{0}} did not", version)
            severity = _severity(reach, loud=capability in _LOUD and _is_patch(specimen))
            yield _finding(specimen.after, place, message, severity)
    if not told & {"network", "shell"}:  # else it is told what reaches them, and its lines are shown
        yield from _hosts(specimen.before, specimen.after, version, patch=_is_patch(specimen))
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
        case FactId.ENCODED_DATA:
            return "encoded"
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


def _hosts(before: ArtifactFacts, after: ArtifactFacts, version: tuple[str, ...], *, patch: bool) -> Iterator[Finding]:
    """The gravest place that talks to a host of somebody whom the old version did not name anywhere."""
    known = {_owner(host) for file in before.files for fact in file.facts for host in _named(fact)}
    for file in sorted(after.files, key=lambda file: file.reach.rank):
        for fact in file.facts if file.reach not in ASIDE else ():
            host = next((host for host in fact.hosts if _owner(host) not in known and not _is_here(host)), None)
            if host is not None and fact.id in (FactId.NETWORK, FactId.PROCESS):
                message = Words(f"{subject(file.reach)} talks to {{1}}, which {{0}} did not", (*version, host))
                severity = Severity.HIGH if file.reach in UNASKED else Severity.MEDIUM if patch else Severity.LOW
                yield _finding(after, (file, fact), message, severity)
                return


def _named(fact: Fact) -> tuple[str, ...]:
    return (fact.detail,) if fact.id is FactId.HOST else fact.hosts


def _owner(host: str) -> str:
    """Whose a host is, as far as its name says: the last two parts of it, three where the last but one is short."""
    parts = host.lower().rstrip(".").split(".")
    if parts[-1].isdecimal() or ":" in host:
        return host
    return ".".join(parts[-3 if len(parts) > 2 and len(parts[-2]) <= _SHORT else -2 :])


def _is_here(host: str) -> bool:
    """Whether it is this machine or its own network; what has no dot is a name of theirs, or of a scheme."""
    return not {".", ":"} & set(host) or host in _HERE or host.startswith("127.") or host.endswith(_OWN)


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
