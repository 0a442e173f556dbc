"""What travels between the worker, the template process and a sealed child: JSON, checked against these shapes.

An order goes over the control socket as one packet, with the descriptors of the answer, the question, the archive (if
there is one) and the ending. The question lies in a memory file, the answer is an `Inspection` on a pipe of the child's
own, and the ending comes from the template, over a pipe that the child never holds: so a child can lie about a package,
never about its own death.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

from app.core.package import Package
from app.core.ports import Inspection
from app.core.specimen import ArtifactFacts, ArtifactKind
from worker.inspection.limits import Limits
from worker.inspection.seal.layers import Layer

STARTED = b"started\n"  # the first thing on the ending's pipe: from here on the child's time runs

DONE, FAULT, OUT_OF_MEMORY, NOT_SEALED = 0, 70, 71, 72
"""How a child exits."""


class Errand(StrEnum):
    """What a child is for."""

    EXAMINE = "examine"
    NATIVE = "native"  # the same for the native files that an examination left unread: the question knows the rest
    PROBE = "probe"  # answer whether the one layer of the order holds
    ATTEMPT = "attempt"  # answer what became of everything that is forbidden


@dataclass(frozen=True, slots=True)
class Order:
    """What the template has to know to fork a child. `archive`: whether its descriptor comes along."""

    errand: Errand
    layers: tuple[Layer, ...]
    limits: Limits
    archive: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What a child has to know. `sha256` and `size` are the archive's, computed by the worker."""

    package: Package
    filename: str
    kind: ArtifactKind
    sha256: str
    size: int
    limits: Limits
    known: ArtifactFacts | None = None
    previous: Package | None = None
    before: ArtifactFacts | None = None
    registered: tuple[tuple[str, str], ...] = ()
    hand_over: bool = False


Examine = Callable[[Question, BinaryIO | None], Inspection]
"""What a child does with a question; the archive is open for reading at 0, None when its facts are known."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a child ended. Either `code` or `signal` is set; `peak` is the most memory it held, in bytes."""

    code: int | None
    signal: int | None
    timed_out: bool
    peak: int


@dataclass(frozen=True, slots=True)
class Ready:
    """What the template says once it has loaded everything. `network`: whether it left the network."""

    network: bool
