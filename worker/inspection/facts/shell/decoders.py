"""Programs that decode: their output is worked out for constants, and told to be decoded in any case."""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.escapes import unescape
from worker.inspection.facts.shell.data import Data, constant
from worker.inspection.facts.shell.machine import Machine

PROGRAMS = frozenset(
    {"base64", "gbase64", "base32", "xxd", "uudecode", "openssl", "gunzip", "zcat", "gzip", "bunzip2", "bzcat", "xzcat",
     "unxz", "rev", "tr", "gpg", "basenc"}
)  # fmt: skip
_RANGE = 10  # letters that are exchanged to hide a text
_PLAIN = frozenset({"rev", "tr", "gunzip", "zcat", "gzip", "bunzip2", "bzcat", "xzcat", "unxz"})  # no fact alone


def decodes(name: str, words: list[Data]) -> bool:
    """Whether these arguments make the program decode."""
    texts = {word.text for word in words[1:]}
    short = "".join(text[1:] for text in texts if text.startswith("-") and not text.startswith("--"))
    if name in {"base64", "gbase64", "base32", "basenc"}:
        return "d" in short or "D" in short or "--decode" in texts
    if name == "xxd":
        return "r" in short
    if name == "openssl":
        return bool(texts & {"enc", "base64", "aes-256-cbc"}) and "-d" in texts
    if name in {"gzip", "gpg"}:
        return "d" in short or "--decompress" in texts or "--decrypt" in texts
    return True


def run(shell: Machine, node: Node, name: str, words: list[Data], given: Data) -> Data:
    """Decode what is given, or the file that is named."""
    files = [word for word in words[1:] if not word.text.startswith("-") and word.text not in {"enc", "base64"}]
    if name not in {"tr", "openssl"} and files and not given.text:
        held = shell.content(node, files[-1]) if not files[-1].origins else files[-1]
        given = replace(held, origins=held.origins | given.origins)
    decoded = _decoded(name, words, given)
    if name == "tr" and not _shifts(words):
        return replace(decoded, origins=given.origins)
    if name not in _PLAIN:
        shell.add(FactId.DECODE, node, name)
    return replace(decoded, origins=given.origins | {Origin(OriginKind.DECODED, shell.line(node), name)})


def _decoded(name: str, words: list[Data], given: Data) -> Data:
    if not given.exact or not given.text:
        return Data(hosts=given.hosts)
    text = "".join(given.text.split())
    try:
        if name in {"base64", "gbase64", "openssl"}:
            return constant(base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-8", "replace"))
        if name == "base32":
            return constant(base64.b32decode(text, casefold=True).decode("utf-8", "replace"))
        if name == "xxd":
            return constant(bytes.fromhex(text).decode("utf-8", "replace"))
    except (ValueError, binascii.Error):
        return Data()
    if name == "rev":
        return constant("\n".join(line[::-1] for line in given.text.split("\n")))
    if name == "tr" and len(words) >= 3:
        return _translated(given.text, words[-2].text, words[-1].text)
    return Data()


def _shifts(words: list[Data]) -> bool:
    """Whether `tr` exchanges whole ranges of letters, as ROT13 does."""
    return len(words) >= 3 and len(_letters(words[-1].text)) >= _RANGE and not words[-2].text.startswith("-")


def _translated(text: str, source: str, target: str) -> Data:
    one, other = _letters(source), _letters(target)
    if len(one) != len(other) or not one:
        return Data()
    return constant(text.translate(str.maketrans(one, other)))


def _letters(ranges: str) -> str:
    """`A-Za-z` → all of them."""
    found, at = [], 0
    while at < min(len(ranges), 256):
        if ranges[at + 1 : at + 2] == "-" and at + 2 < len(ranges):
            found += [chr(code) for code in range(ord(ranges[at]), min(ord(ranges[at + 2]), ord(ranges[at]) + 255) + 1)]
            at += 3
        else:
            found.append(ranges[at])
            at += 1
    return "".join(found)


def unescaped(text: str) -> str:
    """What `echo -e` and `printf` print."""
    return unescape(text.replace("\\0", "\\"))
