"""Looks whether it is watched.

Code that behaves well under a debugger, in a virtual machine or in some countries hides what it does from whoever could
tell of it.

Looks at    questions after debuggers (Windows' functions, `TracerPid`, `debugger` in a loop), names and addresses of
            virtual machines, sandboxes and analysts' tools; and, beside what is dangerous by itself, after the time
            zone, the language and the country, and waits of minutes.
Reports     high in an install step or start-up hook, and beside code that steals, wipes, hands over a shell or runs
            what it fetched or decoded. Medium elsewhere, as libraries that describe a machine and debuggers ask, too;
            and for the place and the waits. Low in tests, documents and what nothing loads.
Blind to    variables of builds (`CI`), the time of day, and what is measured in a way of its own.
What to do  Read what the answer decides. If one way does something that the other does not, do not install it.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.flow import executed, is_timer
from app.core.package import INSPECTED
from app.core.remote_shell import remote_shells
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, OriginKind, Specimen
from app.core.theft import thefts
from app.core.vital_places import PROJECT, vital_place
from app.core.watched import DELAY, kind_of, kinds, triggers, watchers

CARD = RuleCard(
    id="anti-analysis",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)
_SHOWN = 3  # lines that ask


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that asks whether it is watched, or where it runs before it does harm."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        watched = watchers(file)
        asked = watched or triggers(file)
        danger = _danger(file) if asked else None
        if not watched and danger is None:
            continue
        looks = "looks whether it is watched" if watched else "looks where it runs or waits"
        asked.sort(key=lambda fact: fact.line)
        beside = f", beside {danger[0]}" if danger is not None else ""
        yield CARD.finding(
            Words(f"{subject(file.reach)} {looks} ({{0}}){beside}", (kinds(asked),)),
            [
                *step(artifact, file),
                *_lines(file, asked),
                *([shown(file, danger[1])] if danger is not None else []),
            ],
            reach=file.reach,
            severity=_severity(file.reach, watched=bool(watched), harms=danger is not None),
        )


def _lines(file: FileFacts, asked: list[Fact]) -> Iterator[Evidence]:
    """The first lines that ask, each once."""
    by_line: dict[int, Fact] = {}
    for fact in asked:
        by_line.setdefault(fact.line, fact)
    for fact in list(by_line.values())[:_SHOWN]:
        says = Words("waits for minutes") if kind_of(fact) == DELAY else Words("asks for {0}", (fact.detail,))
        yield shown(file, fact, says)


def _danger(file: FileFacts) -> tuple[str, Fact] | None:
    """What this file does that is dangerous by itself, as a clause, and its line."""
    for fact in file.facts:
        if fact.id is FactId.WIPE and vital_place(fact.detail.partition(" ")[2]) != PROJECT:
            return "a deletion", fact
    theft = next((theft for theft in thefts(file)[:1] if theft.severity is Severity.CRITICAL), None)
    if theft is not None:
        return "a theft of secrets", theft.sink
    shell = next(remote_shells(file), None)
    if shell is not None:
        return "a shell for somebody else", shell.sink
    for kind, says in ((OriginKind.DECODED, "hidden code"), (OriginKind.DOWNLOAD, "code that it fetches")):
        for flow in executed(file, kind):
            if not flow.is_program and not is_timer(flow.sink):
                return says, flow.sink
    return None


def _severity(reach: Reach, *, watched: bool, harms: bool) -> Severity:
    if reach in ASIDE or reach is Reach.NONE:
        return Severity.LOW
    return Severity.HIGH if watched and (harms or reach in UNASKED) else Severity.MEDIUM
