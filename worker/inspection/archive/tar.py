"""Reads a gzip-compressed tar as one stream, entry by entry.

Our own reader rather than the standard library's: that one loops for ever on a negative size, takes a gigabyte for one
PAX header, and stops in silence at a broken one. This one knows the types that packages use, and refuses what readers
are known to read differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from worker.inspection.archive.entry import Entry, EntryKind
from worker.inspection.archive.gunzip import Gunzip
from worker.inspection.archive.meter import Meter
from worker.inspection.archive.tar_extended import Extended
from worker.inspection.archive.tar_header import BLOCK, TarHeader, read_header

_PIECE = 1 << 16
_EXTENDED = {b"x": b"x", b"X": b"x", b"g": b"g", b"L": b"L", b"K": b"K"}
_KINDS = {
    b"0": EntryKind.FILE,
    b"\0": EntryKind.FILE,
    b"7": EntryKind.FILE,
    b"1": EntryKind.HARD_LINK,
    b"2": EntryKind.SYMBOLIC_LINK,
    b"3": EntryKind.DEVICE,
    b"4": EntryKind.DEVICE,
    b"5": EntryKind.DIRECTORY,
    b"6": EntryKind.DEVICE,
}
_ZEROS = bytes(BLOCK)


def tar_entries(content: BinaryIO, meter: Meter) -> Iterator[Entry]:
    """All entries in order. Raise `CannotExamine` for a broken archive, at the latest after the last entry."""
    stream = Gunzip(content, meter)
    extended = Extended(meter)
    while (block := stream.read(BLOCK)) and block != _ZEROS:
        if len(block) < BLOCK:
            meter.malformed("ends in the middle of a tar header")
        meter.member()
        header = read_header(block, meter)
        if header.type in _EXTENDED:
            meter.header(header.size)
            extended.read(_EXTENDED[header.type], b"".join(_body(stream, header.size, meter)))
            continue
        body = _body(stream, header.size, meter)
        yield _entry(header, extended, body, meter)
        for _ in body:  # whatever nobody wanted
            pass
    if extended.pending:
        meter.malformed("ends after an extended header that belongs to no entry")
    while rest := stream.read(_PIECE):
        if rest.count(0) != len(rest):
            meter.disputed("holds data after the end of its tar, which some readers see and others do not")


def _entry(header: TarHeader, extended: Extended, body: Iterator[bytes], meter: Meter) -> Entry:
    vendors = tuple(("vendor-header", f"PAX key {key!a}") for key in sorted(extended.vendors))
    extended.vendors.clear()
    raw_name, raw_target = extended.take(header.name, header.target, header.size)
    name, target = (raw.decode("utf-8", "surrogateescape") for raw in (raw_name, raw_target))
    kind = _KINDS.get(header.type, EntryKind.UNKNOWN)
    if header.type == b"S":
        meter.malformed("holds a sparse file, which some readers expand and others do not")
    if kind is EntryKind.FILE and name.endswith("/"):
        kind = EntryKind.DIRECTORY
    if kind in {EntryKind.FILE, EntryKind.UNKNOWN}:
        remarks = vendors
        if kind is EntryKind.UNKNOWN:
            remarks += (("unknown-type", f"tar type {header.type!a}: some readers unpack it as a file"),)
        return Entry(name, kind, body, remarks=remarks)
    if header.size:
        meter.disputed(
            f"has an entry that is no file and yet {header.size:,} bytes long; readers find different entries after it"
        )
    return Entry(name, kind, target=target, remarks=vendors)


def _body(stream: Gunzip, size: int, meter: Meter) -> Iterator[bytes]:
    """The content of an entry in pieces; the padding after it is taken from the stream as well."""
    left = size
    while left:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            meter.malformed("ends in the middle of a file")
        left -= len(piece)
        yield piece
    padding = -size % BLOCK
    if len(stream.read(padding)) < padding:
        meter.malformed("ends in the middle of a file")
