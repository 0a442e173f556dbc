"""One 512-byte tar header, read so strictly that no two readers can disagree about it.

Known disagreements that are refused here: checksums that only fit as signed sums; numbers with signs, underscores or
`0o` (Python reads them, others do not); broken numbers in fields that only some readers look at (Python stops there in
silence, npm goes on); the `prefix` field without the POSIX magic (Python uses it, npm does not).
"""

from __future__ import annotations

from dataclasses import dataclass

from worker.inspection.archive.meter import Meter

BLOCK = 512
_CHECKSUM = slice(148, 156)
_NUMBERS = {"mode": (100, 108), "uid": (108, 116), "gid": (116, 124), "mtime": (136, 148)}
_DEVICE_NUMBERS = {"devmajor": (329, 337), "devminor": (337, 345)}
_POSIX = b"ustar\x0000"
_GNU = b"ustar  \x00"
_OCTAL = frozenset(b"01234567")


@dataclass(frozen=True, slots=True)
class TarHeader:
    """`type` is the type flag; `name` (with its prefix) and `target` are raw bytes."""

    name: bytes
    target: bytes
    type: bytes
    size: int


def read_header(block: bytes, meter: Meter) -> TarHeader:
    """Read a header that is not all zeros; refuse what readers read differently."""
    if not has_checksum(block):
        meter.malformed("has a tar header with a wrong checksum, where some readers stop and others search on")
    magic = block[257:265]
    fields = _NUMBERS | (_DEVICE_NUMBERS if magic in {_POSIX, _GNU} else {})
    for field, (start, end) in fields.items():
        if _number(block[start:end]) is None:
            meter.malformed(f"has a tar header whose {field} is not a number")
    size = _number(block[124:136])
    if size is None:
        meter.malformed("has a tar header whose size is not a number")
    if size < 0:
        meter.disputed("has a tar header with a negative size")
    if size >= 1 << 63:
        meter.malformed("has a tar header with a size past 2^63")
    name, prefix = _text(block[0:100]), _text(block[345:500])
    if prefix and magic != _POSIX:
        meter.malformed("has a tar header with a prefix that only some readers use")
    return TarHeader(
        name=prefix + b"/" + name if prefix else name, target=_text(block[157:257]), type=block[156:157], size=size
    )


def has_checksum(block: bytes) -> bool:
    """Whether a block of 512 bytes is a tar header by its checksum."""
    if len(block) != BLOCK:
        return False
    return _number(block[_CHECKSUM]) == sum(block) - sum(block[_CHECKSUM]) + 8 * ord(" ")


def _number(field: bytes) -> int | None:
    """An octal or base-256 number; an empty field is 0; None for anything else."""
    if field[0] in {0x80, 0xFF}:
        return int.from_bytes(field[1:], "big") - (1 << 8 * (len(field) - 1) if field[0] == 0xFF else 0)
    digits = _text(field).strip(b" ")
    return int(digits or b"0", 8) if _OCTAL.issuperset(digits) else None


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
