"""The structure of a zip: nothing before, between, inside or after what belongs there, and no second truth."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping

import pytest

from tests.worker.inspection.archives import WHEEL, read
from tests.worker.inspection.zips import Zipped, end64, wide, zipped

A = Zipped()
FULL = 0xFFFFFFFF
TWO_SAYINGS = "malformed: says one thing of a file in its directory and another in front of it (a.py)"
BETWEEN = "malformed: has bytes before its first file, between files, or in two files at once"
AFTER_FILE = "malformed: has bytes after a file that readers take for something else"
DIRECTORY_BYTES = "malformed: has bytes before, after or inside its zip directory that only some readers skip"
CUT_OFF = "malformed: has no directory of a zip at its end: it is cut off, or no zip"
GOES_ON = "malformed: goes on after the end of its zip directory, or its comment holds a second one"
EXTRA = "malformed: has an extra field in its zip that is broken or stands there twice"
ZIP64_ENTRY = "malformed: has a ZIP64 field that contradicts its entry"
ZIP64_END = "malformed: has a ZIP64 end record that contradicts the rest"


def other_name(name: bytes, other: bytes) -> bytes:
    """An Info-ZIP Unicode Path extra field."""
    body = b"\x01" + zlib.crc32(name).to_bytes(4, "little") + other
    return struct.pack("<HH", 0x7075, len(body)) + body


SIZES = (len(A.content), len(A.data()))

BROKEN: Mapping[str, tuple[bytes, str]] = {
    # both ends
    "bytes before the first file": (zipped(A, prefix=b"#!/bin/sh\n"), "malformed: is not a zip: it is something else"),
    "a zip of its own before the first file": (zipped(A, prefix=zipped(Zipped("b.py"))), BETWEEN),
    "bytes before the first file that offsets count from": (
        zipped(Zipped(central={"offset": 0}), prefix=b"PK\x03\x04" + bytes(8)),
        "malformed: holds a name with a zero byte, where some readers cut it",
    ),
    "bytes between two files": (zipped(Zipped(after=b"between"), Zipped("b.py")), f"{AFTER_FILE} (a.py)"),
    "a file between two files that the directory leaves out": (
        zipped(Zipped(after=Zipped("c.py").local_header() + A.data()), Zipped("b.py")),
        f"{AFTER_FILE} (a.py)",
    ),
    "bytes before the directory": (zipped(A, before_directory=b"APK Sig Block 42"), f"{AFTER_FILE} (a.py)"),
    "bytes inside the directory": (
        zipped(A, inside=b"\0\0\0\0"),
        "malformed: has a zip directory with something else in it",
    ),
    "a signature after the directory": (
        zipped(A, inside=b"PK\x05\x05\x02\0ab"),
        "malformed: has a zip directory with something else in it",
    ),
    "bytes after the end": (zipped(A, suffix=b"more"), GOES_ON),
    "zeros after the end": (zipped(A, suffix=bytes(100)), GOES_ON),
    "a second zip after the end": (zipped(A) + zipped(Zipped("b.py")), DIRECTORY_BYTES),
    "a comment that is longer than it says": (zipped(A, comment=b"comment", comment_length=3), GOES_ON),
    "a comment that is shorter than it says": (zipped(A, comment=b"c", comment_length=30), GOES_ON),
    "an end record inside the comment": (zipped(A, comment=b"x" + zipped()), DIRECTORY_BYTES),
    "a directory that begins too early": (zipped(A, offset=-4), DIRECTORY_BYTES),
    "a directory that begins too late": (zipped(A, offset=4), DIRECTORY_BYTES),
    "a directory past the end": (zipped(A, offset=1 << 20), DIRECTORY_BYTES),
    "one entry fewer than the end record says": (
        zipped(A, count=2),
        "malformed: has a zip directory of 1 entries whose end record says 2",
    ),
    "one entry more than the end record says": (
        zipped(A, Zipped("b.py"), count=1),
        "malformed: has a zip directory of 2 entries whose end record says 1",
    ),
    "a part of several": (zipped(A, disk=1), "malformed: is one part of a zip in several parts"),
    "no files": (zipped(), "malformed: is not a zip: it is a zip without files"),
    "cut off in the directory": (zipped(A)[:-25], CUT_OFF),
    "cut off in the end record": (zipped(A)[:-1], CUT_OFF),
    "cut off in the first file": (zipped(A)[:35], CUT_OFF),
    # the two headers
    "another name in front of the file": (zipped(Zipped(local={"name": b"b.py"})), TWO_SAYINGS),
    "the same name in other case": (zipped(Zipped(local={"name": b"A.py"})), TWO_SAYINGS),
    "another method in front of the file": (zipped(Zipped(method=0, local={"method": 8})), TWO_SAYINGS),
    "another size in front of the file": (zipped(Zipped(local={"size": 5})), TWO_SAYINGS),
    "another packed size in front of the file": (zipped(Zipped(local={"packed": 5})), TWO_SAYINGS),
    "another checksum in front of the file": (zipped(Zipped(local={"crc": 5})), TWO_SAYINGS),
    "encrypted, says the front only": (zipped(Zipped(local={"flags": 1})), TWO_SAYINGS),
    "UTF-8, says the front only": (zipped(Zipped(local={"flags": 1 << 11})), TWO_SAYINGS),
    "sizes after the data, says the front only": (zipped(Zipped(local={"flags": 8})), TWO_SAYINGS),
    "no header in front of the file": (
        zipped(A, Zipped("b.py")).replace(Zipped("b.py").local_header(), bytes(34)),
        "malformed: has no file where its directory says there is one (b.py)",
    ),
    # names
    "a zero byte in a name": (
        zipped(Zipped("a.py\0.txt")),
        "malformed: holds a name with a zero byte, where some readers cut it",
    ),
    "a second name in an extra field": (
        zipped(Zipped(central={"extra": other_name(b"a.py", b"b.py")})),
        "malformed: gives one file two names; readers differ in which they take",
    ),
    "a second name in an extra field in front of the file": (
        zipped(Zipped(local={"extra": other_name(b"a.py", b"b.py")})),
        "malformed: gives one file two names; readers differ in which they take",
    ),
    "two second names": (zipped(Zipped(central={"extra": other_name(b"a.py", b"a.py") * 2})), EXTRA),
    "a name that says it is UTF-8 and is not": (
        zipped(Zipped(b"\xff.py", flags=1 << 11)),
        "malformed: holds a name that says it is UTF-8 and is not (<0xFF>.py)",
    ),
    "the same name twice": (
        zipped(A, A),
        "malformed: holds two files of one name; readers differ in which they take",
    ),
    # extra fields and ZIP64
    "an extra field that is longer than its place": (zipped(Zipped(local={"extra": b"UT\xff\0a"})), EXTRA),
    "an extra field that is cut off": (zipped(Zipped(central={"extra": b"UT\x01"})), EXTRA),
    "two ZIP64 fields": (zipped(Zipped(local={"extra": wide(*SIZES) * 2})), EXTRA),
    "a ZIP64 field that contradicts its entry": (zipped(Zipped(central={"extra": wide(7, 7)})), ZIP64_ENTRY),
    "a ZIP64 field that is too short": (
        zipped(Zipped(central={"size": FULL, "packed": FULL, "extra": wide(7)})),
        ZIP64_ENTRY,
    ),
    "a ZIP64 field with one value too many": (
        zipped(Zipped(central={"packed": FULL, "extra": wide(6, 8)})),
        ZIP64_ENTRY,
    ),
    "a packed size of 2^64": (
        zipped(Zipped(central={"packed": FULL, "extra": wide((1 << 64) - 1)})),
        TWO_SAYINGS,
    ),
    "an offset of 2^64": (zipped(Zipped(central={"offset": FULL, "extra": wide((1 << 64) - 1)})), BETWEEN),
    **{
        f"a ZIP64 end record with another {field}": (
            zipped(A, zip64=lambda *where, change=change: end64(*where, **change)),
            ZIP64_END,
        )
        for field, change in {
            "count": {"count": 7},
            "size": {"size": 7},
            "start": {"start": 7},
            "place": {"place": 7},
            "length": {"length": 60},
            "number of parts": {"disks": 2},
        }.items()
    },
}


@pytest.mark.parametrize(("archive", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_zip_whose_structure_readers_read_differently_is_refused(archive: bytes, why: str) -> None:
    assert read(archive, WHEEL).refused == why
