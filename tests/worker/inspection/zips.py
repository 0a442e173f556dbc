"""Zips and wheels byte by byte: healthy ones, and every way of bending them that the tests need."""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.worker.inspection.archives import to_bytes


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
            "name": to_bytes(self.name),
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


def wide(*values: int) -> bytes:
    """A ZIP64 extra field."""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values)


def deflate(content: bytes) -> bytes:
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    return squeeze.compress(content) + squeeze.flush()


def recorded(files: Mapping[str, bytes | str], info: str = "a-1.0.0.dist-info") -> dict[str, bytes]:
    """The files with a RECORD that is right."""
    rows = [f"{name},sha256={_hash(to_bytes(content))},{len(to_bytes(content))}" for name, content in files.items()]
    listed = "\n".join([*rows, f"{info}/RECORD,,", ""])
    return {name: to_bytes(content) for name, content in files.items()} | {f"{info}/RECORD": listed.encode()}


def wheel_of(*entries: Zipped, **bends: object) -> bytes:
    """A wheel of these entries with a RECORD that is right."""
    contents = {to_bytes(one.name).decode("utf-8", "replace"): one.content for one in entries}
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
