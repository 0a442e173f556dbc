"""The byte scanner: what any file shows without being parsed, whatever its name says. Linear in its size."""

from __future__ import annotations

import re2

from app.core.specimen import Fact, FactId
from worker.inspection.facts import encoded, hidden_text, obfuscation, pickled
from worker.inspection.facts.sniff import is_text, sniff_language
from worker.inspection.facts.vocabulary import METADATA_HOSTS

__all__ = ["scan", "sniff_language"]

_DOCUMENTS = (".md", ".rst", ".markdown", ".html", ".htm", ".adoc", ".txt", ".po", ".mo", ".ipynb")
_BLOB = re2.compile(rb"[A-Za-z0-9+/]{200,}={0,2}")  # RE2 counts to a thousand ten times slower; length is told later
_BLOBS = 4  # told in one file
_IMAGE = b";base64,"  # a data URI: pictures and fonts
_PNG = b"\x89PNG\r\n\x1a\n"
_TRAILING = 256  # bytes after the end of a picture that are worth a word
_ADDRESSES = tuple(sorted(host.encode() for host in METADATA_HOSTS if len(host) > 9 and not host.startswith("[")))


def scan(path: str, content: bytes, is_code: bool) -> tuple[Fact, ...]:
    """The facts that bytes alone show: hidden text, native code, blobs, addresses of metadata services.

    `is_code` says that an extractor reads this file as well: then constants and comments are told apart there, and only
    hidden text and hidden code are looked for here. Line 0 is the file as a whole.
    """
    is_code = is_code and not path.endswith(".ipynb")  # its code is in it, and so is much else
    kind = native_kind(content)
    if kind is not None:
        return (Fact(FactId.NATIVE_CODE, 0, kind), *_addresses(content))
    facts: list[Fact] = []
    if not content.isascii():
        facts += hidden_text.find(path, content, is_code=is_code)
    if is_code:
        facts += obfuscation.find(content)
    else:
        if not path.lower().endswith(_DOCUMENTS):
            facts += _addresses(content)
        facts += _blobs(content) if is_text(content) else _appended(content)
        facts += pickled.find(path, content)
    return tuple(facts)


def native_kind(content: bytes) -> str | None:
    """`elf`, `pe` or `mach-o` by the magic numbers; None for anything else (WebAssembly is not native)."""
    head = content[:4]
    if head == b"\x7fELF":
        return "elf"
    if head[:2] == b"MZ":
        at = int.from_bytes(content[60:64], "little")
        return "pe" if content[at : at + 4] == b"PE\0\0" else None
    if head in {b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe"}:
        return "mach-o"
    # A universal binary shares its number with Java's classes; those go on with a version of 45 or more.
    if head in {b"\xca\xfe\xba\xbe", b"\xca\xfe\xba\xbf"} and 0 < int.from_bytes(content[4:8], "big") < 45:
        return "mach-o"
    return None


def _addresses(content: bytes) -> list[Fact]:
    """Metadata services that a file names; other hosts in data say nothing."""
    return [
        Fact(FactId.HOST, content.count(b"\n", 0, at) + 1, address.decode())
        for address in _ADDRESSES
        if (at := content.find(address)) >= 0
    ]


def _blobs(content: bytes) -> list[Fact]:
    """Long encoded texts in a file that is no code."""
    whole = encoded.describe(content.strip()) if len(content) <= 1 << 20 and content.isascii() else None
    if whole is not None:
        return [Fact(FactId.ENCODED_DATA, 1, whole)]
    facts = []
    for match in _BLOB.finditer(content):
        start, end = match.span()
        if content[max(0, start - len(_IMAGE)) : start] == _IMAGE:
            continue
        described = encoded.describe(content[start:end])
        if described is not None:
            facts.append(Fact(FactId.ENCODED_DATA, content.count(b"\n", 0, start) + 1, described))
            if len(facts) == _BLOBS:
                break
    return facts


def _appended(content: bytes) -> list[Fact]:
    """Bytes after the end of a picture: no viewer shows them."""
    if not content.startswith(_PNG):
        return []
    end = content.rfind(b"IEND")
    rest = len(content) - end - 8 if end >= 0 else 0
    if rest < _TRAILING:
        return []
    return [Fact(FactId.ENCODED_DATA, 0, f"{rest:,} bytes after the end of the picture")]
