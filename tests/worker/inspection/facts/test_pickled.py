"""Pickles are read, never loaded: what they would call is told, and those of data say nothing."""

from __future__ import annotations

import collections
import datetime
import os
import pickle
from pathlib import PurePosixPath

import pytest

from app.core.specimen import OriginKind
from worker.inspection.facts.pickled import find


class _Runs:
    """A harmless imitation: reading it would print."""

    def __init__(self, *call: object) -> None:
        self.call = call

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call[0], self.call[1:]


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(
    ("call", "name"), [((os.system, "echo hello"), "posix.system"), ((exec, "print(1)"), "exec"), ((eval, "1"), "eval")]
)
def test_a_pickle_that_runs_something_is_told(protocol: int, call: tuple[object, ...], name: str) -> None:
    data = {"rows": [1, 2, 3], "words": ["a", "b", "a"], "made": _Runs(*call)}
    (fact,) = find("weights.pkl", pickle.dumps(data, protocol=protocol))
    assert fact.evidence.endswith(name)
    assert [origin.kind for origin in fact.origins] == [OriginKind.DECODED]


def test_names_that_were_put_aside_before_count() -> None:
    again = pickle.dumps([("posix", "system"), _Runs(os.system, "echo hello")], protocol=4)
    assert find("a.pkl", again) != []


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_data_say_nothing(protocol: int) -> None:
    value = {
        "when": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        "counted": collections.Counter("abc"),
        "path": PurePosixPath("a"),
        "words": ["os", "system", "exec"],
        "range": range(3),
        "set": {1, 2},
    }
    assert find("table.pkl", pickle.dumps(value, protocol=protocol)) == []


@pytest.mark.parametrize("content", [b"", b"\x80", b"\x80\x04", b"cposix\n", b"(((((", b"\x80\x04\x8d" + b"\xff" * 8])
def test_what_is_no_whole_pickle_says_nothing(content: bytes) -> None:
    assert find("a.pkl", content) == []
