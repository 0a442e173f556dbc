"""Changes → what was learned of each package, several at a time, held against the old version and the lockfile.

Knows ports only. Everything that goes wrong with one package becomes a gap of that package, never an exception; a
database that does not answer is no fault of a package.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

from app.core.diff import Change, ChangeKind
from app.core.errors import AssayError, CannotExamine, Reason, StoreUnavailable
from app.core.finding import Finding, Reach
from app.core.integrity import Digest
from app.core.origins import host_of
from app.core.package import INSPECTED, Package, Source, SourceKind
from app.core.provenance import foreign_host, is_commit, is_unproven
from app.core.report import ArtifactSummary
from app.core.specimen import ArtifactFacts, ChangeSpecimen, FactId, FileSpecimen, NotExamined, Served, Surroundings
from worker.lookup import Gathered, Subject, Tools, look_at, old_facts

CAPABILITIES = (
    FactId.NETWORK,
    FactId.PROCESS,
    FactId.FILE_READ,
    FactId.FILE_WRITE,
    FactId.ENVIRONMENT,
    FactId.DYNAMIC_CODE,
    FactId.NATIVE_CODE,
    FactId.INSTALL_SCRIPT,
    FactId.STARTUP_HOOK,
)
LOOK_SECONDS = 0.5  # between two looks at the clock and at who may want us to stop
GRACE = 5.0  # seconds that packages in hand get to end when the time is over, so that their work is kept
MOST_ALIKE = 50  # findings of one package on which every policy decides alike; a hostile package could fill the memory
_QUIET = frozenset({Reach.TEST, Reach.DOCUMENT})  # what tests and documents can do says little about the package


@dataclass(frozen=True, slots=True)
class Examined:
    """All that was learned of one package and its changes, not judged yet.

    `facts` are there for whoever asked to keep them. `interrupted`: it was not examined, or not to its end, because the
    time was over; another run can.
    """

    changes: tuple[Change, ...]
    artifacts: tuple[ArtifactSummary, ...] = ()
    capabilities: tuple[FactId, ...] = ()
    gained: tuple[FactId, ...] = ()
    findings: tuple[Finding, ...] = ()
    gaps: tuple[NotExamined, ...] = ()
    facts: tuple[ArtifactFacts, ...] = field(default=(), repr=False)
    interrupted: bool = False

    @property
    def package(self) -> Package:
        """The package version it is about."""
        return self.changes[0].pin.package


def examine_all(
    changes: Iterable[Change],
    tools: Tools,
    *,
    deadline: float,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
    go_on: Callable[[], bool] = lambda: True,
    keep_facts: bool = False,
) -> tuple[Examined, ...]:
    """Examine every changed package, several at a time, in the order of the changes.

    `deadline` is on the clock of `time.monotonic`. After it, and once `go_on` says no, nothing new begins, what is in
    hand gets `GRACE` seconds, and the rest is a gap ("interrupted"). `progress` is called in this thread with
    (done, all). Facts are let go, package by package, unless they are to be kept: thousands of packages have more of
    them than fits into memory.
    """
    groups = list(_grouped(changes))
    halt = threading.Event()
    if time.monotonic() > deadline:
        halt.set()
    ended: SimpleQueue[Future[Examined]] = SimpleQueue()
    pool = ThreadPoolExecutor(max_workers=max(1, tools.jobs), thread_name_prefix="examine")
    try:
        futures = []
        for group in groups:
            # each with this thread's context, which names the review in the log
            future = pool.submit(copy_context().run, _in_time, group, tools, halt, keep_facts)
            future.add_done_callback(ended.put)
            futures.append(future)
        done = left = 0
        until = float("inf")
        while done + left < len(groups) and time.monotonic() < until:
            try:
                look = LOOK_SECONDS if halt.is_set() else max(0.0, min(LOOK_SECONDS, deadline - time.monotonic()))
                interrupted = ended.get(timeout=look).result().interrupted
                done, left = done + (not interrupted), left + interrupted
                progress(done, len(groups))
            except Empty:
                pass
            if not halt.is_set() and (time.monotonic() > deadline or not go_on()):
                halt.set()
                until = time.monotonic() + GRACE
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return tuple(
        future.result() if future.done() and not future.cancelled() else _interrupted(group)
        for group, future in zip(groups, futures, strict=True)
    )


def examine_files(specimens: Iterable[FileSpecimen], tools: Tools) -> tuple[tuple[str, Finding], ...]:
    """Findings about dependency files as a whole, each with its file's path."""
    return tuple(
        (specimen.path, finding)
        for specimen in specimens
        for detector in tools.file_detectors
        for finding in detector.detect_file(replace(specimen, configured=tools.configured))
    )


