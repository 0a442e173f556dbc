"""A house for each story, and one inspector for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.clock import FakeClock
from tests.stories.theatre import Theatre, theatre
from worker.inspection.sandbox import SealedInspector


@pytest.fixture(scope="session")
def inspector() -> Iterator[SealedInspector]:
    """The sealed inspector; its template takes a moment to start."""
    with SealedInspector() as sealed:
        yield sealed


@pytest.fixture
def house(tmp_path: Path, clock: FakeClock, inspector: SealedInspector) -> Iterator[Theatre]:
    """An open house with an empty stage."""
    with theatre(tmp_path, clock, inspector) as opened:
        yield opened
