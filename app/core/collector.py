"""The garbage collector at rest while very many values are made that cannot refer to themselves."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Pause the collector, which would look through all of these values hundreds of times and free none.

    Memory is given back without it, by counting references. Several threads may do this at once: the one that put it to
    rest wakes it again.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
