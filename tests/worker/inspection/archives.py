"""Archives byte by byte: healthy ones, and every way of bending them that the tests need."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import re
import struct
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

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

    put(0, _bytes(name)[:100])
    put(100, b"0000644\0" + b"0000000\0" * 2)
    put(124, b"%011o\0" % size if raw_size is None else raw_size)
    put(136, b"00000000000\0")
    put(156, kind)
    put(157, _bytes(link)[:100])
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
    body = b" " + key.encode() + b"=" + _bytes(value) + b"\n"
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
    return tgz(*(entry(f"{top}/{path}", _bytes(content)) for path, content in files.items()))


# --- zip --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Zipped:
    """One entry of a zip. `local` and `central` overwrite what the two headers say of it."""

    name: bytes | str = "a.py"
    content: bytes = b"a = 1\n"
    method: int = 8
    flags: int = 0
    local: Mapping[str, object] = field(default_factory=dict)
    central: Mapping[str, object] = field(default_factory=dict)
    packed: bytes | None = None
    after: bytes = b""
    attributes: int = 0
    made_by: int = 3

    def data(self) -> bytes:
        return self.packed if self.packed is not None else deflate(self.content) if self.method else self.content

    def values(self, changes: Mapping[str, object]) -> dict[str, object]:
        values: dict[str, object] = {
            "name": _bytes(self.name),
            "flags": self.flags,
            "method": self.method,
            "crc": zlib.crc32(self.content),
            "packed": len(self.data()),
            "size": len(self.content),
            "extra": b"",
            "comment": b"",
        }
        return values | dict(changes)

    def local_header(self) -> bytes:
        v = self.values(self.local)
        name, extra = v["name"], v["extra"]
        assert isinstance(name, bytes)
        assert isinstance(extra, bytes)
        numbers = (20, v["flags"], v["method"], 0, 33, v["crc"], v["packed"], v["size"], len(name), len(extra))
        return struct.pack("<4sHHHHHLLLHH", b"PK\x03\x04", *numbers) + name + extra

    def central_header(self, offset: int) -> bytes:
        v = self.values(self.central)
        name, extra, comment = v["name"], v["extra"], v["comment"]
        assert isinstance(name, bytes)
        assert isinstance(extra, bytes)
        assert isinstance(comment, bytes)
        numbers = (self.made_by << 8 | 20, 20, v["flags"], v["method"], 0, 33, v["crc"], v["packed"], v["size"])
        rest = (len(name), len(extra), len(comment), v.get("disk", 0), 0, self.attributes, v.get("offset", offset))
        return struct.pack("<4sHHHHHHLLLHHHHHLL", b"PK\x01\x02", *numbers, *rest) + name + extra + comment


def zipped(
    *entries: Zipped,
    prefix: bytes = b"",
    before_directory: bytes = b"",
    inside: bytes = b"",
    comment: bytes = b"",
    comment_length: int | None = None,
    suffix: bytes = b"",
    count: int | None = None,
    offset: int = 0,
    disk: int = 0,
    zip64: Callable[[int, int, int], bytes] | None = None,
    sentinels: bool = False,
    order: Callable[[list[bytes]], list[bytes]] = list,
) -> bytes:
    """A zip; every keyword bends it in one place."""
    body = prefix
    directory = []
    for one in entries:
        directory.append(one.central_header(len(body)))
        body += one.local_header() + one.data() + one.after
    body += before_directory
    start = len(body) + offset
    listed = b"".join(order(directory)) + inside
    number = len(entries) if count is None else count
    body += listed
    if zip64 is not None:
        body += zip64(number, len(listed), start)
    values = (0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) if sentinels else (number, number, len(listed), start)
    size = len(comment) if comment_length is None else comment_length
    return body + struct.pack("<4sHHHHLLH", b"PK\x05\x06", disk, disk, *values, size) + comment + suffix


def end64(number: int, size: int, start: int, /, **changes: int) -> bytes:
    """A ZIP64 end record with its locator, where the directory ends at `start + size`."""
    v = {"count": number, "size": size, "start": start, "place": start + size, "length": 44, "disks": 1} | changes
    record64 = struct.pack(
        "<4sQHHLLQQQQ", b"PK\x06\x06", v["length"], 45, 45, 0, 0, v["count"], v["count"], v["size"], v["start"]
    )
    return record64 + struct.pack("<4sLQL", b"PK\x06\x07", 0, v["place"], v["disks"])


def deflate(content: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(content) + squeeze.flush()


def recorded(files: Mapping[str, bytes | str], info: str = "a-1.0.0.dist-info") -> dict[str, bytes]:
    """The files with a RECORD that is right."""
    rows = [f"{name},sha256={_hash(_bytes(content))},{len(_bytes(content))}" for name, content in files.items()]
    listed = "\n".join([*rows, f"{info}/RECORD,,", ""])
    return {name: _bytes(content) for name, content in files.items()} | {f"{info}/RECORD": listed.encode()}


def wheel_of(*entries: Zipped, **bends: object) -> bytes:
    """A wheel of these entries with a RECORD that is right."""
    contents = {_bytes(one.name).decode("utf-8", "replace"): one.content for one in entries}
    listed = recorded(contents)["a-1.0.0.dist-info/RECORD"]
    return zipped(*entries, Zipped("a-1.0.0.dist-info/RECORD", listed), **bends)  # type: ignore[arg-type]


def wheel(files: Mapping[str, bytes | str]) -> bytes:
    """A healthy wheel."""
    return zipped(*(Zipped(name, content) for name, content in recorded(files).items()))


def quoted_overlap(times: int, kernel: bytes) -> bytes:
    """A zip whose files lie inside each other, every checksum right: each quotes the header of the next as its own text.

    The trick of the small bombs of 2019.
    """
    packed, content = deflate(kernel), kernel
    made: list[Zipped] = []
    inner = b""
    for number in reversed(range(times)):
        one = Zipped(f"{number:04}.txt", content, packed=packed)
        made.append(one)
        inner = one.local_header()
        content = inner + content
        packed = b"\0" + struct.pack("<HH", len(inner), len(inner) ^ 0xFFFF) + inner + packed
    made.reverse()
    body, directory = b"", b""
    for one in made:
        directory += one.central_header(len(body))
        quote = b"" if one is made[-1] else b"\0" + struct.pack("<HH", len(inner), len(inner) ^ 0xFFFF)
        body += one.local_header() + quote
    start = len(body) + len(deflate(kernel))
    tail = struct.pack("<4sHHHHLLH", b"PK\x05\x06", 0, 0, times, times, len(directory), start, 0)
    return body + deflate(kernel) + directory + tail


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def joined(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)
