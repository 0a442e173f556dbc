"""Streams that are joined: `a.pipe(b)` writes to b what a reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.names import canonical
from worker.inspection.facts.javascript.tables import CALLS
from worker.inspection.facts.javascript.values import Value

JOINS = frozenset({"stream.pipeline", "pump", "pumpify", "stream.default.pipeline"})


def writes(evaluator: Evaluator, call: Call) -> Iterator[Call]:
    """The writing that a joining call amounts to, one call for each stream that is written to."""
    if call.method in ("pipe", "pipeTo", "pipeThrough"):
        yield from _to(evaluator.argument(call, 0), call.receiver, call)
    elif any(canonical(name) in JOINS for name in call.names):
        streams = evaluator.arguments(call)
        if len(streams) and streams[0].items is not None:
            streams = list(streams[0].items)
        origins = frozenset(origin for stream in streams[:1] for origin in stream.origins)
        for stream in streams[1:]:
            yield from _to(stream, Value(origins=origins), call)
            origins |= stream.origins


def _to(target: Value, data: Value, call: Call) -> Iterator[Call]:
    names = tuple(f"{name}.write" for name in target.names if canonical(f"{name}.write") in CALLS)
    if names and data.origins:
        yield replace(
            call,
            callee=Value(names=names),
            receiver=target,
            method="write",
            arguments=[Value(origins=data.origins)],
            is_new=False,
        )
