"""Starts programs when it is installed.

A program that an install step starts runs with the rights of whoever installs, and can do what no review of the package
shows.

Looks at    code that runs while the package is installed or built (scripts, `setup.py`, build backends, and the files
            they load and start), and the programs that it starts.
Reports     high when it starts anything but compilers, build tools and questions to the system, which are not told;
            medium where it asks npm for a package or starts a program by a computed path, as installers of tools do,
            and where a `setup.py` or a build backend looks for a compiler by a computed name, or publishes when told.
Blind to    what the named build tools run in turn (`make`, `cmake`). Programs that are fetched or decoded and then run
            have rules of their own, and are not told twice.
What to do  Look at the command. Install with scripts switched off until somebody can explain it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from app.core.build_tools import is_build_tool
from app.core.evidence import beside_the_old, first_lines, step
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.flow import executed
from app.core.package import INSPECTED
from app.core.remote_shell import remote_shells
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, ArtifactKind, Fact, FactId, FileFacts, OriginKind, Specimen

CARD = RuleCard(
    id="install-shell",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_SHOWN = 3  # lines of evidence
_NAMED = 4  # programs in the message
_COMPUTED = "…"
_FETCHES = frozenset({"curl", "wget"})  # the network is told by its own rule
# What build scripts of Python do as well: publish when they are told to, and look for libraries with a package manager.
_MILD_IN_PYTHON = frozenset({_COMPUTED, "twine", "git push", "twine upload", "python setup.py", "brew", "port"})
# They fetch from the registry, as the installation itself does; installers of compiled tools start those by their path.
_MILD_IN_JAVASCRIPT = frozenset({"npm", "yarn", "pnpm", "brew", _COMPUTED, f"node {_COMPUTED}"})
_LINES = re.compile(r"(?:^|\.)exec(?:Sync)?$")  # calls that take a line for the shell
_INTERPRETERS = frozenset({"node", "python", "sh", "bash", "cmd", "deno", "bun", "pypy", "tsx", "ts-node"})


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report what the package's install step starts: one finding, with the first lines that do."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    own = frozenset(posixpath.basename(file.path) for file in artifact.files)
    places = [(file, fact) for file in artifact.files if file.reach is Reach.INSTALL for fact in _starts(file, own)]
    if not places:
        return
    places.sort(key=lambda place: _is_mild(artifact.kind, place[1], own))
    names = tuple(dict.fromkeys(name for _, fact in places for name in _foreign(fact, own) if name != _COMPUTED))
    yield CARD.finding(
        _message(names),
        [*step(artifact, places[0][0]), *first_lines(places, _SHOWN)],
        reach=Reach.INSTALL,
        severity=Severity.MEDIUM if _is_mild(artifact.kind, places[0][1], own) else Severity.HIGH,
    )


def _starts(file: FileFacts, own: frozenset[str]) -> Iterator[Fact]:
    """Lines that start something worth a word and that no other rule tells."""
    flows = [flow for kind in (OriginKind.DOWNLOAD, OriginKind.DECODED) for flow in executed(file, kind)]
    shells = list(remote_shells(file))
    told = {flow.sink.line for flow in flows} | {shell.sink.line for shell in shells}
    told |= {shell.started.line for shell in shells if shell.started is not None}
    for fact in file.facts:
        if fact.id is FactId.PROCESS and fact.line not in told and _foreign(fact, own):
            yield fact


def _foreign(fact: Fact, own: frozenset[str]) -> list[str]:
    """The programs of a fact that are neither tools nor scripts of the package, which are examined themselves.

    A program that publishes or installs is a fact of its own (`npm publish`), beside that of the call that starts it.
    """
    programs = fact.programs or (fact.detail if " " in fact.detail else _COMPUTED,)
    return [name for name in programs if not _is_ordinary(name, own)]


def _is_ordinary(name: str, own: frozenset[str]) -> bool:
    program, _, script = name.partition(" ")
    if is_build_tool(name) or name in _FETCHES:
        return True
    if script and program in _INTERPRETERS:
        return script in own or script in {"-c", "-e", "-p"} or script.startswith("-m build")
    return False


def _is_mild(kind: ArtifactKind, fact: Fact, own: frozenset[str]) -> bool:
    """Whether it is what honest build scripts of its language often do."""
    foreign = frozenset(_foreign(fact, own))
    if kind is not ArtifactKind.NPM_TARBALL:
        return foreign <= _MILD_IN_PYTHON and "://" not in fact.evidence
    computed_line = _COMPUTED in foreign and _LINES.search(fact.detail) is not None
    return foreign <= _MILD_IN_JAVASCRIPT and not computed_line and "://" not in fact.evidence


def _message(names: tuple[str, ...]) -> Words:
    if not names:
        return Words("its install step starts programs")
    listed = ", ".join(f"{{{at}}}" for at in range(min(len(names), _NAMED)))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return Words(f"its install step starts {listed}{more}", names[:_NAMED])
