"""What a sealed child does: read the archive, gather its facts, run the detectors. It holds no keys.

Whatever a package does to it ends as a value: nothing that a file or a rule breaks loses the rest of the review.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import BinaryIO, Protocol

from app.core.errors import CannotExamine, Reason
from app.core.finding import Finding
from app.core.ports import Detector, Inspection, OwnToken
from app.core.specimen import ArtifactFacts, ArtifactKind, NotExamined, Oddity, Specimen
from worker.detectors.register import ARTIFACT_DETECTORS
from worker.inspection.archive.listing import Listing
from worker.inspection.archive.meter import ReadersDiffer
from worker.inspection.engine import ENGINE
from worker.inspection.facts.assembly import gather, outstanding
from worker.inspection.facts.native.loading import read_native
from worker.inspection.facts.native.reading import complete
from worker.inspection.facts.secrets.concealment import Concealment, concealed
from worker.inspection.member import Member
from worker.inspection.unpack import members
from worker.inspection.wire import Question


class Gather(Protocol):
    """Members → facts; see `worker.inspection.facts.assembly.gather`."""

    def __call__(
        self,
        members: Iterable[Member],
        *,
        engine: str,
        filename: str,
        kind: ArtifactKind,
        sha256: str,
        size: int,
        before: ArtifactFacts | None,
        oddities: Callable[[], tuple[Oddity, ...]],
        concealment: Concealment,
    ) -> ArtifactFacts:
        """Read all members, once, in their order; what the reader raises passes through."""
        ...


def examine(
    question: Question,
    archive: BinaryIO | None,
    *,
    gather: Gather = gather,
    detectors: Iterable[Detector] = ARTIFACT_DETECTORS,
) -> Inspection:
    """Examine one artifact. Without an archive its known facts are judged again, and not sent back. With an archive and
    known facts, the native files that these left unread are read, and all is judged again.

    `not_examined` of the answer holds everything that counts beside the old version, what the facts say included.
    Whole tokens of our own go along, and no other credential, if the question asks for them.
    """
    concealment = Concealment()
    inspection = _examine(question, archive, gather, detectors, concealment)
    if not question.hand_over:
        return inspection
    own = tuple(OwnToken(text, concealment.mask(file)) for text, file in concealment.own.items())
    return replace(inspection, own=own)


def _examine(
    question: Question,
    archive: BinaryIO | None,
    gather: Gather,
    detectors: Iterable[Detector],
    concealment: Concealment,
) -> Inspection:
    facts = question.known
    if archive is not None:
        listing = Listing()
        try:
            if facts is None:
                facts = _read(question, archive, gather, listing, concealment)
            else:
                facts = complete(facts, _members(question, archive, listing), read_native, concealment)
        except CannotExamine as error:
            return _refused(question, error, listing, detectors)
        except MemoryError:
            return _nothing(question, Reason.MEMORY, f"Reading {question.filename} took more memory than it may.")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not be taken for a clean package
            return _nothing(question, Reason.CRASHED, f"Reading {question.filename} failed: {_where(error)}.")
    if facts is not None and question.registered:
        facts = replace(facts, registered=concealed(question.registered))
    if facts is None:
        return _nothing(question, Reason.CRASHED, f"There was neither an archive nor facts of {question.filename}.")
    findings, failed = _judge(question, facts, detectors)
    return Inspection(
        facts=None if archive is None else facts,
        findings=findings,
        not_examined=(*outstanding(facts, question.before), *failed),
    )


def _judge(
    question: Question, facts: ArtifactFacts, detectors: Iterable[Detector]
) -> tuple[tuple[Finding, ...], tuple[NotExamined, ...]]:
    specimen = Specimen(question.package, facts, question.previous, question.before)
    findings: list[Finding] = []
    failed: list[NotExamined] = []
    for detector in detectors:
        try:
            findings.extend(detector.detect(specimen))
        except Exception as error:  # noqa: BLE001 - one rule's fault never loses the others
            reason = Reason.MEMORY if isinstance(error, MemoryError) else Reason.CRASHED
            detail = f"The rule {detector.CARD.id} failed on it: {_where(error)}."
            failed.append(NotExamined(question.filename, reason, detail))
    return tuple(findings), tuple(failed)


def _read(
    question: Question, archive: BinaryIO, gather: Gather, listing: Listing, concealment: Concealment
) -> ArtifactFacts:
    return gather(
        _members(question, archive, listing),
        engine=ENGINE,
        filename=question.filename,
        kind=question.kind,
        sha256=question.sha256,
        size=question.size,
        before=question.before,
        oddities=listing.oddities,
        concealment=concealment,
    )


def _members(question: Question, archive: BinaryIO, listing: Listing) -> Iterator[Member]:
    return members(archive, question.filename, question.kind, question.limits, listing)


def _refused(question: Question, error: CannotExamine, listing: Listing, detectors: Iterable[Detector]) -> Inspection:
    """An archive that was refused is not examined; what its reader saw of an attack is judged all the same."""
    gap = NotExamined(question.filename, error.reason, error.detail)
    if isinstance(error, ReadersDiffer):
        listing.note("disagreement", "", error.detail)
    elif error.reason is Reason.BOMB:
        listing.note("bomb", "", error.detail)
    seen = Concealment().conceal(
        ArtifactFacts(
            ENGINE,
            question.filename,
            question.kind,
            question.sha256,
            question.size,
            oddities=listing.oddities(),
            not_examined=(gap,),
        )
    )
    findings, failed = _judge(question, seen, detectors) if seen.oddities else ((), ())
    return Inspection(None, findings, (*seen.not_examined, *failed))


def _nothing(question: Question, reason: Reason, detail: str) -> Inspection:
    return Inspection(None, not_examined=(NotExamined(question.filename, reason, detail),))


def _where(error: Exception) -> str:
    """The kind of a fault and its place in our code; never its text, which may quote the package."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
