"""Compares a wheel with its own RECORD: the same files, with the same hashes, and none besides."""

from __future__ import annotations

import base64
import binascii
import csv
import io

from worker.inspection.archive.listing import Listing
from worker.inspection.archive.names import shown

_UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")  # as the wheel specification says
_KIND = "record-mismatch"  # the wheel holds something else than it says
_INCOMPLETE = "record-incomplete"  # RECORD says too little or too much, of nothing that would be installed unseen
_SURPLUS = 1000  # rows beyond the files of the wheel that are read


def compare_record(listing: Listing, records: dict[str, bytes]) -> None:
    """Note what differs. `records` maps each path named `*.dist-info/RECORD` to its content."""
    if len(records) != 1:
        listing.note(_KIND, "", "the wheel has no RECORD" if not records else "the wheel has more than one RECORD")
        return
    ((path, content),) = records.items()
    try:
        rows = _rows(content.decode("utf-8"), len(listing.hashes) + _SURPLUS)
    except (UnicodeDecodeError, csv.Error):
        listing.note(_KIND, path, "cannot be read as a table, or lists far more files than the wheel holds")
        return
    unhashed = {f"{path.rpartition('/')[0]}/{name}" for name in _UNHASHED}
    listed: set[str] = set()
    for name, stated, size in rows:
        if name in listed:
            listing.note(_INCOMPLETE, shown(name), "stands in RECORD twice")
        listed.add(name)
        if name not in listing.hashes:
            if not name.endswith("/"):
                listing.note(_INCOMPLETE, shown(name), "stands in RECORD and not in the wheel")
        elif name not in unhashed:
            _compare(listing, name, stated, size)
    for name in listing.hashes:
        if name not in listed and name not in unhashed:
            listing.note(_KIND, name, "is in the wheel and not in RECORD")


def _rows(text: str, most: int) -> list[tuple[str, str, str]]:
    rows = []
    for row in csv.reader(io.StringIO(text, newline=""), strict=True):
        if row:
            name, stated, size = (*row, "", "")[:3]
            rows.append((name.replace("\\", "/"), stated, size))
        if len(rows) > most:
            raise csv.Error
    return rows


def _compare(listing: Listing, name: str, stated: str, size: str) -> None:
    algorithm, _, encoded = stated.partition("=")
    if not stated:
        listing.note(_INCOMPLETE, name, "has no hash in RECORD")
    elif algorithm.lower() != "sha256":
        listing.note(_INCOMPLETE, name, "has a hash in RECORD that is not SHA-256; it was not compared")
    elif _decoded(encoded) != listing.hashes[name]:
        listing.note(_KIND, name, "has other content than RECORD says")
    elif size and size != str(listing.sizes[name]):
        listing.note(_KIND, name, "has another size than RECORD says")


def _decoded(text: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
