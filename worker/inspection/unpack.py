"""Archives → members, one at a time, in memory, under every limit; what is odd about the archive goes into its listing.

The kind is the declared one: bytes of another kind are refused, and bytes that are of two kinds at once as well.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from app.core.specimen import ArtifactKind
from worker.inspection.archive.entry import Entry, EntryKind
from worker.inspection.archive.listing import Listing
from worker.inspection.archive.meter import Meter
from worker.inspection.archive.names import Name, read_name, shown, visible
from worker.inspection.archive.record import compare_record
from worker.inspection.archive.tar import tar_entries
from worker.inspection.archive.tar_header import BLOCK, has_checksum
from worker.inspection.archive.zip import zip_entries
from worker.inspection.archive.zip_directory import is_zip
from worker.inspection.limits import Limits
from worker.inspection.member import Member

_START = 512  # bytes of a file that tell an archive inside the archive
_FORMS = (
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"PK\x03\x04", "a zip"),
    (b"PK\x05\x06", "a zip without files"),
    (b"BZh", "compressed with bzip2"),
    (b"\xfd7zXZ\0", "compressed with xz"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd"),
    (b"<", "a web page"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)


def members(content: BinaryIO, filename: str, kind: ArtifactKind, limits: Limits, listing: Listing) -> Iterator[Member]:
    """Every regular file of a seekable archive, in one pass.

    Nothing is left out in silence: what is no regular file, or is named so that readers differ, is noted in `listing`,
    which is complete once the iterator has ended. Raise `CannotExamine` (bomb, malformed, too large), at the latest at
    the end: until then, members that went by are those of an archive that may yet be refused.
    """
    meter = Meter(filename, limits)
    names = _Names(kind, meter, listing)
    records: dict[str, bytes] = {}
    for entry in _entries(content, filename, kind, meter):
        path = names.place(entry)
        if entry.kind in {EntryKind.SYMBOLIC_LINK, EntryKind.HARD_LINK}:
            symbolic = entry.kind is EntryKind.SYMBOLIC_LINK
            listing.link(path, visible(entry.target) if symbolic else names.target(entry), symbolic=symbolic)
        elif entry.kind is EntryKind.DEVICE:
            listing.note("device", path, "is a device, a pipe or a socket")
        elif entry.kind in {EntryKind.FILE, EntryKind.UNKNOWN}:
            read = _read(entry.chunks, limits.content)
            if listing.file(path, read.size, read.sha256, read.content[:_START]):
                yield Member(path, read.size, read.sha256.hex(), read.content, truncated=read.size > limits.content)
            if kind is ArtifactKind.WHEEL and path.count("/") == 1 and path.endswith(".dist-info/RECORD"):
                records[path] = read.content
    if not listing.hashes:
        meter.malformed("holds no files")
    listing.finish()
    if kind is ArtifactKind.WHEEL:
        compare_record(listing, records)


@dataclass(frozen=True, slots=True)
class _Read:
    size: int
    sha256: bytes
    content: bytes


def _read(chunks: Iterable[bytes], limit: int) -> _Read:
    size, kept = 0, []
    sha256 = hashlib.sha256()
    for chunk in chunks:
        if size < limit:
            kept.append(chunk[: limit - size])
        size += len(chunk)
        sha256.update(chunk)
    return _Read(size, sha256.digest(), b"".join(kept))


def _entries(content: BinaryIO, filename: str, kind: ArtifactKind, meter: Meter) -> Iterator[Entry]:
    content.seek(0)
    head = content.read(BLOCK)
    zipped = kind is ArtifactKind.WHEEL or (kind is ArtifactKind.SDIST and filename.lower().endswith(".zip"))
    expected, wanted = (b"PK\x03\x04", "a zip") if zipped else (b"\x1f\x8b", "a gzip-compressed tar")
    if not head.startswith(expected):
        meter.malformed(f"is not {wanted}: it is {_form(head)}")
    if has_checksum(head) if zipped else is_zip(content):
        meter.disputed("is a tar and a zip at once; readers differ in which they open")
    content.seek(0)
    return zip_entries(content, meter) if zipped else tar_entries(content, meter)


def _form(head: bytes) -> str:
    if not head:
        return "empty"
    if has_checksum(head):
        return "a tar without compression"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return next((form for magic, form in _FORMS if head.startswith(magic) or text.startswith(magic)), "something else")


class _Names:
    """Where each entry stands inside the package. npm and pip take the first part of a path off, whatever it is."""

    def __init__(self, kind: ArtifactKind, meter: Meter, listing: Listing) -> None:
        self._kind = kind
        self._meter = meter
        self._listing = listing
        self._first: str | None = None
        self._tops: set[str | None] = set()

    def place(self, entry: Entry) -> str:
        """The path of an entry inside the package; what is odd about its name is noted."""
        name = self._name(entry.name)
        path = name.path
        if entry.kind is not EntryKind.DIRECTORY:
            if self._kind is not ArtifactKind.WHEEL:
                path = self._below_top(name)
            if not path:
                self._meter.malformed("holds a file without a name")
        for kind, detail in name.remarks + entry.remarks:
            self._listing.note(kind, path or shown(entry.name), detail)
        return path

    def target(self, entry: Entry) -> str:
        """Where a hard link points, inside the package; the whole target when it points elsewhere."""
        name = self._name(entry.target)
        return ".." if any(kind == "escape" for kind, _ in name.remarks) else name.path

    def _name(self, raw: str) -> Name:
        return read_name(raw, self._meter, strip=self._kind is not ArtifactKind.WHEEL)

    def _below_top(self, name: Name) -> str:
        if name.top is not None:
            self._first = self._first or name.top
        npm = self._kind is ArtifactKind.NPM_TARBALL
        path = name.path if npm or name.top in {self._first, None} else f"{name.top}/{name.path}"
        if name.top not in self._tops:
            self._tops.add(name.top)
            if name.top is None:
                where = ", where npm leaves it out" if npm else ""
                self._listing.note("top-directory", path, f"stands beside the top directory{where}")
            elif name.top != self._first:
                tops = f"{shown(name.top)}/, the first files in {shown(self._first or '')}/"
                self._listing.note("top-directory", path, f"stands in {tops}")
        return path
