"""The words of a source that may be names, by their bytes: cheaper to look for than nodes."""

from __future__ import annotations

from worker.inspection.facts.javascript.index import Index

_LETTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_$")
_APART = bytes(at if at in _LETTERS or at > 0x7F else 0x20 for at in range(256))
_MOST_ESCAPES = 512  # texts with escapes that are passed
TEXTS = frozenset({"string", "string_fragment", "template_string", "regex_pattern", "comment"})
"""Kinds of nodes in which words are no names."""


def plain(source: bytes) -> bytes:
    """The source with nothing but words, each between spaces."""
    return b"".join((b" ", source.translate(_APART), b" "))


def found(plain: bytes, word: bytes, start: int, end: int) -> list[int]:
    """Where a word stands between two bytes, by offsets of the source."""
    places: list[int] = []
    needle, width = b" %b " % word, len(word) + 1
    at = plain.find(needle, start, end + 2)
    while at >= 0:
        places.append(at)
        at = plain.find(needle, at + width, end + 2)
    return places


def words(plain: bytes) -> dict[bytes, list[int]]:
    """All words, with their places."""
    found: dict[bytes, list[int]] = {}
    at = -1  # the source starts after the first space
    for word in plain.split(b" "):
        if word:
            places = found.get(word)
            if places is None:
                found[word] = [at]
            else:
                places.append(at)
        at += len(word) + 1
    return found


def is_letter(source: bytes, at: int) -> bool:
    """Whether a byte can stand in a name."""
    return 0 <= at < len(source) and source[at] in _LETTERS


def is_whole(source: bytes, start: int, end: int) -> bool:
    """Whether a name begins and ends there."""
    return not is_letter(source, start - 1) and not is_letter(source, end)


def is_member(source: bytes, start: int) -> bool:
    """Whether a name is asked of something: `x.name`, and not `...name`."""
    return start > 0 and source[start - 1] == 0x2E and source[start - 2 : start] != b".."


def escapes_names(index: Index) -> bool:
    """Whether an escape stands outside texts, or there are too many places to tell."""
    source, root = index.source, index.tree.root_node
    at = source.find(b"\\u")
    for _ in range(_MOST_ESCAPES):
        if at < 0:
            return False
        node = root.descendant_for_byte_range(at, at + 1)
        if node is not None and node.type == "escape_sequence":
            node = node.parent
        if node is None or node.type not in TEXTS:
            return True
        at = source.find(b"\\u", max(node.end_byte, at + 2))
    return True
