"""The central directory of a zip: found, read, and held against everything that would let two readers differ.

Readers of zip find files from the end (the directory) or from the start (the local headers). They agree only when the
archive is the local entries without gaps, then the directory, then its end record, and nothing else; so nothing else is
read. Sizes written after the data (data descriptors) are refused too: none of 219 wheels and zipped sdists has them.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass
from typing import BinaryIO

from worker.inspection.archive.meter import Meter

_END = struct.Struct("<4sHHHHLLH")
_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQHHLLQQQQ")
_CENTRAL = struct.Struct("<4sHxxHH4xLLLHHHH2xLL")  # versions, times and internal attributes are of no consequence
_MOST = 0xFFFF  # bytes of a comment
_FULL16, FULL32 = 0xFFFF, 0xFFFFFFFF

ENCRYPTED, DESCRIBED, UTF8 = 1 << 0, 1 << 3, 1 << 11
_KNOWN_FLAGS = 0b110 | UTF8  # 0b110 says how hard deflate tried
STORED, DEFLATED = 0, 8
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075


@dataclass(frozen=True, slots=True)
class CentralEntry:
    """One entry of the directory. `mode` are the Unix type and permission bits, 0 when it was made elsewhere."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int
    mode: int


@dataclass(frozen=True, slots=True)
class Directory:
    """The entries in the order of their bytes; `start` is where the directory itself begins."""

    entries: tuple[CentralEntry, ...]
    start: int
    comment: bytes


def read_directory(content: BinaryIO, meter: Meter) -> Directory:
    """Find and read the directory; raise `CannotExamine` for anything that readers read differently."""
    length = content.seek(0, os.SEEK_END)
    tail = _at(content, max(0, length - _END.size - _MOST), length)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        meter.malformed("has no directory of a zip at its end: it is cut off, or no zip")
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(tail, place)
    end = length - len(tail) + place
    if len(tail) - place != _END.size + comment:
        meter.disputed("goes on after the end of its zip directory, or its comment holds a second one")
    if disk or first_disk or here != count:
        meter.malformed("is one part of a zip in several parts")
    end, count, size, start = _zip64(content, meter, end, (count, size, start))
    if start + size != end:
        meter.disputed("has bytes before, after or inside its zip directory that only some readers skip")
    meter.directory(count, size)
    entries = _entries(_at(content, start, end), count, meter)
    return Directory(tuple(sorted(entries, key=lambda entry: entry.offset)), start, tail[place + _END.size :])


def is_zip(content: BinaryIO) -> bool:
    """Whether a reader that looks for a zip directory at the end, as pip does, takes these bytes for a zip."""
    length = content.seek(0, os.SEEK_END)
    begin = max(0, length - _END.size - _MOST)
    tail = _at(content, begin, length)
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END.size:
        return False
    size = int.from_bytes(tail[place + 12 : place + 16], "little")
    first = begin + place - size
    return not size or (first >= 0 and _at(content, first, first + 4) == b"PK\x01\x02")


def extras(data: bytes, meter: Meter) -> dict[int, bytes]:
    """The extra fields of an entry by id; fewer than four zero bytes at the end are padding."""
    found: dict[int, bytes] = {}
    at = 0
    while len(data) - at >= 4:
        kind, size = struct.unpack_from("<HH", data, at)
        if at + 4 + size > len(data) or (kind in found and kind in {_ZIP64, _UNICODE_PATH}):
            meter.malformed("has an extra field in its zip that is broken or stands there twice")
        found[kind] = data[at + 4 : at + 4 + size]
        at += 4 + size
    if data[at:].strip(b"\0"):
        meter.malformed("has an extra field in its zip that is broken or stands there twice")
    return found


def long_values(found: dict[int, bytes], values: tuple[int, ...], meter: Meter) -> tuple[int, ...]:
    """The 32-bit values with those that say "look into the ZIP64 field" looked up there.

    The field gives those and no others, or repeats what the header says.
    """
    long = found.get(_ZIP64)
    if long is None:
        return values
    wide = [int.from_bytes(long[at : at + 8], "little") for at in range(0, len(long) - len(long) % 8, 8)]
    missing = values.count(FULL32)
    if not missing and tuple(wide) == values[: len(wide)]:
        return values
    if missing != len(wide):
        meter.disputed("has a ZIP64 field that contradicts its entry")
    rest = iter(wide)
    return tuple(next(rest) if value == FULL32 else value for value in values)


