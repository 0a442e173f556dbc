"""The stories' house, for the tests that hold words to what happens."""

from __future__ import annotations

from tests.stories.conftest import house, inspector

__all__ = ["house", "inspector"]
