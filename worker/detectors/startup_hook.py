"""Runs at every start of Python.

Python runs `import` lines of `.pth` files and the modules `sitecustomize` and `usercustomize` whenever it starts, for
every program of the environment, whether or not the program uses the package.

Looks at    `.pth` files that a wheel puts into `site-packages`, and `sitecustomize` or `usercustomize` modules.
Reports     each hook: critical when its own lines, or a file that they load, reach the network, start programs, read
            credentials or decode data; high otherwise. Medium where a `.pth` file of a package that is new here only
            imports modules of it, which do none of that, run no text as code and load nothing compiled.
Blind to    what a hook loads at a second remove; the other rules see that code and know that it runs at start-up.
What to do  Do not install it into an environment that you need. Ask why a library must run before every program.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

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
_OPAQUE = frozenset({FactId.DYNAMIC_CODE, FactId.NATIVE_CODE, FactId.ENCODED_DATA, FactId.HIDDEN_TEXT})


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each start-up hook of the version under review."""
    return beside_the_old(specimen, partial(_judge, fresh=specimen.before is None))


def _judge(artifact: ArtifactFacts, *, fresh: bool) -> Iterator[Finding]:
    for file in artifact.files:
        hooks = [fact for fact in file.facts if fact.id is FactId.STARTUP_HOOK]
        if not hooks:
            continue
        grave = [
            (place, fact) for place in _loaded(file, artifact.by_path) for fact in place.facts if fact.id in _GRAVE
        ]
        what = _GRAVE[grave[0][1].id] if grave else ""
        mild = Severity.MEDIUM if fresh and _is_plain(file, artifact.by_path) else Severity.HIGH
        yield CARD.finding(
            Words(f"every start of Python runs {{0}}{what}", (file.path,)),
            [shown(file, hooks[0]), *(shown(*one) for one in grave[:2])],
            reach=file.reach,
            severity=Severity.CRITICAL if grave else mild,
        )


def _loaded(hook: FileFacts, files: Mapping[str, FileFacts]) -> Iterator[FileFacts]:
    """The hook itself and the files that it loads by name."""
    yield hook
    wanted = dict.fromkeys(f"{reference}{end}" for reference in hook.loads for end in (".py", "/__init__.py"))
    yield from (files[path] for path in wanted if path in files and path != hook.path)


def _is_plain(hook: FileFacts, files: Mapping[str, FileFacts]) -> bool:
    """Whether a hook's lines and the modules that they load were read whole, and show nothing that hides or acts."""
    places = list(_loaded(hook, files))
    acts = any(fact.id in _OPAQUE for place in places for fact in place.facts)
    return hook.path.endswith(".pth") and len(places) > 1 and not acts and all(place.partly is None for place in places)
