"""The inspector that production uses: every artifact is opened in a sealed child of its own."""

from __future__ import annotations

import hashlib
import os
import sys
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from io import FileIO, UnsupportedOperation
from types import TracebackType
from typing import BinaryIO, Self

import msgspec

from app.core.errors import Reason, SettingsError
from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactFacts, NotExamined
from worker.inspection.conversation import Reply, converse, in_memory
from worker.inspection.endings import explained
from worker.inspection.engine import ENGINE
from worker.inspection.limits import MIB, MOST_OWN, Limits
from worker.inspection.seal.layers import ALL, FENCES, Layer
from worker.inspection.seal.probe import PROGRAM, SUCCEEDED
from worker.inspection.second_look import combined, needed
from worker.inspection.template_process import TEMPLATE, TemplateLost, TemplateProcess
from worker.inspection.wire import Errand, Order, Question

_TRIES = 2  # a template that was lost is started anew, once an inspection


@dataclass(frozen=True, slots=True)
class _Held:
    """A template and the layers that hold in its children."""

    template: TemplateProcess
    layers: tuple[Layer, ...]


class SealedInspector:
    """Opens archives in sealed children, at most `pool` at a time; safe to share between threads and forked processes.

    The template process starts with the first use, or with `start`. A worker that forks a process for each job calls
    `start` before it forks: then all its jobs share one template. A job that finds it dead starts one of its own.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        pool: int = 2,
        layers: Collection[Layer] = ALL,
        allow_unsealed: bool = False,
        program: Sequence[str] = TEMPLATE,
    ) -> None:
        if not sys.platform.startswith("linux"):
            raise SettingsError(("Packages are opened in a sealed process, which needs Linux.",))
        self.limits = limits or Limits()
        self._pool = pool
        self._wanted = tuple(layer for layer in ALL if layer in layers)
        self._allow_unsealed = allow_unsealed
        self._program = program
        self._lock = threading.Lock()
        self._lock_owner = os.getpid()
        self._held: _Held | None = None

    def start(self) -> None:
        """Start the template and find out which layers hold, unless that is done.

        Raise `SettingsError` when neither Landlock nor seccomp holds, unless that was allowed, and `TemplateLost` when
        there is no starting it.
        """
        self._hold()

    def layers(self) -> tuple[str, ...]:
        """The layers that hold, each tried in a child that wore it alone; starts the template if need be."""
        return tuple(str(layer) for layer in self._hold().layers)

    def attempts(self) -> Mapping[str, str]:
        """What became of everything that is forbidden, tried in a child with all layers: "succeeded", or an error."""
        held = self._hold()
        reply = converse(held.template, self._order(Errand.ATTEMPT, held.layers), b"")
        became = {PROGRAM: SUCCEEDED}  # whoever starts a program is not there any more to say so
        for line in reply.answer.splitlines():
            became |= msgspec.json.decode(line, type=dict[str, str])
        return became

    def inspect(self, request: InspectionRequest) -> Inspection:
        """Inspect one artifact. Whatever the package does comes back as a value.

        Facts are taken only when they are about the artifact that was asked for. `not_examined` holds everything, what
        the facts say of it included.
        """
        if request.archive is None and request.known is None:
            raise ValueError(f"{request.filename}: neither an archive nor facts to inspect")
        archive = None if request.known is not None else request.archive
        with _read_only(archive) as file:
            sha256, size = (request.known.sha256, request.known.size) if request.known else _measured(file)
            question = Question(
                package=request.package,
                filename=request.filename,
                kind=request.kind,
                sha256=sha256,
                size=size,
                limits=self.limits,
                known=request.known,
                previous=request.previous,
                before=request.before,
                registered=request.registered,
                hand_over=request.hand_over,
            )
            try:
                inspection = self._inspection(question, self._ask(question, file))
                if file is None or not needed(inspection):
                    return inspection
                return combined(inspection, self._second_look(question, inspection, file))
            except TemplateLost as error:
                return _nothing(question, Reason.CRASHED, str(error))

    def close(self) -> None:
        """End the template. A later use starts it again."""
        with self._guard():
            held, self._held = self._held, None
        if held is not None:
            held.template.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _second_look(self, question: Question, first: Inspection, archive: FileIO) -> Inspection:
        """What a child of its own reads in the native files, and finds with that; nothing when it ends badly."""
        again = replace(question, known=first.facts, hand_over=False)
        try:
            reply = self._ask(again, archive, Errand.NATIVE)
        except TemplateLost as error:
            return _nothing(question, Reason.CRASHED, str(error))
        return self._inspection(question, reply)

    def _ask(self, question: Question, archive: FileIO | None, errand: Errand = Errand.EXAMINE) -> Reply:
        asked = msgspec.json.encode(question)
        for attempt in range(1, _TRIES + 1):
            held = self._hold()
            try:
                order = replace(self._order(errand, held.layers), archive=archive is not None)
                reply = converse(held.template, order, asked, archive)
                if reply.ending is not None or reply.flooded:
                    return reply
            except TemplateLost:
                if attempt == _TRIES:
                    raise
            self._drop(held)
        raise TemplateLost("The process that opens packages ended before it answered, twice.")

    def _inspection(self, question: Question, reply: Reply) -> Inspection:
        if reply.flooded or reply.ending is None:
            most = f"more than {self.limits.answer // MIB} MiB"
            return _nothing(question, Reason.CRASHED, f"Examining {question.filename} gave {most} as its answer.")
        try:
            inspection = msgspec.json.decode(reply.answer, type=Inspection) if reply.ending.code == 0 else None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            inspection = None
        if inspection is None or not _is_about(question, inspection.facts):
            return Inspection(None, not_examined=(explained(question.filename, reply.ending, self.limits),))
        own = inspection.own[:MOST_OWN] if question.hand_over else ()
        return replace(inspection, facts=question.known or inspection.facts, own=own)

    def _order(self, errand: Errand, layers: tuple[Layer, ...]) -> Order:
        return Order(errand, layers, self.limits)

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """The lock around starting; a forked process gets a new one, for the old one may have been held."""
        if self._lock_owner != os.getpid():
            self._lock, self._lock_owner = threading.Lock(), os.getpid()
        with self._lock:
            yield

    def _hold(self) -> _Held:
        with self._guard():
            if self._held is None:
                self._held = self._start()
            return self._held

    def _drop(self, held: _Held) -> None:
        """Forget a template that was lost, unless somebody else did already."""
        with self._guard():
            if self._held is held:
                held.template.close()
                self._held = None

    def _start(self) -> _Held:
        template = TemplateProcess(self._program, self._pool, leave_network=Layer.NETWORK in self._wanted)
        try:
            layers = tuple(layer for layer in self._wanted if self._holds(template, layer))
            if not self._allow_unsealed:
                _require_fence(layers)
        except BaseException:
            template.close()
            raise
        return _Held(template, layers)

    def _holds(self, template: TemplateProcess, layer: Layer) -> bool:
        if layer is Layer.NETWORK and not template.network:
            return False
        reply = converse(template, self._order(Errand.PROBE, (layer,)), b"")
        if reply.ending is None:
            raise TemplateLost("The process that opens packages ended while its fence was tried.")
        return reply.answer == b"true"


def _require_fence(layers: Collection[Layer]) -> None:
    if not FENCES.intersection(layers):
        problem = (
            "Packages cannot be opened safely on this machine: neither Landlock (Linux 5.13 or newer) nor seccomp "
            f"could be put on the process that reads them (layers that hold: {', '.join(layers) or 'none'})."
        )
        raise SettingsError((problem,))


def _is_about(question: Question, facts: ArtifactFacts | None) -> bool:
    if facts is None:
        return True
    about = (facts.engine, facts.filename, facts.kind, facts.sha256, facts.size)
    return about == (ENGINE, question.filename, question.kind, question.sha256, question.size)


def _nothing(question: Question, reason: Reason, detail: str) -> Inspection:
    return Inspection(None, not_examined=(NotExamined(question.filename, reason, detail),))


@contextmanager
def _read_only(archive: BinaryIO | None) -> Iterator[FileIO | None]:
    """The archive as a descriptor of its own, which can neither write to it nor move anybody else's place in it."""
    if archive is None:
        yield None
        return
    try:
        descriptor = os.open(f"/proc/self/fd/{archive.fileno()}", os.O_RDONLY | os.O_CLOEXEC)
    except (UnsupportedOperation, OSError):  # not a file of the operating system
        archive.seek(0)
        with in_memory(archive.read()) as file:
            yield file
    else:
        with FileIO(descriptor, "rb") as file:
            yield file


def _measured(file: FileIO | None) -> tuple[str, int]:
    """SHA-256 and size. The worker computes them itself: facts are kept under them."""
    assert file is not None
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    size = file.tell()
    file.seek(0)
    return sha256, size
