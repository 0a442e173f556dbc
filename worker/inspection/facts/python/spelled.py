"""Texts and addresses that are spelled with numbers or escapes: `chr`, `bytes([…])`, `struct.pack`, `html.unescape`."""

from __future__ import annotations

import ast
import html
import json
import struct
from collections.abc import Callable
from dataclasses import replace

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.known import Constant, Known, as_text, constant, origins_of
from worker.inspection.facts.python.literals import MOST

_SHAPE = 64  # characters of a format of `struct`
_HIDING = 8  # numbers from which a list of them hides a text


def numbers_of(known: Known) -> list[int]:
    """The whole numbers that a value may be."""
    return [value for value in known.constants if isinstance(value, int)]


def _chr(ev: Evaluator, call: Call) -> Known:
    argument = call.argument(0)
    letters = [chr(number) for number in numbers_of(argument) if 0 <= number < 0x110000]
    hidden = Origin(OriginKind.DECODED, call.line, "chr")
    return constant(*letters).with_origins(argument.origins | ({hidden} if _spells(ev, call, letters) else set()))


def _spells(ev: Evaluator, call: Call, letters: list[str]) -> bool:
    """Whether `chr` spells a text: letters that are written as numbers, one of many numbers, or arithmetic.

    A line end or a quote written so hides nothing, and neither does one element of something unknown.
    """
    node = call.nodes.get(0)
    if node is not None and node.type == "subscript":
        return len(letters) >= _HIDING
    return any(letter.isalnum() for letter in letters) or _computes(ev, call)


def _bytes(ev: Evaluator, call: Call) -> Known:
    """`bytes([…])`, `bytes("…", "utf-8")`, `bytearray(b"…")`."""
    value = call.argument(0)
    hidden = Origin(OriginKind.DECODED, call.line, "bytes")
    if value.items is None:
        kept = tuple(one for one in value.constants if not isinstance(one, int))
        return Known(constants=kept, origins=value.origins)
    numbers = [numbers_of(part) for part in value.items]
    if numbers and all(len(one) == 1 and 0 <= one[0] < 256 for one in numbers):
        known = constant(bytes(one[0] for one in numbers))
        return known.with_origins(value.origins | ({hidden} if len(numbers) >= _HIDING else set()))
    return Known(origins=value.origins | {hidden}) if _computes(ev, call) else value.only_origins()


def _computes(ev: Evaluator, call: Call) -> bool:
    """Whether the argument is arithmetic over every byte: XOR and its kin."""
    node = call.nodes.get(0)
    return node is not None and b"^" in ev.index.source[node.start_byte : node.end_byte][:4_096]


def _unescaped(fold_one: Callable[[str], object]) -> Callable[[Evaluator, Call], Known]:
    """What a reader of escapes gives for constants: `html.unescape`, `json.loads`, `ast.literal_eval`."""

    def apply(_ev: Evaluator, call: Call) -> Known:
        value = call.argument(0)
        found: list[Constant] = []
        for one in value.exact:
            try:
                read = fold_one(as_text(one)) if len(as_text(one)) <= MOST else None
            except (ValueError, SyntaxError, RecursionError, MemoryError):
                continue
            found += [read] if isinstance(read, (str, bytes)) else []
        hidden = Origin(OriginKind.DECODED, call.line, call.function.names[0])
        spelled = any(as_text(one).count(mark) >= _HIDING for one in value.exact for mark in ("\\", "&"))
        return constant(*found).with_origins(value.origins | ({hidden} if found and spelled else set()))

    return apply


def _packed(_ev: Evaluator, call: Call) -> Known:
    """`struct.pack` of numbers that stand in the source."""
    hidden = Origin(OriginKind.DECODED, call.line, "struct.pack")
    numbers = [numbers_of(value)[:1] for value in call.positional[1:]]
    known = Known(origins=origins_of(call.arguments))
    if not numbers or not all(numbers):
        return known
    try:
        shape = call.argument(0).exact[0]
        small = len(shape) <= _SHAPE and struct.calcsize(shape) <= MOST
        packed = struct.pack(shape, *(one[0] for one in numbers)) if small else None
    except (struct.error, IndexError, OverflowError):
        packed = None
    return (constant(packed) if packed is not None else known).with_origins({hidden})


def _address(_ev: Evaluator, call: Call) -> Known:
    """An address made of a number, or of four bytes."""
    found: list[Constant] = []
    for value in call.argument(0).constants:
        number = int.from_bytes(value, "big") if isinstance(value, bytes) and len(value) == 4 else value
        if isinstance(number, int) and 0 <= number < 1 << 32:
            found.append(".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0)))
    return constant(*found) if found else call.argument(0)


def _array(ev: Evaluator, call: Call) -> Known:
    return _bytes(ev, replace(call, positional=call.positional[1:2], keywords={}, nodes={}))


RESULTS: dict[str, Callable[[Evaluator, Call], Known]] = {
    **{f"builtins.{name}": _chr for name in ("chr", "unichr")},
    **{f"builtins.{name}": _bytes for name in ("bytes", "bytearray")},
    "ast.literal_eval": _unescaped(ast.literal_eval),
    "json.loads": _unescaped(json.loads),
    "html.unescape": _unescaped(html.unescape),
    "struct.pack": _packed,
    "array.array": _array,
    "socket.inet_ntoa": _address,
    "ipaddress.ip_address": _address,
    "ipaddress.IPv4Address": _address,
}
