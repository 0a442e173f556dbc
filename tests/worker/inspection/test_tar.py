"""Tar: what every reader reads alike is read; where they differ, the archive is refused."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from tests.worker.inspection.archives import END, Reading, entry, gz, header, long_name, padded, pax, read, record, tgz

DIFFERENT_NEXT = "readers find different entries after it"
FOLLOWER = entry("package/b.js", b"2")

ACCENT = header(b"package/\xc3\xa9.js", 1)
SIGNED = b"%06o\0 " % (sum(ACCENT) - sum(ACCENT[148:156]) + 8 * 32 - 2 * 256)  # two bytes past 127 count as negative

HEALTHY = {
    "the format of 1979": tgz(entry(magic=b"")),
    "POSIX ustar": tgz(entry()),
    "GNU": tgz(entry(magic=b"ustar  \0")),
    "a prefix, as ustar splits long names": tgz(entry("a.js", prefix=b"package")),
    "a file of the old type": tgz(entry(kind=b"\0")),
    "a contiguous file": tgz(entry(kind=b"7")),
    "one block of zeros at the end": tgz(entry(), end=bytes(512)),
    "no blocks of zeros at the end": tgz(entry(), end=b""),
    "a whole record of zeros at the end": tgz(entry(), end=bytes(10240)),
    "a size in base 256": tgz(header(raw_size=b"\x80" + bytes(10) + b"\x01") + padded(b"1")),
    "a size in twelve digits without an end": tgz(header(raw_size=b"000000000001") + padded(b"1")),
    "a size with blanks around it": tgz(header(raw_size=b"         1 \0") + padded(b"1")),
    "a time before 1970": tgz(entry(fields={136: b"\xff" * 12})),
    "numbers left empty": tgz(entry(fields={100: bytes(24), 136: bytes(12)})),
    "rubbish after the end of a name": tgz(entry("package/a.js\0rubbish")),
    "a directory before its files": tgz(entry("package/", b"", b"5"), entry()),
    "a directory of the old type": tgz(entry("package/lib/", b"", b"\0"), entry()),
}

BROKEN = {
    # the header
    "a wrong checksum at the start": (
        tgz(entry(checksum=b"000000\0 ")),
        "malformed: has a tar header with a wrong checksum, where some readers stop and others search on",
    ),
    "a wrong checksum later on": (
        tgz(entry(), entry(checksum=b"000000\0 ")),
        "malformed: has a tar header with a wrong checksum, where some readers stop and others search on",
    ),
    "no checksum": (
        tgz(entry(checksum=bytes(8))),
        "malformed: has a tar header with a wrong checksum, where some readers stop and others search on",
    ),
    "a checksum that only signed bytes give": (
        tgz(entry(b"package/\xc3\xa9.js", checksum=SIGNED)),
        "malformed: has a tar header with a wrong checksum, where some readers stop and others search on",
    ),
    "a negative size in base 256": (
        tgz(header(raw_size=b"\xff" * 12)),
        "malformed: has a tar header with a negative size",
    ),
    "a negative size in digits": (
        tgz(header(raw_size=b"-0000000001\0")),
        "malformed: has a tar header whose size is not a number",
    ),
    "a size past 2^63": (
        tgz(header(raw_size=b"\x80\0\0\0" + b"\xff" * 8)),
        "malformed: has a tar header with a size past 2^63",
    ),
    "a size with a stray base-256 mark": (
        tgz(header(raw_size=b"\xc0" + bytes(11))),
        "malformed: has a tar header whose size is not a number",
    ),
    "a size in digits that are not octal": (
        tgz(header(raw_size=b"00000000009\0")),
        "malformed: has a tar header whose size is not a number",
    ),
    "a size as only Python reads it": (
        tgz(header(raw_size=b"0o00000_001\0")),
        "malformed: has a tar header whose size is not a number",
    ),
    "a size with a blank in its middle": (
        tgz(header(raw_size=b"0000 000001\0")),
        "malformed: has a tar header whose size is not a number",
    ),
    "a mode that is no number": (
        tgz(entry(fields={100: b"rw-r--r-"})),
        "malformed: has a tar header whose mode is not a number",
    ),
    "a user that is no number": (
        tgz(entry(fields={108: b"root\0\0\0\0"})),
        "malformed: has a tar header whose uid is not a number",
    ),
    "a time that is no number": (
        tgz(entry(fields={136: b"yesterday\0\0\0"})),
        "malformed: has a tar header whose mtime is not a number",
    ),
    "a device that is no number": (
        tgz(entry(fields={329: b"........"})),
        "malformed: has a tar header whose devmajor is not a number",
    ),
    "a prefix that only some readers use": (
        tgz(entry("a.js", prefix=b"package", magic=b"ustar  \0")),
        "malformed: has a tar header with a prefix that only some readers use",
    ),
    # the stream
    "a size past the end": (tgz(header(size=5000)), "malformed: ends in the middle of a file"),
    "half a header at the end": (gz(entry() + header()[:100]), "malformed: ends in the middle of a tar header"),
    "padding that is missing": (gz(header(size=1) + b"1"), "malformed: ends in the middle of a file"),
    "text after the end": (
        tgz(entry(), end=END + b"more"),
        "malformed: holds data after the end of its tar, which some readers see and others do not",
    ),
    "an entry after one block of zeros": (
        tgz(entry(), bytes(512), FOLLOWER),
        "malformed: holds data after the end of its tar, which some readers see and others do not",
    ),
    "an entry after the end": (
        tgz(entry(), END, FOLLOWER),
        "malformed: holds data after the end of its tar, which some readers see and others do not",
    ),
    "nothing at all": (tgz(), "malformed: holds no files"),
    "directories only": (tgz(entry("package/", b"", b"5")), "malformed: holds no files"),
    # types
    "a directory with a size": (
        tgz(entry("package/lib/", FOLLOWER, b"5")),
        f"malformed: has an entry that is no file and yet 1,024 bytes long; {DIFFERENT_NEXT}",
    ),
    "a file that is a directory by its name, with a size": (
        tgz(entry("package/lib/", FOLLOWER, b"0")),
        f"malformed: has an entry that is no file and yet 1,024 bytes long; {DIFFERENT_NEXT}",
    ),
    "a link with a size": (
        tgz(entry("package/l", FOLLOWER, b"2", link="a.js")),
        f"malformed: has an entry that is no file and yet 1,024 bytes long; {DIFFERENT_NEXT}",
    ),
    "a hard link with content": (
        tgz(entry("package/l", FOLLOWER, b"1", link="package/a.js")),
        f"malformed: has an entry that is no file and yet 1,024 bytes long; {DIFFERENT_NEXT}",
    ),
    "a device with a size": (
        tgz(entry("package/d", FOLLOWER, b"3")),
        f"malformed: has an entry that is no file and yet 1,024 bytes long; {DIFFERENT_NEXT}",
    ),
}

ODD = {
    "a symbolic link": (
        tgz(entry(), entry("package/b.md", b"", b"2", link="readme.md")),
        Reading((("a.js", b"1"),), ("link b.md",)),
    ),
    "a hard link": (
        tgz(entry(), entry("package/b.js", b"", b"1", link="package/a.js")),
        Reading((("a.js", b"1"),), ("link b.js",)),
    ),
    "a symbolic link out of the package": (
        tgz(entry(), entry("package/lib/b", b"", b"2", link="../../../etc/passwd")),
        Reading((("a.js", b"1"),), ("escape lib/b",)),
    ),
    "a symbolic link to an absolute path": (
        tgz(entry(), entry("package/b", b"", b"2", link="/etc/passwd")),
        Reading((("a.js", b"1"),), ("escape b",)),
    ),
    "a hard link out of the package": (
        tgz(entry(), entry("package/b", b"", b"1", link="package/../../etc/passwd")),
        Reading((("a.js", b"1"),), ("escape b",)),
    ),
    "a link that shows data as code": (
        tgz(entry("package/evil.txt"), entry("package/index.js", b"", b"2", link="evil.txt")),
        Reading((("evil.txt", b"1"),), ("link index.js", "disagreement index.js")),
    ),
    "a file behind a link": (
        tgz(entry("package/l", b"", b"2", link="lib"), entry("package/l/a.js")),
        Reading((("l/a.js", b"1"),), ("link l", "disagreement l/a.js")),
    ),
    "a link in the place of a file": (
        tgz(entry("package/a"), entry("package/a", b"", b"2", link="b")),
        Reading((("a", b"1"),), ("link a", "duplicate-name a", "disagreement a")),
    ),
    "a long link target": (
        tgz(long_name(b"d/" * 100, b"K"), entry("package/l", b"", b"2"), entry()),
        Reading((("a.js", b"1"),), ("link l",)),
    ),
    "a character device": (
        tgz(entry(), entry("package/d", b"", b"3")),
        Reading((("a.js", b"1"),), ("device d",)),
    ),
    "a block device": (tgz(entry(), entry("package/d", b"", b"4")), Reading((("a.js", b"1"),), ("device d",))),
    "a pipe": (tgz(entry(), entry("package/d", b"", b"6")), Reading((("a.js", b"1"),), ("device d",))),
    "a type that some readers take for a file": (
        tgz(entry(kind=b"Z")),
        Reading((("a.js", b"1"),), ("unknown-type a.js",)),
    ),
    "a volume label": (
        tgz(entry("label", b"", b"V"), entry()),
        Reading((("label", b""), ("a.js", b"1")), ("top-directory label", "unknown-type label")),
    ),
    "a PAX key of an unknown vendor": (
        tgz(pax(record("ACME.hidden", "1")), entry()),
        Reading((("a.js", b"1"),), ("vendor-header a.js",)),
    ),
    "one file twice": (tgz(entry(), entry()), Reading((("a.js", b"1"),), ("duplicate-name a.js",))),
    "one name with two contents": (
        tgz(entry(), entry(content=b"2")),
        Reading((("a.js", b"1"), ("a.js", b"2")), ("duplicate-name a.js", "disagreement a.js")),
    ),
}


@pytest.mark.parametrize("archive", HEALTHY.values(), ids=HEALTHY.keys())
def test_a_tar_that_honest_tools_write_is_read(archive: bytes) -> None:
    assert read(archive) == Reading((("a.js", b"1"),))


@pytest.mark.parametrize(("archive", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_tar_that_readers_read_differently_is_refused(archive: bytes, why: str) -> None:
    assert read(archive).refused == why


@pytest.mark.parametrize(("archive", "expected"), ODD.values(), ids=ODD.keys())
def test_what_is_odd_is_said_and_every_file_is_read_all_the_same(archive: bytes, expected: Reading) -> None:
    assert read(archive) == expected


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_formats_of_the_standard_library_are_read(form: int) -> None:
    files = {"package/a.js": b"1", f"package/{'long/' * 30}b.js": b"2", "package/big.bin": bytes(range(256)) * 999}
    if form != tarfile.USTAR_FORMAT:
        files[f"package/{'c' * 200}.js"] = b"3"
        files["package/caf\u00e9.js"] = b"4"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mtime = len(content), 1.5
            tar.addfile(member, io.BytesIO(content))
    reading = read(gzip.compress(packed.getvalue()))
    assert dict(reading.files) == {name.removeprefix("package/"): content for name, content in files.items()}
    assert reading.oddities == ()
