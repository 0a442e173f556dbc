"""Our App on our own GitHub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.clock import FakeClock
from tests.github.loopback import Loopback, loopback


@pytest.fixture
def world(clock: FakeClock) -> Iterator[Loopback]:
    """`harbour/shop` with our App installed, judged by GitHub's own description."""
    with loopback(clock) as served:
        yield served
