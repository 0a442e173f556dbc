"""One order's way to a child and back: pipes, waiting, and a bound on what is taken in."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO

import msgspec

from worker.inspection.template_process import TemplateProcess
from worker.inspection.wire import STARTED, Ending, Order

_PIECE = 1 << 16
_GRACE = 15.0  # seconds beyond a child's time in which the template must have told its end


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `ending` is None when the template was lost; `flooded` when the answer was past the limit."""

    answer: bytes
    ending: Ending | None
    flooded: bool = False


def converse(template: TemplateProcess, order: Order, question: bytes, archive: FileIO | None = None) -> Reply:
    """Send an order and wait for its child's end; raise `TemplateLost` when it cannot be sent.

    However long the queue before it, the child's own time is kept by the template; one that does not keep it counts as
    lost.
    """
    with _pipe() as (answer, answer_end), _pipe() as (ending, ending_end), in_memory(question) as asked:
        inside = [answer_end, asked] if archive is None else [answer_end, asked, archive]
        template.order(order, [one.fileno() for one in (*inside, ending_end)])
        answer_end.close()
        ending_end.close()
        return _listen(answer.fileno(), ending.fileno(), order)


def _listen(answer: int, ending: int, order: Order) -> Reply:
    received, told = bytearray(), bytearray()
    targets = {answer: received, ending: told}
    poll = select.poll()
    for descriptor in targets:
        poll.register(descriptor, select.POLLIN)
    deadline: float | None = None
    while targets:
        events = poll.poll(1000)
        for descriptor, _ in events:
            piece = os.read(descriptor, _PIECE)
            targets[descriptor] += piece
            if not piece:
                poll.unregister(descriptor)
                del targets[descriptor]
        if len(received) > order.limits.answer:
            return Reply(b"", None, flooded=True)  # closing the pipes makes the template kill the child
        if deadline is None and told.startswith(STARTED):
            deadline = time.monotonic() + order.limits.wall_seconds + _GRACE
        if deadline is not None and time.monotonic() > deadline:
            break
    try:
        return Reply(bytes(received), msgspec.json.decode(told.removeprefix(STARTED), type=Ending))
    except msgspec.DecodeError:
        return Reply(b"", None)


@contextmanager
def _pipe() -> Iterator[tuple[FileIO, FileIO]]:
    read, write = os.pipe2(os.O_CLOEXEC)
    with FileIO(read, "rb") as reader, FileIO(write, "wb") as writer:
        yield reader, writer


@contextmanager
def in_memory(content: bytes) -> Iterator[FileIO]:
    """A file without a name or a disk under it, open at 0, that holds these bytes."""
    with FileIO(os.memfd_create("assay", os.MFD_CLOEXEC), "r+b") as file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        file.seek(0)
        yield file
