"""PEP 751: what files from elsewhere change, and what bounds the markers."""

from __future__ import annotations

import pytest

from app.core.diff import ChangeKind, compare
from app.core.lockfile import UnreadableLockfile
from tests.lockfiles.test_cases import CASES
from worker.lockfiles import pylock

PIP = CASES / "pylock/pip-names-no-index-so-files-are-the-configured-registrys/pylock.toml"


def test_a_file_that_moves_to_another_host_with_another_hash_is_resourced_though_no_index_is_named() -> None:
    clean = PIP.read_bytes()
    poisoned = clean.replace(b"https://files.example/packages/11", b"https://drop.example/packages/11")
    poisoned = poisoned.replace(b"1" * 64, b"6" * 64)
    (change,) = compare([pylock.parse("pylock.toml", clean)], [pylock.parse("pylock.toml", poisoned)])
    assert change.kind is ChangeKind.RESOURCED
    assert change.after is not None
    assert change.after.source.reference == "https://drop.example"


def test_markers_past_all_measure_are_refused_with_a_line() -> None:
    """Their reader takes a second for a megabyte."""
    entry = b'[[packages]]\nname = "a"\nversion = "1"\nmarker = "' + b"os_name=='a' or " * 500 + b"os_name=='a'\"\n"
    with pytest.raises(UnreadableLockfile) as caught:
        pylock.parse("pylock.toml", b'lock-version = "1.0"\ncreated-by = "a"\n' + entry * 200)
    assert caught.value.detail == "Its markers are past all measure."
    assert caught.value.line > 3
