"""JavaScript literals → their text, and the two marks that stand for what a text does not say."""

from __future__ import annotations

import posixpath

from tree_sitter import Node

HOLE = "\udfff"  # a part of a text that is not known; lone surrogates of strangers never get this far
HERE = "\udffe"  # the directory of the file (`__dirname`)
MOST = 1 << 20  # characters of a constant that are folded

_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": "", "\u2028": ""}
_WIDTHS = {"x": 2, "u": 4}


def raw_text(source: bytes, node: Node) -> str:
    """The source of a node."""
    return source[node.start_byte : node.end_byte].decode("utf-8", "replace")


def identifier_text(raw: bytes) -> str:
    """A name as the language reads it: with its Unicode escapes resolved."""
    return unescape(raw.decode("utf-8", "replace"))


def string_text(source: bytes, node: Node) -> str:
    """The text of a `string` node, cut to `MOST` characters."""
    start = node.start_byte + 1
    text = source[start : min(node.end_byte - 1, start + MOST)].decode("utf-8", "replace")
    return unescape(text) if "\\" in text else text


def number_text(raw: str) -> str:
    """A number as `String(number)` gives it, where that is simple; else as it is written."""
    text = raw.replace("_", "").removesuffix("n").lower()
    try:
        value = int(text, 0) if len(text) < 40 else None
    except ValueError:
        return text
    return raw if value is None else str(value)


def unescape(text: str) -> str:
    """Resolve escapes as the language does; a broken one leaves its characters."""
    head, *parts = text.split("\\")
    out = [head]
    pending = False  # an escaped backslash is followed by an empty part
    for part in parts:
        if pending:
            out.append(part)
            pending = False
        elif not part:
            out.append("\\")
            pending = True
        else:
            out.append(_escape(part))
    return "".join(out).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def clean_path(text: str) -> str:
    """A path without doubled slashes and dots. What is not known, and where a path starts, stays where it is."""
    head, slash, rest = text.partition("/")
    if not slash:
        return text
    if HOLE in rest:
        parts = [part for part in rest.split("/") if part not in ("", ".")]
        return "/".join(parts if head == "." else [head, *parts])
    if head not in (HERE, "~") and HOLE not in head:
        return posixpath.normpath(text)
    return f"{head}/{posixpath.normpath(rest.lstrip('/') or '.')}".removesuffix("/.")


def shown(text: str) -> str:
    """A folded text for people: what is not known is an ellipsis."""
    return text.replace(HOLE, "…").replace(HERE, "__dirname")


def _escape(part: str) -> str:
    """What follows a backslash, up to the next one."""
    letter = part[0]
    if letter in _WIDTHS:
        digits, rest = part[1 : 1 + _WIDTHS[letter]], part[1 + _WIDTHS[letter] :]
        if letter == "u" and part[1:2] == "{":
            digits, _, rest = part[2:].partition("}")
        try:
            return chr(int(digits, 16)) + rest
        except (ValueError, OverflowError):
            return part
    if letter in "01234567":
        digits = part[: next((at for at, digit in enumerate(part[:3]) if digit not in "01234567"), min(len(part), 3))]
        return chr(int(digits, 8)) + part[len(digits) :]
    if letter == "\r":
        return part[2:] if part[1:2] == "\n" else part[1:]
    return _SIMPLE.get(letter, letter) + part[1:]
