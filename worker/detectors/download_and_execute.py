"""Fetches code and runs it.

What runs is not in the package: it can differ for every machine and every day, and no review of the package shows it.

Looks at    data from the network that reaches `eval`, `exec`, a shell or an interpreter, in JavaScript, Python and
            shell (`curl … | sh`, `exec(requests.get(…).text)`), and downloads written to a file that is run then.
Reports     each place: critical in an install step or start-up hook, high elsewhere, medium in tests, documents and
            shell scripts that nothing in the package starts. A compiled program that is fetched and started by its own
            name, as installers of tools do, is high, and medium when it comes from the registry itself. A timer, which
            nearly always gets a function, is one step softer.
Blind to    programs that one file fetches and another starts: those are told as an install step with network and shell.
What to do  Do not install it. Ask for a version that carries its code, with a hash that the lockfile can hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, source, step, subject
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.flow import Flow, executed, is_timer
from app.core.package import INSPECTED
from app.core.providers import is_registry
from app.core.remote_shell import remote_shells
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, FileFacts, OriginKind, Specimen

CARD = RuleCard(
    id="download-and-execute",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that runs what it fetched."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        flows = list(executed(file, OriginKind.DOWNLOAD))
        if not flows:
            continue
        shells = {shell.sink.line for shell in remote_shells(file)}
        brought = step(artifact, file)
        for flow in flows:
            if flow.sink.line in shells:
                continue  # commands of whoever is at the other end: the rule for shells tells it
            hosts = _hosts(file, flow)
            what, where = "a program" if flow.is_program else "code", " from {0}" if hosts else ""
            yield CARD.finding(
                Words(f"{subject(file.reach)} downloads {what}{where} and runs it", hosts[:1]),
                [*brought, *_lines(file, flow)],
                reach=file.reach,
                severity=_severity(file, flow, hosts),
            )


def _hosts(file: FileFacts, flow: Flow) -> tuple[str, ...]:
    """Where the code comes from: said by the place that runs it, or by the line that fetches it."""
    if flow.sink.hosts:
        return flow.sink.hosts
    return next((fact.hosts for fact in file.facts if fact.line == flow.origin.line and fact.hosts), ())


def _lines(file: FileFacts, flow: Flow) -> Iterator[Evidence]:
    if flow.origin.line != flow.sink.line:
        yield source(file, flow.origin)
    if flow.through is not None and flow.through != flow.sink:
        yield shown(file, flow.through)
    yield shown(file, flow.sink, Words("runs what it downloaded"))


def _severity(file: FileFacts, flow: Flow, hosts: Sequence[str]) -> Severity:
    reach = file.reach
    from_registry = bool(hosts) and all(is_registry(host) for host in hosts)
    unasked, mild = reach in UNASKED, flow.is_program or is_timer(flow.sink)
    if reach in ASIDE or (flow.is_program and from_registry) or (is_timer(flow.sink) and not unasked):
        return Severity.MEDIUM
    if reach is Reach.NONE and file.language == "shell":
        return Severity.MEDIUM  # a project's own set-up: nothing of the package starts it
    return Severity.CRITICAL if unasked and not mild else Severity.HIGH
