"""The archives that were measured against stock readers: each ends as it should, and early."""

from __future__ import annotations

import io
import struct
import zipfile

from tests.worker.inspection.archives import NPM, WHEEL, entry, gz_of_repeated, header, read, tarball, tgz
from tests.worker.inspection.zips import Zipped, deflate, quoted_overlap, wheel_of, zipped
from worker.inspection.limits import Limits

MIB = 1 << 20


def test_a_million_empty_members_are_refused_after_the_first_50_thousand() -> None:
    bomb = gz_of_repeated(header("package/a.js") * 1000, 1000)
    content = io.BytesIO(bomb)
    assert read(content).refused == "too-large: holds more than 50,000 entries"
    assert content.tell() < len(bomb) / 10, "the rest was not even read"


def test_four_gibibytes_of_zeros_are_refused_after_the_first_16_mebibytes() -> None:
    bomb = gz_of_repeated(bytes(MIB), 4096, head=header("package/zeros", 4096 * MIB))
    content = io.BytesIO(bomb)
    assert read(content).refused == "bomb: unpacks to more than 200 times its size, as only bombs do"
    assert content.tell() < len(bomb) / 10


def test_a_pax_header_of_one_gibibyte_is_refused_before_it_is_read() -> None:
    bomb = gz_of_repeated(b"a" * MIB, 1024, head=header("PaxHeader/a", 1024 * MIB, b"x"))
    content = io.BytesIO(bomb)
    assert read(content).refused == "malformed: has a header of 1,073,741,824 bytes, past the 1,048,576 that are read"
    assert content.tell() <= 1 << 16


def test_a_negative_size_does_not_send_the_reader_back() -> None:
    size = b"\xff" * 11 + b"\x00"  # -256 in base 256: stock readers loop for ever
    assert read(tgz(header(raw_size=size))).refused == "malformed: has a tar header with a negative size"


def test_a_chain_of_links_that_climbs_out_is_listed_and_nothing_is_followed() -> None:
    chain = [entry("package/a", b"", b"2", link="d" * 90)]
    chain += [entry(f"package/{'a/' * n}b", b"", b"2", link="../" * n + "..") for n in range(1, 20)]
    chain += [entry("package/a/b/out/passwd", b"root::0:0")]
    reading = read(tgz(*chain))
    assert reading.files == (("a/b/out/passwd", b"root::0:0"),)
    assert {"link", "escape", "disagreement"} <= reading.ids


def test_a_second_gzip_member_is_not_hidden_by_the_first() -> None:
    hidden = tarball({"index.js": "innocent"}) + tarball({"index.js": "evil"})
    assert read(hidden).refused == (
        "malformed: holds a second gzip member after its gzip member, which some readers see and others do not"
    )


def test_a_zip_that_lies_about_a_size_is_stopped_at_the_size_it_states() -> None:
    content = bytes(64 * MIB)
    lying = Zipped("a.py", content, local={"size": 10}, central={"size": 10})
    assert read(zipped(lying), WHEEL).refused == (
        "malformed: lies about the size of a file: it is longer than stated (a.py)"
    )


def test_a_zip_that_lies_about_a_size_and_hides_it_from_the_checksum_is_stopped_too() -> None:
    short = Zipped("a.py", b"ten bytes.", packed=deflate(b"ten bytes." + bytes(16 * MIB)))
    assert "lies about the size" in str(read(zipped(short), WHEEL).refused)


def test_a_thousand_directory_entries_on_one_file_are_refused() -> None:
    one = Zipped("0.py")
    start = len(one.local_header() + one.data())
    directory = b"".join(Zipped(f"{n}.py").central_header(0) for n in range(1000))
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), start, 0)
    shared = one.local_header() + one.data() + directory + tail
    assert read(shared, WHEEL).refused == "malformed: has files that lie on top of each other (0.py)"


def test_files_that_quote_each_other_are_refused_though_every_checksum_is_right() -> None:
    bomb = quoted_overlap(250, bytes(4096))
    with zipfile.ZipFile(io.BytesIO(bomb)) as stock:
        assert len(stock.infolist()) == 250
    assert read(bomb, WHEEL).refused == "malformed: has files that lie on top of each other (0000.txt)"


def test_two_files_of_one_name_in_a_zip_are_refused() -> None:
    assert read(zipped(Zipped("a.py", b"1"), Zipped("a.py", b"2")), WHEEL).refused == (
        "malformed: holds two files of one name; readers differ in which they take"
    )


def test_a_tar_and_a_zip_in_one_file_are_refused() -> None:
    inner = wheel_of(Zipped("evil.py"))
    stored = b"\x1f\x8b\x08\x04\0\0\0\0\0\xff"  # the zip hides in the gzip header's extra field
    plain = tarball({"index.js": "1"})
    end = inner.rfind(b"PK\x05\x06")
    rest = plain[10:]
    polyglot = stored + struct.pack("<H", len(inner)) + inner[: end + 20] + struct.pack("<H", len(rest)) + rest
    with zipfile.ZipFile(io.BytesIO(polyglot)) as stock:
        assert "evil.py" in stock.namelist()
    assert read(polyglot).refused == "malformed: is a tar and a zip at once; readers differ in which they open"


def test_two_hundred_thousand_entries_are_counted_before_they_are_read() -> None:
    many = [struct.pack("<4s", b"PK\x03\x04")]
    names = b"".join(Zipped(f"{n}.py", b"", method=0).central_header(0) for n in range(65_000))
    start = len(many[0])
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, 65_000, 65_000, len(names), start, 0)
    assert read(many[0] + names + tail, WHEEL).refused == "too-large: holds more than 50,000 entries"


def test_an_honest_but_huge_archive_is_called_too_large_and_no_bomb() -> None:
    noise = bytes(range(256)) * 64
    big = tgz(entry("package/a.bin", noise * 8))
    assert read(big, limits=Limits(unpacked=100_000, bomb_ratio=2000)).refused == (
        "too-large: unpacks to more than 0 MiB"
    )


def test_an_archive_inside_an_archive_is_listed_and_not_opened() -> None:
    nested = tarball({"index.js": "1", "inner.tgz": tarball({"evil.js": "2"}), "inner.whl": wheel_of(Zipped())})
    reading = read(nested, NPM)
    assert reading.paths == ("index.js", "inner.tgz", "inner.whl")
    assert reading.oddities == ("nested-archive inner.tgz", "nested-archive inner.whl")