def summarise(changes: tuple[Change, ...], gathered: Gathered, before: Sequence[ArtifactFacts]) -> Examined:
    """Put together what several artifacts of one package gave; the same finding in two of them counts once."""
    facts = gathered.facts
    can = _capabilities(facts)
    could = _capabilities(before)
    return Examined(
        changes=changes,
        artifacts=tuple(ArtifactSummary(one.filename, one.sha256, one.size, len(one.files)) for one in facts),
        capabilities=tuple(fact for fact in CAPABILITIES if fact in can),
        gained=tuple(fact for fact in CAPABILITIES if fact in can - could) if before else (),
        findings=_distinct(gathered.findings),
        gaps=tuple(dict.fromkeys(gathered.gaps)),
        facts=tuple(facts),
    )


def _in_time(changes: tuple[Change, ...], tools: Tools, halt: threading.Event, keep_facts: bool) -> Examined:
    if changes[0].after is None:
        return Examined(changes)
    if halt.is_set():
        return _interrupted(changes)
    examined = _whatever_happens(changes, tools)
    return examined if keep_facts else replace(examined, facts=())


def _interrupted(changes: tuple[Change, ...]) -> Examined:
    detail = "This review ran out of its time before it was done with it."
    gap = NotExamined(changes[0].pin.package.label, Reason.INTERRUPTED, detail)
    return Examined(changes, gaps=(gap,), interrupted=True)


def _whatever_happens(changes: tuple[Change, ...], tools: Tools) -> Examined:
    pin = changes[0].pin
    try:
        return _examine(changes, tools)
    except StoreUnavailable:
        raise  # no fault of this package: the whole run is tried again
    except CannotExamine as error:
        gap = NotExamined(pin.package.label, error.reason, error.detail)
    except AssayError as error:
        gap = NotExamined(pin.package.label, Reason.CRASHED, f"The examination failed: {error}")
    return summarise(changes, Gathered(findings=_change_findings(changes, tools, (), ()), gaps=[gap]), ())


def _examine(changes: tuple[Change, ...], tools: Tools) -> Examined:
    """Look one package up, inspect its artifacts beside the old version's, and hold the bytes against the lockfile."""
    change = changes[0]
    pin = change.pin
    if pin.package.ecosystem not in INSPECTED:
        called = pin.package.ecosystem.called
        raise CannotExamine(Reason.ECOSYSTEM, f"Packages of {called} are compared; their contents are not examined.")
    if pin.source.kind is not SourceKind.REGISTRY:
        raise CannotExamine(Reason.UNSUPPORTED_SOURCE, _whence(pin.source))
    registry = tools.registries.get(pin.package.ecosystem)
    if registry is None:
        raise CannotExamine(Reason.UNSUPPORTED_SOURCE, f"No registry is configured for {pin.package.ecosystem}.")
    previous = _previous(change)
    before: tuple[ArtifactFacts, ...] = ()
    if previous is not None and change.before is not None:
        before = old_facts(Subject(previous, change.before.digests, registry, tools, facts_only=True))
    subject = Subject(pin.package, pin.digests, registry, tools, previous, before)
    gathered, offered = look_at(subject)
    served = tuple(gathered.served)
    gathered.findings += _change_findings(changes, tools, served, offered)
    gathered.gaps += _unproven(changes, tools, served, offered)
    return summarise(changes, gathered, before)


