"""Reads a zip entry by entry, in the order of its bytes, after its structure was found to be unambiguous."""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from worker.inspection.archive.entry import Entry, EntryKind
from worker.inspection.archive.meter import Meter
from worker.inspection.archive.names import shown
from worker.inspection.archive.zip_directory import (
    DEFLATED,
    UTF8,
    CentralEntry,
    check_name,
    extras,
    long_values,
    read_directory,
)

_LOCAL = struct.Struct("<4sHHHHHLLLHH")
_PIECE = 1 << 16
_PLAIN = 64  # characters of a comment that need no remark: a commit, the name of a tool
_EFFORT = 0b110  # flags that say how hard deflate tried; of no consequence
_TYPES = {stat.S_IFLNK: "symbolic link", stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFIFO: "FIFO"}


def zip_entries(content: BinaryIO, meter: Meter) -> Iterator[Entry]:
    """All entries; raise `CannotExamine` for a broken or ambiguous archive. Its structure is judged first of all."""
    directory = read_directory(content, meter)
    ends = [entry.offset for entry in directory.entries[1:]] + [directory.start]
    begin = 0
    places = []
    for central, end in zip(directory.entries, ends, strict=True):
        if central.offset != begin:
            meter.disputed("has bytes before its first file, between files, or in two files at once")
        places.append(_check_local(content, central, end, meter))
        begin = end
    if begin != directory.start:
        meter.disputed("has bytes before its directory that belong to no file")
    comment: tuple[tuple[str, str], ...] = ()
    if len(directory.comment) > _PLAIN or not directory.comment.decode("latin-1").isprintable():
        comment = (("comment", f"the zip has a comment of {len(directory.comment):,} bytes"),)
    for central, start in zip(directory.entries, places, strict=True):
        meter.member()
        yield _entry(content, central, start, meter, comment)
        comment = ()


def _check_local(content: BinaryIO, central: CentralEntry, end: int, meter: Meter) -> int:
    """Hold the local header against the directory; return where the data begins."""
    content.seek(central.offset)
    head = content.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        meter.malformed(f"has no file where its directory says there is one ({_shown(central)})")
    _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(head)
    name = content.read(name_size)
    found = extras(content.read(extra_size), meter)
    check_name(name, found, meter)
    size, packed = long_values(found, (size, packed), meter)
    given = (name, flags | _EFFORT, method, crc, packed, size)
    stated = (central.name, central.flags | _EFFORT, central.method, central.crc, central.packed, central.size)
    if given != stated:
        meter.disputed(f"says one thing of a file in its directory and another in front of it ({_shown(central)})")
    start: int = central.offset + _LOCAL.size + name_size + extra_size
    if end - start < central.packed:
        meter.disputed(f"has files that lie on top of each other ({_shown(central)})")
    if end - start > central.packed:
        meter.disputed(f"has bytes after a file that readers take for something else ({_shown(central)})")
    return start


def _entry(
    content: BinaryIO, central: CentralEntry, start: int, meter: Meter, remarks: tuple[tuple[str, str], ...]
) -> Entry:
    name, encoding = _decode(central, meter)
    remarks += encoding
    if name.endswith("/"):
        if central.size:
            meter.malformed(f"holds a directory with content ({_shown(central)})")
        return Entry(name, EntryKind.DIRECTORY, remarks=remarks)
    special = _TYPES.get(stat.S_IFMT(central.mode))
    if special:
        kind = "link" if special == "symbolic link" else "device"
        remarks += ((kind, f"marked as a {special}, which some readers make and others write as a file"),)
    return Entry(name, EntryKind.FILE, _content(content, central, start, meter), remarks=remarks)


def _decode(central: CentralEntry, meter: Meter) -> tuple[str, tuple[tuple[str, str], ...]]:
    if central.flags & UTF8 or central.name.isascii():
        try:
            return central.name.decode(), ()
        except UnicodeDecodeError:
            meter.malformed(f"holds a name that says it is UTF-8 and is not ({_shown(central)})")
    remark = ("bad-name", "is not marked as UTF-8, so that readers decode it differently")
    try:
        return central.name.decode(), (remark,)
    except UnicodeDecodeError:
        return central.name.decode("cp437"), (remark,)


def _content(content: BinaryIO, central: CentralEntry, start: int, meter: Meter) -> Iterator[bytes]:
    """The content in pieces, counted, with checksum and both sizes verified."""
    size, crc = 0, 0
    for piece in (
        _inflated(content, central, start, meter)
        if central.method == DEFLATED
        else _stored(content, central, start, meter)
    ):
        size += len(piece)
        crc = zlib.crc32(piece, crc)
        meter.gave(len(piece))
        if size > central.size:
            meter.disputed(f"lies about the size of a file: it is longer than stated ({_shown(central)})")
        yield piece
    if size != central.size or crc != central.crc:
        meter.malformed(f"holds a file that does not match its own checksum ({_shown(central)})")


def _stored(content: BinaryIO, central: CentralEntry, start: int, meter: Meter) -> Iterator[bytes]:
    at, end = start, start + central.packed
    while at < end:
        content.seek(at)
        piece = content.read(min(end - at, _PIECE))
        meter.took(len(piece))
        at += len(piece)
        yield piece


def _inflated(content: BinaryIO, central: CentralEntry, start: int, meter: Meter) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = _stored(content, central, start, meter)
    while not inflate.eof:
        try:
            # Nothing pending asks for what is unpacked already and did not fit into the last piece.
            piece = inflate.decompress(inflate.unconsumed_tail, _PIECE)
            if not piece and not inflate.eof:
                more = next(packed, b"")
                if not more:
                    break
                piece = inflate.decompress(more, _PIECE)
        except zlib.error:
            meter.malformed(f"has broken compressed data ({_shown(central)})")
        if piece:
            yield piece
    if not inflate.eof or inflate.unused_data or next(packed, b""):
        meter.malformed(f"holds a file whose compressed data ends too early or too late ({_shown(central)})")


def _shown(central: CentralEntry) -> str:
    return shown(central.name.decode("utf-8", "surrogateescape"))
