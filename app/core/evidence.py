"""How detectors say what they saw: who acts, what a line does, and which step brings it to run.

Messages are clauses that stand alone ("its install step reads npm credentials …"); words of strangers are values.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from app.core.finding import Evidence, Finding, Reach, Words
from app.core.lineage import ancestors
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Origin, OriginKind, Specimen
from app.core.vocabulary import credential_file

UNASKED = frozenset({Reach.INSTALL, Reach.STARTUP})  # nobody decides to run it
ASIDE = frozenset({Reach.TEST, Reach.DOCUMENT})  # does not run where the package is used
_SUBJECT = {
    Reach.INSTALL: "its install step",
    Reach.STARTUP: "its start-up hook",
    Reach.IMPORT: "its code",
    Reach.COMMAND: "its command",
    Reach.BUILD: "its build",
    Reach.TEST: "a test of it",
    Reach.DOCUMENT: "its documentation",
    Reach.NONE: "a file that nothing in it loads",
}
_DOES = {  # {0}: the fact's detail
    FactId.CREDENTIAL_FILE: "reads {0}",
    FactId.STORE: "names {0}",
    FactId.COIN_ADDRESS: "holds {0}",
    FactId.REPLACED: "puts its own function for {0}",
    FactId.WIPE: "{0}",
    FactId.SPREAD: "{0}",
    FactId.DYNAMIC_CODE: "runs data as code",
    FactId.DECODE: "decodes data",
    FactId.NATIVE_CODE: "holds or loads native code",
    FactId.INSTALL_SCRIPT: "runs when it is installed",
    FactId.STARTUP_HOOK: "runs at every start of Python",
    FactId.SECRET: "holds {0}",
}
_STEPS = (FactId.INSTALL_SCRIPT, FactId.STARTUP_HOOK)


def subject(reach: Reach) -> str:
    """Who acts, at the start of a message: `its install step`."""
    return _SUBJECT[reach]


def does(fact: Fact) -> Words:
    """What a line does, for the evidence."""
    match fact.id:
        case FactId.NETWORK:
            return Words("talks to {0}", (fact.hosts[0],)) if fact.hosts else Words("uses the network", ())
        case FactId.PROCESS:
            return Words("starts a program")
        case FactId.FILE_READ | FactId.FILE_WRITE:
            verb = "reads" if fact.id is FactId.FILE_READ else "writes"
            return Words(f"{verb} {{0}}", (fact.detail,))
        case FactId.ENVIRONMENT:
            return _reads_environment(fact.detail)
        case FactId.CLIPBOARD:
            return Words("reads the clipboard" if fact.detail.startswith("reads") else "writes to the clipboard")
        case _:
            says = _DOES.get(fact.id, "{0}")
            return Words(says, (fact.detail,) if "{0}" in says else ())


def shown(file: FileFacts, fact: Fact, says: Words | None = None) -> Evidence:
    """One line of the package as evidence."""
    return Evidence(file.path, fact.line, says or does(fact), fact.evidence)


def source(file: FileFacts, origin: Origin) -> Evidence:
    """The line where data that flows into a sink was read."""
    on_line = [fact for fact in file.facts if fact.line == origin.line and fact.evidence]
    same = [fact for fact in on_line if fact.detail == origin.detail]
    text = next((fact.evidence for fact in same or on_line), "")
    return Evidence(file.path, origin.line, _reads(origin), text)


def first_lines(places: Iterable[tuple[FileFacts, Fact]], most: int) -> list[Evidence]:
    """The evidence of the first facts, each line once, at most so many."""
    lines: dict[tuple[str, int], tuple[FileFacts, Fact]] = {}
    for file, fact in places:
        lines.setdefault((file.path, fact.line), (file, fact))
    return [shown(*place) for place in list(lines.values())[:most]]


def step(artifact: ArtifactFacts, file: FileFacts) -> tuple[Evidence, ...]:
    """The manifest line that brings a file to run unasked: one, or none when the file is that manifest itself."""
    if file.reach not in UNASKED or any(fact.id in _STEPS for fact in file.facts):
        return ()
    wanted = _STEPS[0] if file.reach is Reach.INSTALL else _STEPS[1]
    steps = artifact.steps[wanted]
    name = posixpath.splitext(posixpath.basename(file.path))[0]
    naming = [found for found in steps if name in found[1].evidence]
    return tuple(shown(*found) for found in (naming or steps)[:1])


def beside_the_old(specimen: Specimen, judge: Callable[[ArtifactFacts], Iterable[Finding]]) -> Iterator[Finding]:
    """Findings of the new artifact, each once; not new where the same judgement of the old one says the same.

    What is said of a file counts as the same wherever that file stood before.
    """
    old = {finding.message for finding in judge(specimen.before)} if specimen.before else set()
    was: Mapping[str, FileFacts] | None = None
    said: set[Words] = set()
    for finding in judge(specimen.after):
        message = finding.message
        if message not in said:
            said.add(message)
            new = message not in old
            if new and old and specimen.before is not None and _names_a_file(message, specimen.after):
                was = ancestors(specimen.before, specimen.after) if was is None else was
                new = _before(message, was) not in old
            yield replace(finding, new=new)


def _names_a_file(message: Words, artifact: ArtifactFacts) -> bool:
    return any(value in artifact.by_path for value in message.values)


def _before(message: Words, was: Mapping[str, FileFacts]) -> Words:
    """What would have been said of the old version, in which files had other names."""
    return Words(message.template, tuple(was[value].path if value in was else value for value in message.values))


def holds(origin: Origin) -> tuple[str, tuple[str, ...]]:
    """What an origin is called in a message: a template with `{0}` for a stranger's word, and that word."""
    match origin.kind:
        case OriginKind.ENVIRONMENT if origin.detail == "*":
            return "the whole environment", ()
        case OriginKind.ENVIRONMENT:
            return "the variable {0}", (origin.detail,)
        case OriginKind.CREDENTIAL_FILE:
            return credential_file(origin.detail) or "credentials", ()
        case OriginKind.METADATA_SERVICE:
            return "the machine's cloud credentials", ()
        case _:
            return "{0}", (origin.detail,)


def _reads(origin: Origin) -> Words:
    match origin.kind:
        case OriginKind.ENVIRONMENT:
            return _reads_environment(origin.detail)
        case OriginKind.DOWNLOAD:
            return Words("downloads it")
        case OriginKind.DECODED:
            return Words("decodes it")
        case OriginKind.METADATA_SERVICE:
            return Words("asks the cloud for the machine's credentials")
        case OriginKind.PROCESS:
            return Words("takes what another program printed")
        case _:
            return Words("reads {0}", (origin.detail,))


def _reads_environment(variable: str) -> Words:
    return Words("reads the whole environment") if variable == "*" else Words("reads the variable {0}", (variable,))
