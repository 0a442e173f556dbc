"""PAX and GNU headers: they change the entry behind them, and readers differ in how; then the archive is refused."""

from __future__ import annotations

import pytest

from tests.worker.inspection.archives import END, Reading, entry, gz, header, long_name, pax, read, record, tgz

DIFFERENT_NEXT = "readers find different entries after it"
FOLLOWER = entry("package/b.js", b"2")

HEALTHY = {
    "a PAX header with times": tgz(pax(record("mtime", "1.5"), record("atime", "2")), entry()),
    "a PAX path": tgz(pax(record("path", "package/a.js")), entry("package/short")),
    "a PAX size that agrees": tgz(pax(record("size", "1")), entry()),
    "a PAX header of Solaris": tgz(entry("x", record("path", "package/a.js"), b"X"), entry("short")),
    "a global header with a commit, as git writes it": tgz(pax(record("comment", "0" * 40), kind=b"g"), entry()),
    "a GNU long name": tgz(long_name(b"package/a.js"), entry("package/short")),
}

BROKEN = {
    "a PAX header of two megabytes": (
        tgz(pax(record("comment", "a" * (2 << 20))), entry()),
        "malformed: has a header of 2,097,169 bytes, past the 1,048,576 that are read",
    ),
    "many PAX headers": (
        tgz(*(pax(record("comment", f"{n}" * 200_000)) + entry(f"package/{n}.js") for n in range(10, 99))),
        "malformed: has more than 16,777,216 bytes of headers",
    ),
    "a PAX length that is no number": (
        tgz(entry("x", b"xx path=a\n", b"x"), entry()),
        "malformed: has a PAX header whose records do not fit their lengths",
    ),
    "a PAX length that is too long": (
        tgz(entry("x", b"99 path=a\n", b"x"), entry()),
        "malformed: has a PAX header whose records do not fit their lengths",
    ),
    "a PAX length that is too short": (
        tgz(entry("x", b"5 path=a\n", b"x"), entry()),
        "malformed: has a PAX header whose records do not fit their lengths",
    ),
    "a PAX length of zero": (
        tgz(entry("x", b"0 path=a\n", b"x"), entry()),
        "malformed: has a PAX header whose records do not fit their lengths",
    ),
    "a PAX length with a sign": (
        tgz(entry("x", b"+9 path=a\n", b"x"), entry()),
        "malformed: has a PAX header whose records do not fit their lengths",
    ),
    "a PAX record without a key": (
        tgz(entry("x", b"5 =a\n", b"x"), entry()),
        "malformed: has a PAX header whose records do not fit their lengths",
    ),
    "a PAX key that is not UTF-8": (
        tgz(entry("x", b"7 \xff\xfe=a\n", b"x"), entry()),
        "malformed: has a PAX header whose keys are not UTF-8",
    ),
    "a zero byte in a PAX path": (
        tgz(pax(record("path", b"package/a.js\0.txt")), entry()),
        "malformed: has a PAX path that is empty or holds a zero byte",
    ),
    "an empty PAX path": (
        tgz(pax(record("path", "")), entry()),
        "malformed: has a PAX path that is empty or holds a zero byte",
    ),
    "a PAX path given twice": (
        tgz(pax(record("path", "package/a.js"), record("path", "package/b.js")), entry()),
        "malformed: gives path twice in one PAX header",
    ),
    "a PAX size that hides an entry": (
        tgz(pax(record("size", "1024")), header(size=0), FOLLOWER, FOLLOWER),
        f"malformed: has an entry of 0 bytes by its header and 1,024 by its PAX record; {DIFFERENT_NEXT}",
    ),
    "a PAX size that is no number": (
        tgz(pax(record("size", "1.0")), entry()),
        "malformed: has a PAX size that is not a number",
    ),
    "a PAX size of a thousand digits": (
        tgz(pax(record("size", "0" * 1000 + "1")), entry()),
        "malformed: has a PAX size that is not a number",
    ),
    "a global path": (
        tgz(pax(record("path", "package/b.js"), kind=b"g"), entry()),
        "malformed: sets path for all entries at once in a global PAX header",
    ),
    "a global link target": (
        tgz(pax(record("linkpath", "b.js"), kind=b"g"), entry()),
        "malformed: sets linkpath for all entries at once in a global PAX header",
    ),
    "a global size": (
        tgz(pax(record("size", "0"), kind=b"g"), entry()),
        "malformed: sets size for all entries at once in a global PAX header",
    ),
    "a sparse file, version 0.0": (
        tgz(pax(record("GNU.sparse.size", "100"), record("GNU.sparse.numblocks", "1")), entry()),
        "malformed: holds a sparse file, which some readers expand and others do not",
    ),
    "a sparse file, version 0.1": (
        tgz(pax(record("GNU.sparse.map", "0,1")), entry()),
        "malformed: holds a sparse file, which some readers expand and others do not",
    ),
    "a sparse file, version 1.0": (
        tgz(pax(record("GNU.sparse.major", "1"), record("GNU.sparse.name", "package/b.js")), entry()),
        "malformed: holds a sparse file, which some readers expand and others do not",
    ),
    "a sparse file of old": (
        tgz(entry(kind=b"S", magic=b"ustar  \0")),
        "malformed: holds a sparse file, which some readers expand and others do not",
    ),
    "names in another character set": (
        tgz(pax(record("hdrcharset", "BINARY")), entry()),
        "malformed: has PAX names in a character set that only some readers know",
    ),
    "two PAX headers in a row": (
        tgz(pax(record("mtime", "1")), pax(record("path", "package/b.js")), entry()),
        "malformed: has two extended headers in front of one entry",
    ),
    "a chain of long names": (
        tgz(*[long_name(b"package/%d.js" % n) for n in range(100)], entry()),
        "malformed: has two extended headers in front of one entry",
    ),
    "a long name and a PAX path": (
        tgz(long_name(b"package/a.js"), pax(record("path", "package/b.js")), entry()),
        "malformed: names one entry twice, by a PAX record and by a GNU header",
    ),
    "two targets for one link": (
        tgz(long_name(b"a.js", b"K"), pax(record("linkpath", "b.js")), entry("package/l", b"", b"2")),
        "malformed: gives one link two targets, by a PAX record and by a GNU header",
    ),
    "a global header between a header and its entry": (
        tgz(pax(record("mtime", "1")), pax(record("comment", "1"), kind=b"g"), entry()),
        "malformed: has a global header between an extended header and its entry",
    ),
    "a long name with something behind its end": (
        tgz(long_name(b"package/a.js\0evil.js"), entry()),
        "malformed: has a GNU long name that is empty or goes on after its end",
    ),
    "an empty long name": (
        tgz(long_name(b""), entry()),
        "malformed: has a GNU long name that is empty or goes on after its end",
    ),
    "a header that belongs to nothing": (
        tgz(entry(), pax(record("path", "package/b.js"))),
        "malformed: ends after an extended header that belongs to no entry",
    ),
}


@pytest.mark.parametrize("archive", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_header_that_honest_tools_write_is_obeyed(archive: bytes) -> None:
    assert read(archive) == Reading((("a.js", b"1"),))


@pytest.mark.parametrize(("archive", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_header_that_readers_read_differently_refuses_the_archive(archive: bytes, why: str) -> None:
    assert read(archive).refused == why


def test_a_byte_wrong_anywhere_in_the_headers_ends_in_a_refusal_or_in_an_oddity() -> None:
    """Bends each byte of a PAX header and of its entry in turn: no other exception, and no file that vanishes."""
    plain = pax(record("path", "package/a.js"), record("mtime", "1")) + entry("package/short") + FOLLOWER + END
    for at in range(1536 + 512):
        bent = bytearray(plain)
        bent[at] ^= 0x11
        reading = read(gz(bytes(bent)))
        assert reading.refused is not None or len(reading.files) == 2
