"""What each rule costs on a megabyte of the worst input for it."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator

from tests.bench.crowds import crowds, judge, rules

GOAL = 0.25  # CPU seconds


def figures() -> Iterator[str]:
    """Each rule with the crowd that costs it most, the dearest first."""
    rows = []
    crowds()
    gc.collect()
    gc.freeze()  # what was there before is no matter of the rule's
    for name, rule in rules():
        spent: list[tuple[float, str, int]] = []
        for crowd in crowds():
            began = time.process_time()
            found = judge(rule, crowd)
            spent.append((time.process_time() - began, crowd.name, len(found)))
        rows.append((*max(spent), name))
    for cpu, worst, count, name in sorted(rows, reverse=True):
        mark = "" if cpu <= GOAL else f"   past {GOAL} s"
        yield f"{name:<28}{cpu * 1000:8.1f} ms CPU   {count:>6} findings   {worst}{mark}"
