"""Takes the whole environment and sends or stores it.

The environment of a build holds its tokens. Nobody needs all of it: whoever takes everything does not know which secret
will be there, and wants whichever is.

Looks at    data flows from all environment variables together (also what `env` prints) to the network, to a file, or to
            the words or the input of another program. An environment that a program inherits does not count.
Reports     critical where it goes to a host that is named, or over the network from an install step or start-up hook.
            High where imported code or a command sends it to a host that it computes, and where an install step or
            start-up hook stores it or hands it over; medium elsewhere, and where the program is a build tool or is not
            known: those that look for programs and compilers look through the environment to find them.
Blind to    variables that are taken one by one: the rule for credentials tells those that are secrets.
What to do  Do not install it. If it was installed anywhere, replace every secret of that machine's environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.build_tools import is_build_tool
from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, source, step, subject
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.providers import is_local
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Origin, OriginKind, Specimen

CARD = RuleCard(
    id="environment-harvest",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_CALL = re.compile(
    r"^(?:open|io|os|fs|fs-extra|json|pickle|yaml|shutil|pathlib|posix|Deno|Bun|jsonfile)(?:\.\w+)*$"
)  # no path
_COMPUTED = "…"  # a program whose name is not known
_PRINTS_ALL = frozenset({"env", "printenv"})  # programs that print all of it


@dataclass(frozen=True, slots=True)
class _Harvest:
    """Where all variables are read, and the line to which they flow; `host` when it is known where that sends them."""

    origin: Origin
    sink: Fact
    host: str | None

    @property
    def leaves(self) -> bool:
        """Whether it goes over the network."""
        return self.sink.id is FactId.NETWORK or self.host is not None


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that takes the whole environment away."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        harvests = sorted(_harvests(file), key=lambda one: (not one.leaves, one.host is None))
        for harvest in harvests[:1]:
            yield CARD.finding(
                _message(file.reach, harvest),
                [*step(artifact, file), *_lines(file, harvest)],
                reach=file.reach,
                severity=_severity(file.reach, harvest),
            )


def _harvests(file: FileFacts) -> Iterator[_Harvest]:
    printers = {fact.line for fact in file.facts if not _PRINTS_ALL.isdisjoint(fact.programs)}
    for fact in file.facts:
        if fact.id not in (FactId.NETWORK, FactId.FILE_WRITE, FactId.PROCESS):
            continue
        origin = next((one for one in fact.origins if _is_everything(one, printers)), None)
        hosts = [host for host in fact.hosts if not is_local(host)]
        if origin is not None and (hosts or not fact.hosts):
            yield _Harvest(origin, fact, hosts[0] if hosts else None)


def _is_everything(origin: Origin, printers: set[int]) -> bool:
    if origin.kind is OriginKind.ENVIRONMENT:
        return origin.detail == "*"
    return origin.kind is OriginKind.PROCESS and origin.line in printers


def _message(reach: Reach, harvest: _Harvest) -> Words:
    takes = f"{subject(reach)} takes the whole environment and"
    if harvest.host is not None:
        return Words(f"{takes} sends it to {{0}}", (harvest.host,))
    match harvest.sink.id:
        case FactId.NETWORK:
            return Words(f"{takes} sends it away")
        case FactId.FILE_WRITE if _CALL.search(harvest.sink.detail) is None:
            return Words(f"{takes} writes it to {{0}}", (harvest.sink.detail,))
        case FactId.FILE_WRITE:
            return Words(f"{takes} writes it to a file")
        case _:
            return Words(f"{takes} hands it to another program")


def _lines(file: FileFacts, harvest: _Harvest) -> Iterator[Evidence]:
    if harvest.origin.line != harvest.sink.line:
        yield source(file, harvest.origin)
    if harvest.host is not None:
        yield shown(file, harvest.sink, Words("sends it to {0}", (harvest.host,)))
    elif harvest.sink.id is FactId.NETWORK:
        yield shown(file, harvest.sink, Words("sends it"))
    else:
        yield shown(file, harvest.sink, Words("stores it" if harvest.sink.id is FactId.FILE_WRITE else "hands it over"))


def _is_search(sink: Fact) -> bool:
    """Whether it may be no more than how a program is found and set up: by `PATH`, `COMSPEC`, `LIB`, names computed."""
    if sink.id is not FactId.PROCESS or sink.detail.endswith((".write", ".end")):
        return False
    return all(program == _COMPUTED or is_build_tool(program) for program in sink.programs)


def _severity(reach: Reach, harvest: _Harvest) -> Severity:
    if reach in ASIDE or reach is Reach.NONE:
        return Severity.MEDIUM
    if harvest.host is not None:
        return Severity.CRITICAL
    if harvest.sink.id is FactId.NETWORK:
        return Severity.CRITICAL if reach in UNASKED else Severity.HIGH
    return Severity.HIGH if reach in UNASKED and not _is_search(harvest.sink) else Severity.MEDIUM
