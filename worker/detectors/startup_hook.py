"""Runs at every start of Python.

Python runs `import` lines of `.pth` files and the modules `sitecustomize` and `usercustomize` whenever it starts, for
every program of the environment, whether or not the program uses the package.

Looks at    `.pth` files that a wheel puts into `site-packages`, and `sitecustomize` or `usercustomize` modules.
Reports     each hook: critical when its own lines, or a file that they load, reach the network, start programs, read
            credentials or decode data; high otherwise.
Blind to    what a hook loads at a second remove; the other rules see that code and know that it runs at start-up.
What to do  Do not install it into an environment that you need. Ask why a library must run before every program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.core.evidence import beside_the_old, shown
from app.core.finding import Category, Confidence, Finding, Severity, Words
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="startup-hook",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=frozenset({Ecosystem.PYPI}),
    since="0.1",
)
_GRAVE = {
    FactId.NETWORK: ", which reaches the network",
    FactId.PROCESS: ", which starts programs",
    FactId.DECODE: ", which decodes data",
    FactId.CREDENTIAL_FILE: ", which reads credentials",
}


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each start-up hook of the version under review."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        hooks = [fact for fact in file.facts if fact.id is FactId.STARTUP_HOOK]
        if not hooks:
            continue
        grave = [(place, fact) for place in _loaded(file, artifact.files) for fact in place.facts if fact.id in _GRAVE]
        what = _GRAVE[grave[0][1].id] if grave else ""
        yield CARD.finding(
            Words(f"every start of Python runs {{0}}{what}", (file.path,)),
            [shown(file, hooks[0]), *(shown(*one) for one in grave[:2])],
            reach=file.reach,
            severity=Severity.CRITICAL if grave else Severity.HIGH,
        )


def _loaded(hook: FileFacts, files: Iterable[FileFacts]) -> Iterator[FileFacts]:
    """The hook itself and the files that it loads by name."""
    yield hook
    wanted = {f"{reference}{end}" for reference in hook.loads for end in (".py", "/__init__.py")}
    yield from (file for file in files if file.path in wanted and file.path != hook.path)