def _whence(source: Source) -> str:
    """That a package is not from a registry, and for git whether its commit can move."""
    where = (source.url or source.reference or "the repository itself").partition("#")[0][:200]
    if source.kind is SourceKind.GIT:
        reference = (source.reference or "")[:80]
        at = f"at {reference}, which can move" if reference else "at whatever its main branch holds"
        where += f", at commit {reference[:12]}" if is_commit(source.reference) else f", {at}"
    kind = {SourceKind.GIT: "git", SourceKind.URL: "an address", SourceKind.PATH: "a path"}.get(
        source.kind, "elsewhere"
    )
    return f"It comes from {kind} ({where}); only packages from a registry are opened."


def _change_findings(
    changes: Sequence[Change], tools: Tools, served: tuple[Served, ...], offered: tuple[Digest, ...]
) -> list[Finding]:
    return [
        finding
        for change in changes
        for detector in tools.change_detectors
        for finding in detector.detect_change(_specimen(change, tools, served, offered))
    ]


def _unproven(
    changes: Sequence[Change], tools: Tools, served: tuple[Served, ...], offered: tuple[Digest, ...]
) -> list[NotExamined]:
    """What was examined is the configured registry's archive; that it is what will be installed must be proven."""
    gaps = []
    for change in changes:
        specimen = _specimen(change, tools, served, offered)
        if change.after is not None and is_unproven(specimen):
            address = foreign_host(specimen, change.after) or change.after.source.url
            host = host_of(address) or "an address that cannot be read"
            detail = (
                f"{change.file} takes it from {host}, which is not configured. The configured registry's archive was "
                "examined instead, and no hash tells that it is the same."
            )
            gaps.append(NotExamined(change.pin.package.label, Reason.UNSUPPORTED_SOURCE, detail))
    return gaps


def _specimen(change: Change, tools: Tools, served: tuple[Served, ...], offered: tuple[Digest, ...]) -> ChangeSpecimen:
    around = tools.around.get(change.file, Surroundings())
    return ChangeSpecimen(change, served, offered, around, tools.configured)


def _grouped(changes: Iterable[Change]) -> Iterator[tuple[Change, ...]]:
    """Changes that ask for the same work: the same new version beside the same old one, from the same place."""
    groups: dict[object, list[Change]] = {}
    for change in changes:
        after, before = change.after, change.before
        key = (
            change.pin.package,
            after and (after.source.kind, after.digests),
            before and (before.package, before.digests),
            change.kind is ChangeKind.REMOVED,
        )
        groups.setdefault(key, []).append(change)
    return (tuple(group) for group in groups.values())


def _previous(change: Change | None) -> Package | None:
    if change is None or change.before is None or change.kind not in (ChangeKind.UPGRADED, ChangeKind.DOWNGRADED):
        return None
    return change.before.package if change.before.source.kind is SourceKind.REGISTRY else None


def _capabilities(artifacts: Iterable[ArtifactFacts]) -> set[FactId]:
    return {
        fact.id for one in artifacts for file in one.files if file.reach not in _QUIET for fact in file.facts
    } & set(CAPABILITIES)


def _distinct(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, the graver of two that say the same; of those on which the policy decides alike, some."""
    seen: dict[object, Finding] = {}
    for finding in findings:
        key = (finding.rule, finding.message.plain())
        kept = seen.get(key)
        if kept is None or finding.severity.rank > kept.severity.rank:
            seen[key] = finding
    alike: Counter[object] = Counter()
    some = []
    for finding in seen.values():
        kind = (finding.rule, finding.severity, finding.confidence, finding.reach, finding.new, finding.tells)
        alike[kind] += 1
        if alike[kind] <= MOST_ALIKE:
            some.append(finding)
    return tuple(some)
