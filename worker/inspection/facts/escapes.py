"""Backslash escapes → characters, in one pass in C: a literal may hold a million of them."""

from __future__ import annotations

import codecs
import warnings


def unescape(text: str) -> str:
    """Resolve the escapes of a text literal; a broken escape leaves the text as it stands."""
    if "\\" not in text:
        return text
    try:
        with warnings.catch_warnings():  # "\d" is a warning in Python itself; here it is only an odd text
            warnings.simplefilter("ignore")
            # Characters past Latin-1 are escaped first, so that one pass resolves all.
            return text.replace("\\\n", "").encode("latin-1", "backslashreplace").decode("unicode_escape")
    except UnicodeDecodeError:
        return text


def unescape_bytes(raw: bytes) -> bytes:
    """Resolve the escapes of a bytes literal; a broken escape leaves the bytes as they stand."""
    if b"\\" not in raw:
        return raw
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value, _ = codecs.escape_decode(raw)
    except ValueError:
        return raw
    return value if isinstance(value, bytes) else raw
