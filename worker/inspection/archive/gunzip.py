"""Unpacks one gzip member, strictly: checksum and length are verified, and nothing may follow.

A gzip file may hold several members one after the other, and readers differ: some stop after the first, some go on,
some skip rubbish between them. Where they differ, content can be hidden from one of them: so one member, and zeros.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

from worker.inspection.archive.meter import Meter

_IN = 1 << 16
_OUT = 1 << 18
_FIELD = 1 << 16  # bytes of a name or comment in the header
_CHECKED, _EXTRA, _NAME, _COMMENT, _RESERVED = 2, 4, 8, 16, 0xE0


class Gunzip:
    """A stream of unpacked bytes. Every fault of the gzip layer is a `CannotExamine` with a sentence."""

    def __init__(self, content: BinaryIO, meter: Meter) -> None:
        self._content = content
        self._meter = meter
        self._pending = b""  # packed bytes that were read and not used
        self._chunk = b""
        self._at = 0
        self._crc = 0
        self._length = 0
        self._header()
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self._over = False

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end of the member."""
        parts = []
        while size > 0:
            if self._at == len(self._chunk) and not self._advance():
                break
            part = self._chunk[self._at : self._at + size]
            self._at += len(part)
            size -= len(part)
            parts.append(part)
        return b"".join(parts)

    def _advance(self) -> bool:
        self._at, self._chunk = 0, b""
        while not self._chunk and not self._over:
            # Nothing pending asks for what is unpacked already and did not fit into the last piece.
            self._chunk = self._unpack(self._pending)
            self._crc = zlib.crc32(self._chunk, self._crc)
            self._length += len(self._chunk)
            self._meter.gave(len(self._chunk))
            if self._inflate.eof:
                self._finish()
            elif not self._chunk:
                self._pending = self._take(_IN)
        return bool(self._chunk)

    def _unpack(self, packed: bytes) -> bytes:
        try:
            chunk = self._inflate.decompress(packed, _OUT)
        except zlib.error as error:
            self._meter.malformed(f"has broken compressed data ({_cause(error)})")
        self._pending = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        return chunk

    def _finish(self) -> None:
        self._over = True
        trailer = self._exactly(8)
        if int.from_bytes(trailer[:4], "little") != self._crc:
            self._meter.malformed("does not match its own gzip checksum")
        if int.from_bytes(trailer[4:], "little") != self._length & 0xFFFFFFFF:
            self._meter.malformed("does not match the length its own gzip trailer gives")
        while rest := self._pending or self._read(_IN):
            self._pending = b""
            if rest.count(0) != len(rest):
                again = rest.lstrip(b"\0").startswith(b"\x1f\x8b")
                what = "a second gzip member" if again else "other data"
                self._meter.disputed(f"holds {what} after its gzip member, which some readers see and others do not")

    def _header(self) -> None:
        head = self._exactly(10)
        flags = head[3]
        if head[2] != 8 or flags & _RESERVED:
            self._meter.malformed("has a gzip header that no tool writes")
        read = [head]
        if flags & _EXTRA:
            size = self._exactly(2)
            read += [size, self._exactly(int.from_bytes(size, "little"))]
        read += [self._text() for flag in (_NAME, _COMMENT) if flags & flag]
        if flags & _CHECKED and int.from_bytes(self._exactly(2), "little") != zlib.crc32(b"".join(read)) & 0xFFFF:
            self._meter.malformed("does not match the checksum of its own gzip header")

    def _text(self) -> bytes:
        """A field that ends with a zero byte, with it."""
        while (end := self._pending.find(b"\0")) < 0:
            if len(self._pending) > _FIELD:
                self._meter.malformed(f"has a gzip header with more than {_FIELD:,} bytes of text")
            self._pending += self._take(_IN)
        text, self._pending = self._pending[: end + 1], self._pending[end + 1 :]
        return text

    def _exactly(self, size: int) -> bytes:
        while len(self._pending) < size:
            self._pending += self._take(_IN)
        taken, self._pending = self._pending[:size], self._pending[size:]
        return taken

    def _take(self, size: int) -> bytes:
        packed = self._read(size)
        if not packed:
            self._meter.malformed("ends in the middle of its compressed data")
        return packed

    def _read(self, size: int) -> bytes:
        packed = self._content.read(size)
        self._meter.took(len(packed))
        return packed


def _cause(error: zlib.error) -> str:
    return str(error).rpartition(": ")[2][:80]
