"""Gzip: one member, whole and true, or a refusal."""

from __future__ import annotations

import bz2
import lzma
import zlib

import pytest

from tests.worker.inspection.archives import END, entry, gz_parts, read, tarball

TAR = entry("package/a.js", b"let a = 1;" * 400) + END
WHOLE = gz_parts(TAR)

HEALTHY = {
    "a plain member": WHOLE,
    "a file name in the header, as gzip writes it": gz_parts(TAR, flags=8, fields=b"a-1.0.0.tar\0"),
    "a comment in the header": gz_parts(TAR, flags=16, fields=b"made by hand\0"),
    "an empty extra field": gz_parts(TAR, flags=4, fields=b"\0\0"),
    "a checked header": gz_parts(
        TAR, flags=2, fields=(zlib.crc32(b"\x1f\x8b\x08\x02\0\0\0\0\0\xff") & 0xFFFF).to_bytes(2, "little")
    ),
    "zeros after the member, as tape drives leave": gz_parts(TAR, after=bytes(5000)),
}

BROKEN = {
    "a wrong checksum": (gz_parts(TAR, crc=1), "malformed: does not match its own gzip checksum"),
    "a wrong length": (
        gz_parts(TAR, length=1),
        "malformed: does not match the length its own gzip trailer gives",
    ),
    "an unknown method": (gz_parts(TAR, method=9), "malformed: has a gzip header that no tool writes"),
    "a reserved flag": (gz_parts(TAR, flags=0x20), "malformed: has a gzip header that no tool writes"),
    "a header that fails its own check": (
        gz_parts(TAR, flags=2, fields=b"\0\0"),
        "malformed: does not match the checksum of its own gzip header",
    ),
    "a file name of a megabyte": (
        gz_parts(TAR, flags=8, fields=b"a" * (1 << 20) + b"\0"),
        "malformed: has a gzip header with more than 65,536 bytes of text",
    ),
    "a file name that never ends": (
        gz_parts(TAR)[:3] + b"\x08" + b"\0" * 5 + b"\xff" + b"aaaa",
        "malformed: ends in the middle of its compressed data",
    ),
    "text after the member": (
        gz_parts(TAR, after=b"and more"),
        "malformed: holds other data after its gzip member, which some readers see and others do not",
    ),
    "a second member": (
        WHOLE + WHOLE,
        "malformed: holds a second gzip member after its gzip member, which some readers see and others do not",
    ),
    "a second member behind zeros": (
        WHOLE + bytes(512) + WHOLE,
        "malformed: holds a second gzip member after its gzip member, which some readers see and others do not",
    ),
    "rubbish instead of compressed data": (
        WHOLE[:10] + b"\xff" * 100,
        "malformed: has broken compressed data (invalid block type)",
    ),
    "compressed data without a header": (WHOLE[10:], "malformed: is not a gzip-compressed tar: it is something else"),
    "zlib instead of gzip": (zlib.compress(TAR), "malformed: is not a gzip-compressed tar: it is something else"),
    "bzip2 under a gzip name": (
        bz2.compress(TAR),
        "malformed: is not a gzip-compressed tar: it is compressed with bzip2",
    ),
    "xz under a gzip name": (lzma.compress(TAR), "malformed: is not a gzip-compressed tar: it is compressed with xz"),
    "zstd under a gzip name": (
        b"\x28\xb5\x2f\xfd" + bytes(90),
        "malformed: is not a gzip-compressed tar: it is compressed with zstd",
    ),
}


@pytest.mark.parametrize("archive", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_gzip_that_honest_tools_write_is_read(archive: bytes) -> None:
    assert read(archive).paths == ("a.js",)


@pytest.mark.parametrize(("archive", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_gzip_that_readers_read_differently_is_refused(archive: bytes, why: str) -> None:
    assert read(archive).refused == why


@pytest.mark.parametrize("cut", [2, 9, 10, 11, 20, -40, -20, -9, -8, -5, -4, -1])
def test_a_gzip_that_was_cut_off_is_refused(cut: int) -> None:
    assert read(WHOLE[:cut]).refused in {
        "malformed: ends in the middle of its compressed data",
        "malformed: ends in the middle of a tar header",
        "malformed: ends in the middle of a file",
    }


def test_every_byte_may_be_wrong_and_nothing_but_a_refusal_comes_of_it() -> None:
    """Flips each byte in turn. What is read all the same is what stood there: the checksum covers it."""
    whole = tarball({"a.js": "let a = 1;"})
    for at in range(len(whole)):
        bent = whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]
        reading = read(bent)
        assert reading.refused is not None or reading.files == (("a.js", b"let a = 1;"),)
