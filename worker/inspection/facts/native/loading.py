"""Loads the parser of native files late, in the children that need it: see `with_lief`."""

from __future__ import annotations

import importlib

from worker.inspection.facts.native.reading import Binary

_PARSER = "worker.inspection.facts.native.with_lief"
_SMALLEST = b"\x7fELF\x02\x01\x01" + bytes(57)


def load() -> None:
    """Import the parser and use it once, so that nothing is left to be loaded inside the fence."""
    read_native("elf", _SMALLEST)


def read_native(kind: str, content: bytes) -> Binary | None:
    """A native file as lief reads it; None when it is damaged."""
    binary: Binary | None = importlib.import_module(_PARSER).read(kind, content)
    return binary
