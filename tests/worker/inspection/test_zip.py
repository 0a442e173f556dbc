"""Zip: one reading for everybody who reads it, from the front or from the end, or a refusal."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping

import pytest

from tests.worker.inspection.archives import WHEEL, Reading, read
from tests.worker.inspection.zips import Zipped, deflate, end64, wheel, wheel_of, wide, zipped

A = Zipped()
FULL = 0xFFFFFFFF
OTHER_FEATURES = "malformed: uses features of zip that readers of packages do not know"


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
        Reading((("é.py", b"a = 1\n"),), ("bad-name é.py", "record-incomplete \ufffd.py", "record-mismatch é.py")),
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
