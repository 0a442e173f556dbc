"""A wheel and its own RECORD: what differs is said, each difference once."""

from __future__ import annotations

import pytest

from tests.worker.inspection.archives import WHEEL, read
from tests.worker.inspection.zips import Zipped, recorded, zipped

INFO = "a-1.0.0.dist-info"
RIGHT = recorded({"a.py": "a = 1\n", f"{INFO}/METADATA": "Name: a\n"})


def packed(files: dict[str, bytes]) -> bytes:
    return zipped(*(Zipped(name, content) for name, content in files.items()))


def with_record(change: tuple[bytes, bytes]) -> dict[str, bytes]:
    listed = RIGHT[f"{INFO}/RECORD"]
    assert change[0] in listed
    return RIGHT | {f"{INFO}/RECORD": listed.replace(*change)}


DIFFERENCES = {
    "nothing": (RIGHT, ()),
    "a file that is not listed": (RIGHT | {"evil.py": b"1"}, ("record-mismatch evil.py",)),
    "a file that is missing": (
        {name: content for name, content in RIGHT.items() if name != "a.py"},
        ("record-incomplete a.py",),
    ),
    "other content": (RIGHT | {"a.py": b"b = 1\n"}, ("record-mismatch a.py",)),
    "another size": (with_record((b",6\n", b",7\n")), ("record-mismatch a.py",)),
    "no size": (with_record((b",6\n", b",\n")), ()),
    "no hash": (with_record((b"METADATA,sha256=", b"METADATA,,#")), (f"record-incomplete {INFO}/METADATA",)),
    "a hash that is not SHA-256": (with_record((b"a.py,sha256=", b"a.py,md5=")), ("record-incomplete a.py",)),
    "a hash that is no base64": (with_record((b"a.py,sha256=", b"a.py,sha256=!")), ("record-mismatch a.py",)),
    "a file that is listed twice": (with_record((b"a.py,", b"a.py,,\na.py,")), ("record-incomplete a.py",) * 2),
    "a directory that is listed": (with_record((b"a.py,", b"lib/,,\na.py,")), ()),
    "a signature that is not hashed": (
        RIGHT | {f"{INFO}/RECORD.jws": b"{}"},
        (),
    ),
    "no RECORD": ({"a.py": b"1"}, ("record-mismatch",)),
    "two of them": (RIGHT | {"b-1.0.0.dist-info/RECORD": b""}, ("record-mismatch",)),
    "RECORD deeper down, which belongs to another package": (
        recorded({"vendor/b-1.dist-info/RECORD": "b.py,,\n"}),
        (),
    ),
    "bytes that are no table": (RIGHT | {f"{INFO}/RECORD": b"\xff\xfe"}, (f"record-mismatch {INFO}/RECORD",)),
    "an open quote": (RIGHT | {f"{INFO}/RECORD": b'"a.py'}, (f"record-mismatch {INFO}/RECORD",)),
    "a hundred thousand lines": (
        RIGHT | {f"{INFO}/RECORD": b"x,,\n" * 100_000},
        (f"record-mismatch {INFO}/RECORD",),
    ),
}


@pytest.mark.parametrize(("files", "oddities"), DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_a_wheel_is_held_against_its_record(files: dict[str, bytes], oddities: tuple[str, ...]) -> None:
    reading = read(packed(files), WHEEL)
    assert (len(reading.files), reading.oddities) == (len(files), oddities)


def test_differences_are_listed_to_twenty_and_then_counted() -> None:
    reading = read(packed(RIGHT | {f"{n}.py": b"1" for n in range(100)}), WHEEL)
    assert len(reading.oddities) == 21
    assert reading.oddities[-1] == "record-mismatch"
