"""What reading an archive gives, and tarballs byte by byte: healthy ones, and every way of bending them."""

from __future__ import annotations

import gzip
import io
import re
import struct
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from app.core.errors import CannotExamine
from app.core.specimen import ArtifactKind
from worker.inspection.archive.listing import Listing
from worker.inspection.limits import Limits
from worker.inspection.unpack import members

NPM, SDIST, WHEEL = ArtifactKind.NPM_TARBALL, ArtifactKind.SDIST, ArtifactKind.WHEEL
FILENAMES = {NPM: "a-1.0.0.tgz", SDIST: "a-1.0.0.tar.gz", WHEEL: "a-1.0.0-py3-none-any.whl"}
END = bytes(1024)


@dataclass(frozen=True)
class Reading:
    """What reading an archive gave: its files, its oddities as `id member`, or why it was refused."""

    files: tuple[tuple[str, bytes], ...] = ()
    oddities: tuple[str, ...] = ()
    refused: str | None = None

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for path, _ in self.files)

    @property
    def ids(self) -> set[str]:
        return {oddity.partition(" ")[0] for oddity in self.oddities}


def read(
    content: bytes | io.BytesIO, kind: ArtifactKind = NPM, filename: str | None = None, limits: Limits | None = None
) -> Reading:
    """Read an archive to its end, or to where it is refused. Any other exception is a fault of the reader."""
    listing = Listing()
    stream = content if isinstance(content, io.BytesIO) else io.BytesIO(content)
    name = filename or FILENAMES[kind]
    files: list[tuple[str, bytes]] = []
    try:
        for member in members(stream, name, kind, limits or Limits(), listing):
            files.append((member.path, member.content))
    except CannotExamine as error:
        refused = error
    else:
        return Reading(tuple(files), tuple(f"{oddity.id} {oddity.member}".rstrip() for oddity in listing.oddities()))
    assert re.fullmatch(re.escape(name) + " .+[.]", refused.detail), "a sentence that names the archive"
    return Reading(refused=f"{refused.reason}: {refused.detail[len(name) + 1 : -1]}")


# --- gzip -------------------------------------------------------------------------------------------------------------


def gz(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def gz_parts(
    data: bytes,
    *,
    flags: int = 0,
    fields: bytes = b"",
    crc: int | None = None,
    length: int | None = None,
    method: int = 8,
    after: bytes = b"",
) -> bytes:
    """One gzip member with a header and a trailer to choose."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = squeeze.compress(data) + squeeze.flush()
    crc = zlib.crc32(data) if crc is None else crc
    length = len(data) & 0xFFFFFFFF if length is None else length
    head = struct.pack("<2sBBLBB", b"\x1f\x8b", method, flags, 0, 0, 255)
    return head + fields + packed + struct.pack("<LL", crc, length) + after


def gz_of_repeated(block: bytes, times: int, head: bytes = b"") -> bytes:
    """A gzip member of `head` and the block again and again, made in no time: the checksum at its end is wrong."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    start = squeeze.compress(head) + squeeze.flush(zlib.Z_FULL_FLUSH)
    once = squeeze.compress(block) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + start + once * times + squeeze.flush() + bytes(8)


# --- tar --------------------------------------------------------------------------------------------------------------


def header(
    name: bytes | str = "package/a.js",
    size: int = 0,
    kind: bytes = b"0",
    *,
    link: bytes | str = b"",
    prefix: bytes = b"",
    magic: bytes = b"ustar\x0000",
    raw_size: bytes | None = None,
    checksum: bytes | None = None,
    fields: Mapping[int, bytes] | None = None,
) -> bytes:
    """A tar header; `fields` overwrites bytes at an offset before the checksum is computed."""
    block = bytearray(512)

    def put(at: int, value: bytes) -> None:
        block[at : at + len(value)] = value

    put(0, to_bytes(name)[:100])
    put(100, b"0000644\0" + b"0000000\0" * 2)
    put(124, b"%011o\0" % size if raw_size is None else raw_size)
    put(136, b"00000000000\0")
    put(156, kind)
    put(157, to_bytes(link)[:100])
    put(257, magic)
    put(329, b"0000000\0" * 2 if magic else b"")
    put(345, prefix)
    for at, value in (fields or {}).items():
        put(at, value)
    put(148, b" " * 8)
    put(148, b"%06o\0 " % sum(block) if checksum is None else checksum)
    return bytes(block)


def entry(name: bytes | str = "package/a.js", content: bytes = b"1", kind: bytes = b"0", **fields: object) -> bytes:
    """A header with its content and padding."""
    return header(name, len(content), kind, **fields) + padded(content)  # type: ignore[arg-type]


def padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 512)


def record(key: str, value: bytes | str) -> bytes:
    """One PAX record; its length counts itself."""
    body = b" " + key.encode() + b"=" + to_bytes(value) + b"\n"
    length = len(body) + 1
    while len(b"%d" % length) + len(body) != length:
        length += 1
    return b"%d" % length + body


def pax(*records: bytes, kind: bytes = b"x") -> bytes:
    return entry("PaxHeader/a", b"".join(records), kind)


def long_name(name: bytes, kind: bytes = b"L") -> bytes:
    return entry("././@LongLink", name + b"\0", kind, magic=b"ustar  \0")


def tgz(*entries: bytes, end: bytes = END) -> bytes:
    return gz(b"".join(entries) + end)


def tarball(files: Mapping[str, bytes | str], top: str = "package") -> bytes:
    """A healthy tarball with one top directory."""
    return tgz(*(entry(f"{top}/{path}", to_bytes(content)) for path, content in files.items()))


def to_bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text
