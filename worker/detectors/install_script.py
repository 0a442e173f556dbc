"""Runs commands when it is installed.

Installing should only copy files. A package with an install step runs code on every machine that installs it, before
anybody imports it, with the rights and the secrets of whoever installs.

Looks at    npm's `preinstall`, `install` and `postinstall` scripts, a `binding.gyp` that npm builds unasked, a
            `setup.py` that does more than call `setup` with plain data, and build code of the package's own that
            `pyproject.toml` or `setup.cfg` names.
Reports     each step: high when the old version lacked it or ran another command, medium when the package is new here.
            A `setup.py` counts as the same step whatever it says: what it can do is told by the other rules.
Blind to    code that waits for the first import, and what a compiler or a build tool of its own runs.
What to do  Read the command. Keep the old version, or install with scripts switched off, until somebody can explain it.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import shown
from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="install-script",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_BY_COMMAND = frozenset({"preinstall", "install", "postinstall", "build-backend"})  # the command is the step


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each install step, and whether it is new or changed in the version under review."""
    old = {(fact.detail, *_command(fact)) for _, fact in _steps(specimen.before)} if specimen.before else set()
    triggers = {detail for detail, *_ in old}
    for file, fact in _steps(specimen.after):
        new = (fact.detail, *_command(fact)) not in old
        yield CARD.finding(
            _message(fact, changed=new and fact.detail in triggers),
            [shown(file, fact)],
            reach=file.reach,
            new=new,
            severity=Severity.HIGH if new and specimen.is_upgrade else Severity.MEDIUM,
        )


def _steps(artifact: ArtifactFacts) -> Iterator[tuple[FileFacts, Fact]]:
    for file in artifact.files:
        for fact in file.facts:
            if fact.id is FactId.INSTALL_SCRIPT:
                yield file, fact


def _command(fact: Fact) -> tuple[str, ...]:
    return (" ".join(fact.evidence.split()),) if fact.detail in _BY_COMMAND else ()


def _message(fact: Fact, *, changed: bool) -> Words:
    match fact.detail:
        case "binding.gyp":
            return Words("installing it compiles native code with node-gyp")
        case "setup.py":
            return Words("building it runs code of its own in {0}", ("setup.py",))
        case "build-backend":
            return Words("building it runs code of its own ({0})", (fact.evidence,))
        case _ if changed:
            return Words("its install step changed and runs {0}", (fact.evidence,))
        case _:
            return Words("its install step runs {0}", (fact.evidence,))
