"""A lease that renews itself while work is done under it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from datetime import datetime, timedelta
from types import TracebackType

from app.core.errors import AssayError
from app.core.ports import Clock

log = logging.getLogger(__name__)


class LeaseLost(AssayError):
    """Somebody else may do this work by now, so this run may say nothing more."""


class Lease:
    """Renews itself four times per duration while the block runs. `renew` says whether it is still ours."""

    def __init__(self, renew: Callable[[datetime], bool], seconds: float, clock: Clock) -> None:
        self._renew = renew
        self._seconds = seconds
        self._clock = clock
        self._until = time.monotonic() + seconds
        self.lost = False
        self._over = threading.Event()
        # with this thread's context, which names the work in the log
        self._thread = threading.Thread(target=copy_context().run, args=(self._keep,), name="lease", daemon=True)

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    @property
    def held(self) -> bool:
        """Whether it is ours still, as far as we know."""
        return not self.lost and time.monotonic() < self._until

    def _keep(self) -> None:
        while not self._over.wait(self._seconds / 4):
            try:
                until = self._clock() + timedelta(seconds=self._seconds)
                began = time.monotonic()
                if not self._renew(until):
                    self.lost = True
                    log.warning("lease lost")
                    return
                self._until = began + self._seconds
            except AssayError as error:  # tried again at the next beat; if that is too late, it is not held any more
                log.warning("lease not renewed", extra={"why": str(error)})
