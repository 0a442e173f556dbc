"""Zip: one reading for everybody who reads it, from the front or from the end, or a refusal."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping

import pytest

from tests.worker.inspection.archives import (
    WHEEL,
    Reading,
    Zipped,
    deflate,
    end64,
    read,
    wheel,
    wheel_of,
    zipped,
)

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
OTHER_FEATURES = "malformed: uses features of zip that readers of packages do not know"


def wide(*values: int) -> bytes:
    """A ZIP64 extra field."""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def other_name(name: bytes, other: bytes) -> bytes:
    """An Info-ZIP Unicode Path extra field."""
    body = b"\x01" + zlib.crc32(name).to_bytes(4, "little") + other
    return struct.pack("<HH", 0x7075, len(body)) + body


SIZES = (len(A.content), len(A.data()))

HEALTHY: Mapping[str, bytes] = {
    "a deflated file": wheel_of(A),
    "a stored file": wheel_of(Zipped(method=0)),
    "an empty file": wheel_of(Zipped(content=b"", method=0)),
    "a deflated empty file": wheel_of(Zipped(content=b"")),
    "flags that say how hard deflate tried": wheel_of(Zipped(flags=6)),
    "flags of effort in one place only": wheel_of(Zipped(local={"flags": 2})),
    "a name that says it is UTF-8": wheel_of(Zipped(flags=1 << 11)),
    "times in extra fields, which differ": wheel_of(
        Zipped(local={"extra": b"UT\x05\0\x03" + bytes(4)}, central={"extra": b"UT\x01\0\x03"})
    ),
    "an extra field padded with zeros": wheel_of(Zipped(local={"extra": bytes(3)})),
    "a directory in another order than the files": wheel_of(A, order=lambda listed: listed[::-1]),
    "sizes in a ZIP64 field in front of the file": wheel_of(
        Zipped(local={"size": FULL, "packed": FULL, "extra": wide(*SIZES)})
    ),
    "sizes in a ZIP64 field in both places": wheel_of(
        Zipped(
            local={"size": FULL, "packed": FULL, "extra": wide(*SIZES)},
            central={"size": FULL, "packed": FULL, "extra": wide(*SIZES)},
        )
    ),
    "an offset in a ZIP64 field": wheel_of(Zipped(central={"offset": FULL, "extra": wide(0)})),
    "sizes repeated in a ZIP64 field": wheel_of(Zipped(local={"extra": wide(*SIZES)})),
    "a ZIP64 end record that agrees": wheel_of(A, zip64=end64),
    "a ZIP64 end record that is needed to find the directory": wheel_of(A, zip64=end64, sentinels=True),
    "the name of a tool as its comment": wheel_of(A, comment=b"zip-rs"),
    "made on another system": wheel_of(Zipped(made_by=0, attributes=0x20)),
}

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
    # one entry
    "encrypted": (zipped(Zipped(flags=1)), "malformed: holds an encrypted file"),
    "strongly encrypted": (zipped(Zipped(flags=1 << 6)), OTHER_FEATURES),
    "a patch of another zip": (zipped(Zipped(flags=1 << 5)), OTHER_FEATURES),
    "names that are masked": (zipped(Zipped(flags=1 << 13)), OTHER_FEATURES),
    "sizes after the data": (
        zipped(Zipped(flags=8)),
        "malformed: gives the size of a file only after it, so that readers find its end differently",
    ),
    **{
        f"compressed by method {method}": (
            zipped(Zipped(local={"method": method}, central={"method": method})),
            f"malformed: holds a file compressed by method {method}; only stored and deflated ones are read",
        )
        for method in (1, 6, 9, 12, 14, 93, 95, 99)
    },
    "a comment on a file": (
        zipped(Zipped(central={"comment": b"c"})),
        "malformed: has a zip directory with comments, parts elsewhere, or an end in the middle of an entry",
    ),
    "a file in another part": (
        zipped(Zipped(central={"disk": 1})),
        "malformed: has a zip directory with comments, parts elsewhere, or an end in the middle of an entry",
    ),
    "a stored file with two sizes": (
        zipped(Zipped(method=0, local={"size": 3}, central={"size": 3})),
        "malformed: holds a stored file with two different sizes",
    ),
    "a wrong checksum": (
        zipped(Zipped(local={"crc": 5}, central={"crc": 5})),
        "malformed: holds a file that does not match its own checksum (a.py)",
    ),
    "more content than stated": (
        zipped(Zipped(local={"size": 1}, central={"size": 1})),
        "malformed: lies about the size of a file: it is longer than stated (a.py)",
    ),
    "less content than stated": (
        zipped(Zipped(local={"size": 99}, central={"size": 99})),
        "malformed: holds a file that does not match its own checksum (a.py)",
    ),
    "compressed data that goes on after its end": (
        zipped(Zipped(packed=deflate(b"a = 1\n") + b"hidden")),
        "malformed: holds a file whose compressed data ends too early or too late (a.py)",
    ),
    "compressed data that never ends": (
        zipped(Zipped(packed=deflate(b"a = 1\n")[:-1])),
        "malformed: holds a file whose compressed data ends too early or too late (a.py)",
    ),
    "no compressed data": (
        zipped(Zipped(content=b"", packed=b"")),
        "malformed: holds a file whose compressed data ends too early or too late (a.py)",
    ),
    "broken compressed data": (
        zipped(Zipped(packed=b"\xff" * 9)),
        "malformed: has broken compressed data (a.py)",
    ),
    "packed data that runs into the next file": (
        zipped(Zipped(local={"packed": 60}, central={"packed": 60}), Zipped("b.py")),
        "malformed: has files that lie on top of each other (a.py)",
    ),
    "packed data that runs into the directory": (
        zipped(Zipped(local={"packed": 99}, central={"packed": 99})),
        "malformed: has files that lie on top of each other (a.py)",
    ),
    "a directory with content": (zipped(Zipped("lib/")), "malformed: holds a directory with content (lib/)"),
    "a file without a name": (zipped(Zipped("")), "malformed: holds a file without a name"),
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

ODD: Mapping[str, tuple[bytes, Reading]] = {
    "a symbolic link, which some readers make and others write as a file": (
        wheel_of(Zipped("l", b"a.py", attributes=(stat.S_IFLNK | 0o777) << 16)),
        Reading((("l", b"a.py"),), ("link l",)),
    ),
    "a device": (
        wheel_of(Zipped("d", b"", attributes=stat.S_IFCHR << 16)),
        Reading((("d", b""),), ("device d",)),
    ),
    "a name in an old character set": (
        wheel_of(Zipped("é.py".encode("cp437"))),
        Reading((("é.py", b"a = 1\n"),), ("bad-name é.py", "record-mismatch \ufffd.py", "record-mismatch é.py")),
    ),
    "a name in UTF-8 that does not say so": (
        wheel_of(Zipped("é.py")),
        Reading((("é.py", b"a = 1\n"),), ("bad-name é.py",)),
    ),
    "a long comment": (
        wheel_of(Zipped(), comment=b"c" * 1000),
        Reading((("a.py", b"a = 1\n"),), ("comment a.py",)),
    ),
    "a comment that is no text": (
        wheel_of(Zipped(), comment=b"\x00\x01"),
        Reading((("a.py", b"a = 1\n"),), ("comment a.py",)),
    ),
}


@pytest.mark.parametrize("archive", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_zip_that_honest_tools_write_is_read(archive: bytes) -> None:
    reading = read(archive, WHEEL)
    assert (reading.paths, reading.oddities) == (("a.py", "a-1.0.0.dist-info/RECORD"), ())


@pytest.mark.parametrize(("archive", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_zip_that_readers_read_differently_is_refused(archive: bytes, why: str) -> None:
    assert read(archive, WHEEL).refused == why


@pytest.mark.parametrize(("archive", "expected"), ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_said_and_every_file_is_read_all_the_same(archive: bytes, expected: Reading) -> None:
    reading = read(archive, WHEEL)
    assert (reading.files[:-1], reading.oddities) == (expected.files, expected.oddities)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_the_standard_library_writes_is_read(method: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.mkdir("lib")
        archive.writestr("lib/a.py", "a = 1\n")
        archive.writestr("lib/café.py", bytes(range(256)) * 999)
        with archive.open("lib/big.bin", "w", force_zip64=True) as file:
            file.write(b"big")
    reading = read(packed.getvalue(), WHEEL)
    assert reading.paths == ("lib/a.py", "lib/café.py", "lib/big.bin")
    assert reading.oddities == ("record-mismatch",), "there is no RECORD in it"


def test_a_byte_wrong_anywhere_ends_in_a_refusal_or_in_the_same_files() -> None:
    whole = wheel({"a.py": "a = 1\n", "b.py": "b = 2\n"})
    straight = read(whole, WHEEL)
    for at in range(len(whole)):
        bent = whole[:at] + bytes([whole[at] ^ 0x11]) + whole[at + 1 :]
        reading = read(bent, WHEEL)
        assert reading.refused is not None or reading.files == straight.files
