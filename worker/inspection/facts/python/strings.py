"""The constant strings of a file that nobody parsed: those with an address in them, and those that are long."""

from __future__ import annotations

import re

from worker.inspection.facts.python.lexer import FORMATS, HASH, Tokens, prefix
from worker.inspection.facts.python.literals import LONG

_ADDRESSES = (b"://", b"169.254.")
_NEARLY = LONG - 2  # a prefix has two letters at most
_LINE_STARTS = re.compile(rb"(?:\A|(?<!\\)\n)[ \t]*[A-Za-z]{0,2}\Z")
_LINE_ENDS = re.compile(rb"[ \t]*[\n;]")
_AFTER_COLON = re.compile(rb"[:;][ \t]*[A-Za-z]{0,2}\Z")
_JOINED = re.compile(rb"\x01[ \t\n\\]*[A-Za-z]{0,2}\x01")
_GAP = re.compile(rb"[ \t\n\\]*[A-Za-z]{0,2}")  # between two strings that are one


def holds_address(source: bytes, start: int = 0, end: int | None = None) -> bool:
    """Whether a string may hold the address of a host."""
    return any(source.find(address, start, end) >= 0 for address in _ADDRESSES)


def constants(found: Tokens, source: bytes) -> list[tuple[int, int]] | None:
    """The byte ranges of the strings, prefix and quotes included, that hold an address or are long, without those that
    are documentation; None where a parser has to tell.
    """
    parts = found.parts
    if _JOINED.search(found.code) is not None and _longest_run(parts) >= LONG:
        return None
    addressed = holds_address(source)
    wanted = [
        at
        for at in range(1, len(parts), 2)
        if (len(parts[at]) >= _NEARLY or (addressed and holds_address(parts[at]))) and parts[at][0] != HASH
    ]
    ranges: list[tuple[int, int]] = []
    start = depth = passed = 0
    for at in wanted:
        start += sum(map(len, parts[passed:at]))
        depth += _opened(b"".join(parts[passed + passed % 2 : at : 2]))
        passed = at
        letters = prefix(parts[at - 1])
        alone = None if letters in FORMATS else _stands_alone(parts, at, depth)
        if alone is None:
            return None
        size = len(letters) + len(parts[at])
        if not alone and (size >= LONG or (addressed and holds_address(parts[at]))):
            ranges.append((start - len(letters), start + len(parts[at])))
    return ranges


def _opened(code: bytes) -> int:
    """How many brackets are opened and not closed."""
    return sum(map(code.count, (b"(", b"[", b"{"))) - sum(map(code.count, (b")", b"]", b"}")))


def _stands_alone(parts: list[bytes], at: int, depth: int) -> bool | None:
    """Whether a string is a statement of its own, and so documentation; None when that is hard to tell."""
    if depth:
        return False
    before, after = parts[at - 1], parts[at + 1]
    if _LINE_STARTS.search(before) is None or (at > 1 and b"\n" not in before):
        return None if _AFTER_COLON.search(before) is not None else False
    if _LINE_ENDS.match(after) is not None:
        return True
    if after.strip(b" \t"):
        return False
    return True if at + 2 >= len(parts) or parts[at + 2][0] == HASH else None


def _longest_run(parts: list[bytes]) -> int:
    """The bytes of the longest row of strings that stand side by side, with what is between them; 0 without a row."""
    longest = size = strings = 0
    for at in range(1, len(parts), 2):
        before = parts[at - 1]
        if size and _GAP.fullmatch(before) is not None:
            size += len(before)
        else:
            size, strings = len(prefix(before)), 0
        size += len(parts[at])
        strings += parts[at][0] != HASH
        if strings > 1:
            longest = max(longest, size)
    return longest