def check_name(name: bytes, found: dict[int, bytes], meter: Meter) -> None:
    """Refuse a second name in the extra fields that differs, and names that some readers cut."""
    if b"\0" in name:
        meter.disputed("holds a name with a zero byte, where some readers cut it")
    other = found.get(_UNICODE_PATH)
    if other is not None and int.from_bytes(other[1:5], "little") == zlib.crc32(name) and other[5:] != name:
        meter.disputed("gives one file two names; readers differ in which they take")


def _zip64(content: BinaryIO, meter: Meter, end: int, short: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Where the directory ends, and its count, size and start, from the ZIP64 end record if there is one."""
    if end < _LOCATOR.size + _END64.size:
        return (end, *short)
    signature, disk, place, disks = _LOCATOR.unpack(_at(content, end - _LOCATOR.size, end))
    if signature != b"PK\x06\x07":
        return (end, *short)
    begin = end - _LOCATOR.size - _END64.size
    signature, length, *_, disk64, first_disk, here, count, size, start = _END64.unpack(
        _at(content, begin, begin + _END64.size)
    )
    wide = (count, size, start)
    fits = all(
        value in {full, given} for value, given, full in zip(short, wide, (_FULL16, FULL32, FULL32), strict=True)
    )
    plain = signature == b"PK\x06\x06" and length == _END64.size - 12 and place == begin and here == count
    if not fits or not plain or disk or disk64 or first_disk or disks != 1:
        meter.disputed("has a ZIP64 end record that contradicts the rest")
    return (begin, *wide)


def _entries(data: bytes, count: int, meter: Meter) -> list[CentralEntry]:
    entries = []
    at = 0
    while at < len(data):
        if data[at : at + 4] != b"PK\x01\x02" or len(data) - at < _CENTRAL.size:
            meter.malformed("has a zip directory with something else in it")
        _, made_by, flags, method, crc, packed, size, *rest = _CENTRAL.unpack_from(data, at)
        name_size, extra_size, comment_size, disk, attributes, offset = rest
        at += _CENTRAL.size
        name, extra = data[at : at + name_size], data[at + name_size : at + name_size + extra_size]
        at += name_size + extra_size
        if comment_size or disk or at > len(data):
            meter.malformed("has a zip directory with comments, parts elsewhere, or an end in the middle of an entry")
        found = extras(extra, meter)
        check_name(name, found, meter)
        size, packed, offset = long_values(found, (size, packed, offset), meter)
        mode = attributes >> 16 if made_by >> 8 == 3 else 0
        entry = CentralEntry(name, flags, method, crc, packed, size, offset, mode)
        _check(entry, meter)
        entries.append(entry)
    if len({entry.name for entry in entries}) != len(entries):
        meter.disputed("holds two files of one name; readers differ in which they take")
    if len(entries) != count:
        meter.malformed(f"has a zip directory of {len(entries):,} entries whose end record says {count:,}")
    return entries


def _check(entry: CentralEntry, meter: Meter) -> None:
    if entry.flags & ENCRYPTED:
        meter.malformed("holds an encrypted file")
    if entry.flags & DESCRIBED:
        meter.malformed("gives the size of a file only after it, so that readers find its end differently")
    if entry.flags & ~_KNOWN_FLAGS:
        meter.malformed("uses features of zip that readers of packages do not know")
    if entry.method not in {STORED, DEFLATED}:
        meter.malformed(f"holds a file compressed by method {entry.method}; only stored and deflated ones are read")
    if entry.method == STORED and entry.packed != entry.size:
        meter.malformed("holds a stored file with two different sizes")


def _at(content: BinaryIO, start: int, end: int) -> bytes:
    content.seek(start)
    return content.read(end - start)
