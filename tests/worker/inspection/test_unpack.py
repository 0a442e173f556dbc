"""Kinds and limits of archives, and healthy ones in the shapes that packages come in."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import tarfile
import zipfile
from itertools import chain

import pytest

from app.core.specimen import ArtifactKind
from tests.worker.inspection.archives import END, FILENAMES, NPM, SDIST, WHEEL, entry, header, read, tarball, tgz
from tests.worker.inspection.zips import Zipped, wheel, zipped
from worker.inspection.archive.listing import Listing
from worker.inspection.limits import Limits
from worker.inspection.unpack import members

TGZ = tarball({"index.js": "1"})
WHL = wheel({"a.py": "a = 1\n"})
PLAIN_TAR = entry() + END

WRONG = {
    "an empty file": (NPM, b"", "is not a gzip-compressed tar: it is empty"),
    "one byte": (NPM, b"\x1f", "is not a gzip-compressed tar: it is something else"),
    "a web page": (NPM, b"<!DOCTYPE html><h1>503</h1>", "is not a gzip-compressed tar: it is a web page"),
    "a web page with a mark of byte order": (
        SDIST,
        b"\xef\xbb\xbf\n<html>",
        "is not a gzip-compressed tar: it is a web page",
    ),
    "an error in JSON": (NPM, b'{"error": "not found"}', "is not a gzip-compressed tar: it is JSON"),
    "a wheel under an npm name": (NPM, WHL, "is not a gzip-compressed tar: it is a zip"),
    "an npm tarball under a wheel's name": (WHEEL, TGZ, "is not a zip: it is gzip-compressed data"),
    "a web page under a wheel's name": (WHEEL, b"<html>", "is not a zip: it is a web page"),
    "a tar without compression": (NPM, PLAIN_TAR, "is not a gzip-compressed tar: it is a tar without compression"),
    "a bzip2 sdist": (SDIST, bz2.compress(PLAIN_TAR), "is not a gzip-compressed tar: it is compressed with bzip2"),
    "an empty zip as a wheel": (WHEEL, zipped(), "is not a zip: it is a zip without files"),
    "gzip around text": (NPM, gzip.compress(b"hello"), "ends in the middle of a tar header"),
    "gzip around nothing": (NPM, gzip.compress(b""), "holds no files"),
    "gzip around a zip": (NPM, gzip.compress(WHL), "ends in the middle of a tar header"),
    "gzip around gzip": (NPM, gzip.compress(TGZ), "ends in the middle of a tar header"),
    "a zip with a tar header at its start": (
        WHEEL,
        header(b"PK\x03\x04") + WHL,
        "is a tar and a zip at once; readers differ in which they open",
    ),
    "a tarball with a zip at its end": (
        NPM,
        TGZ + WHL,
        "is a tar and a zip at once; readers differ in which they open",
    ),
    "a tarball with the end of an empty zip": (
        SDIST,
        TGZ + zipped(),
        "is a tar and a zip at once; readers differ in which they open",
    ),
}


@pytest.mark.parametrize(("kind", "content", "why"), WRONG.values(), ids=WRONG.keys())
def test_bytes_of_another_kind_than_declared_are_refused(kind: ArtifactKind, content: bytes, why: str) -> None:
    assert str(read(content, kind).refused).startswith(f"malformed: {why}")


def test_an_sdist_may_be_a_zip_when_its_name_says_so() -> None:
    zip_sdist = zipped(Zipped("a-1.0.0/setup.py", b"setup()"), Zipped("a-1.0.0/a/__init__.py", b""))
    reading = read(zip_sdist, SDIST, "a-1.0.0.zip")
    assert (reading.paths, reading.oddities) == (("setup.py", "a/__init__.py"), ())
    assert read(zip_sdist, SDIST).refused == "malformed: is not a gzip-compressed tar: it is a zip"
    assert read(TGZ, SDIST, "a-1.0.0.zip").refused == "malformed: is not a zip: it is gzip-compressed data"


def test_a_file_past_the_cap_is_counted_and_hashed_to_its_end() -> None:
    content = bytes(range(256)) * 400
    listing = Listing()
    archive = io.BytesIO(tarball({"big.bin": content, "a.js": "1"}))
    big, small = members(archive, "a.tgz", NPM, Limits(content=1000), listing)
    assert (big.path, big.size, big.content, big.truncated) == ("big.bin", 102_400, content[:1000], True)
    assert big.sha256 == hashlib.sha256(content).hexdigest()
    assert (small.content, small.truncated) == (b"1", False)
    assert listing.unpacked == 102_401


def test_members_come_one_at_a_time() -> None:
    listing = Listing()
    archive = io.BytesIO(tgz(entry("package/a.js"), entry("package/b.js", checksum=b"broken!!")))
    stream = members(archive, "a.tgz", NPM, Limits(), listing)
    assert next(stream).path == "a.js", "what comes before the fault is handed out before it is met"


def test_members_that_nobody_reads_are_skipped_by_the_reader() -> None:
    archive = zipped(*(Zipped(f"{n}.py", b"x" * 100_000) for n in range(3)))
    assert read(archive, WHEEL).paths == ("0.py", "1.py", "2.py")


@pytest.mark.parametrize(
    ("limits", "refused"),
    [
        (Limits(members=2), "too-large: holds more than 2 entries"),
        (Limits(path=10), "malformed: holds a name of 11 bytes, past 10 (pkg/deep/a0)"),
        (Limits(parts=2), "malformed: holds a name of 3 parts, past 2 (pkg/deep/a0)"),
        (Limits(part=3), "malformed: holds a name with a part of more than 3 bytes (pkg/deep/a0)"),
    ],
)
@pytest.mark.parametrize("kind", [NPM, WHEEL])
def test_each_limit_refuses_in_a_sentence(kind: ArtifactKind, limits: Limits, refused: str) -> None:
    names = [f"pkg/deep/a{n}" for n in range(3)]
    archive = tgz(*map(entry, names)) if kind is NPM else zipped(*map(Zipped, names))
    assert read(archive, kind, limits=limits).refused == refused


def test_a_directory_of_a_zip_past_the_limit_is_not_read() -> None:
    refused = read(WHL, WHEEL, limits=Limits(headers=50)).refused
    assert refused == "malformed: has a directory of 120 bytes, past the 50 that are read"


def test_an_npm_tarball_as_npm_packs_it_has_nothing_odd() -> None:
    files = {
        "package.json": b'{"name": "a"}',
        "README.md": b"# a",
        "lib/index.js": b"module.exports = 1",
        "bin/a": b"#!",
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size, member.mode, member.mtime = len(content), 0o644, 499162500
            tar.addfile(member, io.BytesIO(content))
    reading = read(gzip.compress(packed.getvalue()), NPM)
    assert (dict(reading.files), reading.oddities) == (files, ())


def test_an_sdist_as_setuptools_packs_it_has_nothing_odd() -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
        for name in ("a-1.0.0", "a-1.0.0/a", "a-1.0.0/a.egg-info"):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode, directory.mtime = tarfile.DIRTYPE, 0o755, 1700000000.123
            tar.addfile(directory)
        for name in ("PKG-INFO", "setup.py", "a/__init__.py", "a.egg-info/PKG-INFO"):
            member = tarfile.TarInfo(f"a-1.0.0/{name}")
            member.size, member.mtime, member.uname = 1, 1700000000.123, "someone"
            tar.addfile(member, io.BytesIO(b"1"))
    reading = read(packed.getvalue(), SDIST)
    assert (reading.paths, reading.oddities) == (("PKG-INFO", "setup.py", "a/__init__.py", "a.egg-info/PKG-INFO"), ())


def test_a_wheel_as_build_tools_pack_it_has_nothing_odd() -> None:
    files = {
        "a/__init__.py": "a = 1\n",
        "a-1.0.0.data/scripts/a": "#!python\n",
        "a-1.0.0.dist-info/METADATA": "Name: a\n",
    }
    packed = io.BytesIO(wheel(files))
    with zipfile.ZipFile(packed) as stock:
        assert stock.testzip() is None
    reading = read(packed.getvalue(), WHEEL)
    assert (reading.paths, reading.oddities) == ((*files, "a-1.0.0.dist-info/RECORD"), ())


def test_the_names_of_the_kinds_are_those_that_registries_use() -> None:
    assert set(FILENAMES) == set(chain(ArtifactKind))
