"""The sealed inspector, and taking turns at work that several need."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from app.core.finding import Finding
from app.core.package import Package
from app.core.specimen import (
    ArtifactFacts,
    ArtifactKind,
    NotExamined,
)


@dataclass(frozen=True, slots=True)
class InspectionRequest:
    """What the sealed child is asked.

    `archive` is read by the child from an inherited descriptor; None when `known` (this artifact's stored facts) is
    given and only the detectors have to run. `before` are the stored facts of the version it replaces. `registered` is
    what the registry says of this version; empty when it was not asked. `hand_over` asks for whole tokens of our own.
    """

    package: Package
    filename: str
    kind: ArtifactKind
    archive: BinaryIO | None = None
    known: ArtifactFacts | None = None
    previous: Package | None = None
    before: ArtifactFacts | None = None
    registered: tuple[tuple[str, str], ...] = ()
    hand_over: bool = False


@dataclass(frozen=True, slots=True)
class OwnToken:
    """A text of the form of our own tokens, with a right checksum, and the file of the package that it stands in.

    Whether it is a token of anybody, only the keyed hash says; until then it is a secret. It is compared and dropped.
    """

    text: str = field(repr=False)
    file: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the sealed child answered. `facts` is None when nothing could be learned; then `not_examined` says why.

    `own` is empty unless the request asked to hand over.
    """

    facts: ArtifactFacts | None
    findings: tuple[Finding, ...] = ()
    not_examined: tuple[NotExamined, ...] = ()
    own: tuple[OwnToken, ...] = field(default=(), repr=False)


class Inspector(Protocol):
    """Opens archives in a sealed child. Never raises for anything a package does."""

    def inspect(self, request: InspectionRequest) -> Inspection:
        """Inspect one artifact; time-outs, crashes and floods come back as `not_examined`."""
        ...


class Turns(Protocol):
    """Who does work that several reviews need at the same moment."""

    def take(self, key: str) -> AbstractContextManager[None]:
        """Wait until nobody else does the work of this key, for a bounded time, then do it. Never fails.

        Whoever waited finds the work done, most of the time, and has to look.
        """
        ...
