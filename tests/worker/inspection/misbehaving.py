"""A template process whose children misbehave as the file name of the artifact says: what a hostile package might do.

Run as a script by the tests of the sandbox, in place of `python -I -m worker.inspection`.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from app.core.errors import Reason
from app.core.ports import Inspection
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, NotExamined
from worker.inspection.engine import ENGINE
from worker.inspection.facts.native.reading import UNREAD
from worker.inspection.template import main
from worker.inspection.wire import Question


def misbehave(question: Question, archive: BinaryIO | None) -> Inspection:
    """Do what the file name says, then answer with bare facts."""
    name = question.filename.partition(".")[0]
    if name.startswith("native-"):  # only when it is asked again, about the native file that it left unread
        if question.known is None:
            native = FileFacts("a.node", "a" * 64, 64, facts=(Fact(FactId.NATIVE_CODE, 0, "elf"),), partly=UNREAD)
            return Inspection(replace(_facts(question), files=(native,)))
        name = name.removeprefix("native-")
    BEHAVIOURS.get(name, lambda: None)()
    facts = _facts(question)
    if name == "echo":
        assert archive is not None
        return Inspection(replace(facts, metadata=(("content", archive.read().decode()),)))
    if name == "environment":
        raw = Path("/proc/self/environ").name  # the file cannot be opened; what Python knows is what there is
        return Inspection(replace(facts, metadata=((raw, repr(dict(os.environ))), ("argv", " ".join(sys.argv[1:3])))))
    if name == "process":
        return Inspection(replace(facts, metadata=(("pid", str(os.getpid())), ("parent", str(os.getppid())))))
    if name == "liar":
        return Inspection(replace(facts, sha256="f" * 64))
    if name == "gaps":
        return Inspection(facts, not_examined=(NotExamined("a.js", Reason.PARTLY, "Only half of it."),))
    return Inspection(facts if archive is not None else None)


def _facts(question: Question) -> ArtifactFacts:
    return ArtifactFacts(ENGINE, question.filename, question.kind, question.sha256, question.size)


def _loop() -> None:
    while True:
        pass


def _take_memory() -> None:
    held = []
    while True:
        held.append(bytearray(1 << 20))


def _flood() -> None:
    block = b"x" * (1 << 20)
    for _ in range(10_240):  # 10 GiB
        for descriptor in range(3, 64):
            try:
                os.write(descriptor, block)
                break
            except OSError:
                continue


def _write_nonsense() -> None:
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b'{"facts": ')
        except OSError:
            continue


def _write_into_the_archive() -> None:
    for descriptor in range(3, 64):
        for act in (lambda d: os.pwrite(d, b"changed", 0), lambda d: os.ftruncate(d, 0)):
            try:
                act(descriptor)
            except OSError:
                continue


def _start(*words: str) -> Callable[[], None]:
    return lambda: os.execv(words[0], list(words))


BEHAVIOURS: dict[str, Callable[[], object]] = {
    "loop": _loop,
    "sleep": lambda: time.sleep(600),
    "nap": lambda: time.sleep(0.2),
    "memory": _take_memory,
    "flood": _flood,
    "nonsense": _write_nonsense,
    "scribble": _write_into_the_archive,
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "exit": lambda: os._exit(3),
    "raise": lambda: {"a": 1}["b"],
    "stop": lambda: os.kill(os.getpid(), signal.SIGSTOP),
}

if __name__ == "__main__":
    main(misbehave)
