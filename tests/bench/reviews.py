"""Whole reviews, from GitHub's delivery to the completed check, with every part but GitHub and the registry real."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import clocked
from tests.bench.inspection import JAVASCRIPT
from tests.fakes.clock import FakeClock
from tests.stories.theatre import Theatre, npm_files, theatre
from worker.inspection.sandbox import SealedInspector


def figures() -> Iterator[str]:
    """1, 20 and 200 changed packages: never seen before, and known."""
    with SealedInspector(pool=os.cpu_count() or 2) as inspector:
        inspector.start()
        for number in (1, 20, 200):
            with tempfile.TemporaryDirectory() as folder, theatre(Path(folder), FakeClock(), inspector) as house:
                packages = {f"package-{n}": ("1.0.0", _publish(house, n)) for n in range(number)}
                repository = house.repository(npm_files({}))
                for temperature in ("cold", "known"):
                    pull = house.github.open_pull(repository, temperature, npm_files(packages))
                    yield clocked(f"{number} changed packages, {temperature}", house.settle)
                    assert house.check(pull).conclusion == "success", house.check(pull).title


def _publish(house: Theatre, number: int) -> str:
    return house.publish(f"package-{number}", "1.0.0", {"index.js": JAVASCRIPT % {"n": number} * 20})
