"""Python string literals → their value, without `ast`: a literal may be millions of characters long."""

from __future__ import annotations

from tree_sitter import Node

from worker.inspection.facts.escapes import unescape, unescape_bytes

LONG = 1_000  # characters of source from which a constant counts as long
MOST = 1 << 20  # characters of a constant that are folded


def prefix(source: bytes, start: int) -> bytes:
    """What stands before the quotes of the literal at a byte, lower case: `rb`, `f`, nothing."""
    return source[start : start + 3].lower().split(b'"')[0].split(b"'")[0]


def is_formatted(source: bytes, node: Node) -> bool:
    """Whether a string, or one part of a concatenated one, is an f-string (or a template string)."""
    if node.type == "concatenated_string":
        return any(is_formatted(source, part) for part in node.named_children if part.type == "string")
    letters = prefix(source, node.start_byte)
    return b"f" in letters or b"t" in letters


def string_value(source: bytes, node: Node) -> str | bytes | None:
    """The value of a `string` node that holds no interpolation; None when it is too long or no literal."""
    return value_at(source, node.start_byte, node.end_byte)


def value_at(source: bytes, start: int, end: int) -> str | bytes | None:
    """The value of the literal between two bytes, prefix and quotes included, as of `string_value`."""
    letters = prefix(source, start)
    start += len(letters)
    quote = source[start : start + 3]
    if quote not in (b'"""', b"'''"):
        quote = quote[:1]
    if quote[:1] not in (b'"', b"'") or end - start > MOST * 4:
        return None
    if source[end - len(quote) : end] == quote and end - len(quote) >= start + len(quote):
        end -= len(quote)
    raw = source[start + len(quote) : end]
    if b"b" in letters:
        return raw if b"r" in letters else unescape_bytes(raw)
    text = raw.decode("utf-8", "replace")
    return text if b"r" in letters else unescape(text)
