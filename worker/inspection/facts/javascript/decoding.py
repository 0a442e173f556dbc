"""Decoding of constants, bounded: base64, hexadecimal, percent signs, deflate."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable
from urllib.parse import quote, unquote

from worker.inspection.facts.javascript.literals import HOLE, MOST, unescape

_BASE64 = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ \t\r\n")
_WINDOWS = {"gunzip": 31, "unzip": 47, "inflate": 15, "inflateRaw": -15}


def decode(text: str, encoding: str) -> bytes | None:
    """What `Buffer.from(text, encoding)` holds; None when it is not plainly that."""
    if HOLE in text or len(text) > 2 * MOST:
        return None
    kind = encoding.lower().replace("-", "")
    if kind in ("base64", "base64url"):
        return from_base64(text)
    if kind == "hex":
        try:
            return bytes.fromhex(text)
        except ValueError:
            return None
    if kind in ("latin1", "binary", "ascii"):
        return text.encode("latin-1", "replace")
    if kind in ("utf16le", "ucs2"):
        return text.encode("utf-16-le", "replace")
    return text.encode("utf-8", "replace")


def from_base64(text: str) -> bytes | None:
    """Base64 as JavaScript reads it: either alphabet, padding and white space at will."""
    if not _BASE64.issuperset(text):
        return None
    compact = "".join(text.split()).rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4))
    except (binascii.Error, ValueError):
        return None


def encode(raw: bytes, encoding: str) -> str:
    """What `buffer.toString(encoding)` gives."""
    kind = encoding.lower().replace("-", "")
    if kind == "hex":
        return raw.hex()
    if kind in ("base64", "base64url"):
        return base64.b64encode(raw).decode()
    if kind in ("latin1", "binary", "ascii"):
        return raw.decode("latin-1")
    if kind in ("utf16le", "ucs2"):
        return raw.decode("utf-16-le", "replace")
    return raw.decode("utf-8", "replace")


def inflate(raw: bytes, method: str) -> bytes | None:
    """What zlib's methods give for a constant, at most `MOST` bytes."""
    window = _WINDOWS.get(method.removesuffix("Sync"))
    if window is None:
        return None
    try:
        return zlib.decompressobj(window).decompress(raw, MOST)
    except zlib.error:
        return None


def _unescape(text: str) -> str:
    return unescape(text.replace("\\", "\\\\").replace("%u", "\\u").replace("%", "\\x"))


# Functions of the language from a text to a text.
TEXT_FUNCTIONS: dict[str, Callable[[str], str]] = {
    "decodeURIComponent": lambda text: unquote(text, errors="replace"),
    "decodeURI": lambda text: unquote(text, errors="replace"),
    "unescape": _unescape,
    "encodeURIComponent": lambda text: quote(text, safe="!'()*~", errors="replace"),
    "encodeURI": lambda text: quote(text, safe=";,/?:@&=+$!*'()#~", errors="replace"),
    "escape": lambda text: quote(text, safe="@*/+", errors="replace"),
    "btoa": lambda text: base64.b64encode(text.encode("latin-1", "replace")).decode(),
}
DECODERS = frozenset({"decodeURIComponent", "decodeURI", "unescape"})
"""Those of them that take percent signs off."""
