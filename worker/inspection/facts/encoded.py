"""Long encoded constants: base64, hexadecimal, and text made of escapes."""

from __future__ import annotations

import re2

LONG = 1_000  # characters from which a blob is worth a word
_BASE64 = re2.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_HEXADECIMAL = re2.compile(r"(?:0x)?[0-9a-fA-F]+")
_HEAD = re2.compile(r"\s*[A-Za-z0-9+/_=\s-]*")
_LINES = 40  # characters of a line of wrapped base64, at least
_VARIETY = 24  # different characters that base64 of anything has


def describe(text: str | bytes, long: int = LONG) -> str | None:
    """`base64, 4,096 characters` for an encoded text of at least `long` characters, None for anything else."""
    if len(text) < long:
        return None
    if isinstance(text, bytes):
        if not text.isascii():
            return f"bytes, {len(text):,}" if _is_binary(text) else None
        text = text.decode("ascii")
    if not _HEAD.fullmatch(text[:_LINES]):
        return None
    lines = text.split()
    if not lines or any(len(line) < _LINES for line in lines[:-1]):
        return None
    joined = "".join(lines)
    if len(joined) < long:
        return None
    if _HEXADECIMAL.fullmatch(joined):
        return f"hexadecimal, {len(joined):,} characters" if len(set(joined)) > 4 else None
    if _BASE64.fullmatch(joined) and len(set(joined)) >= _VARIETY and _mixes(joined):
        return f"base64, {len(joined):,} characters"
    return None


def _mixes(text: str) -> bool:
    """Encoded data has digits and both cases everywhere; a long name or path has not."""
    head = text[:LONG]
    digits = sum(character.isdigit() for character in head)
    upper = sum(character.isupper() for character in head)
    return digits > len(head) // 25 and upper > len(head) // 8


def _is_binary(data: bytes) -> bool:
    head = data[:4_096]
    printable = sum(32 <= byte < 127 or byte in b"\r\n\t" for byte in head)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return printable < len(head) * 3 // 4
    return False
