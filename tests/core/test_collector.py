"""The collector rests while values are made, and is woken by whoever put it to rest."""

from __future__ import annotations

import gc

import pytest

from app.core.collector import collector_at_rest


def test_it_rests_inside_and_is_awake_afterwards_whatever_happens() -> None:
    with pytest.raises(ZeroDivisionError), collector_at_rest():
        _ = 1 / (1 if gc.isenabled() else 0)
    assert gc.isenabled()


def test_who_finds_it_at_rest_leaves_it_so() -> None:
    with collector_at_rest():
        with collector_at_rest():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
