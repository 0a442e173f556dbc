"""Constant folding: what string methods, formatting and arithmetic give for constants. Pure, and bounded in size."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence

from worker.inspection.facts.python.decoders import decode_as
from worker.inspection.facts.python.known import Constant, as_text, bounded
from worker.inspection.facts.python.literals import MOST

_FIELD = 64  # characters of a replacement field that we read

# Methods of str and bytes that neither fail on odd arguments in odd ways nor grow their text.
_SAME_SIZE = frozenset(
    {"strip", "lstrip", "rstrip", "lower", "upper", "swapcase", "title", "capitalize", "casefold", "removeprefix",
     "removesuffix", "split", "rsplit", "splitlines", "partition", "rpartition", "hex", "zfill", "ljust", "rjust"}
)  # fmt: skip


def call_method(value: str | bytes, name: str, arguments: Sequence[Constant]) -> Constant | list[Constant] | None:
    """`value.name(*arguments)`; None when we do not fold it, or Python would raise."""
    try:
        if name == "decode":
            return decode_as(value, as_text(arguments[0]) if arguments else "utf-8")
        if name == "encode":
            return _encode(value, as_text(arguments[0]) if arguments else "utf-8")
        if name == "replace" and len(arguments) >= 2:
            return _replace(value, arguments)
        if name in _SAME_SIZE:
            if any(isinstance(argument, int) and argument > MOST for argument in arguments):
                return None
            result = getattr(value, name)(*arguments)
            return list(result) if isinstance(result, (list, tuple)) else result
    except (TypeError, ValueError, LookupError, OverflowError, AttributeError, EOFError, OSError):
        return None
    return None


def _encode(value: str | bytes, encoding: str) -> Constant | None:
    if isinstance(value, bytes):
        return value
    if encoding.lower().replace("-", "").replace("_", "") in {"rot13", "hex", "base64"}:
        return decode_as(value, encoding) if "rot" in encoding.lower() else None
    return value.encode(encoding, "replace")


def _replace(value: str | bytes, arguments: Sequence[Constant]) -> str | bytes | None:
    old, new = arguments[:2]
    if isinstance(value, bytes) and isinstance(old, bytes) and isinstance(new, bytes):
        grows = len(value) + (value.count(old) if old else len(value) + 1) * len(new)
        return value.replace(old, new) if grows <= MOST * 2 else None
    if isinstance(value, str) and isinstance(old, str) and isinstance(new, str):
        grows = len(value) + (value.count(old) if old else len(value) + 1) * len(new)
        return value.replace(old, new) if grows <= MOST * 2 else None
    return None


def concatenate(parts: Sequence[Constant]) -> Constant | None:
    """Literals that stand side by side."""
    return join(b"" if parts and isinstance(parts[0], bytes) else "", parts)


def number_list(source: bytes, start: int, end: int) -> list[int] | None:
    """The numbers of a list display that holds nothing else; a payload may have a million of them."""
    if end - start > MOST * 4:
        return None
    try:
        return [int(part, 0) for part in source[start:end].strip(b"[](){}, \r\n\t").split(b",")]
    except ValueError:
        return None


def join(glue: str | bytes, parts: Sequence[Constant]) -> Constant | None:
    """`glue.join(parts)`, as bytes when all are."""
    if sum(len(part) for part in parts if not isinstance(part, int)) + len(glue) * len(parts) > MOST * 2:
        return None
    if isinstance(glue, bytes) and all(isinstance(part, bytes) for part in parts):
        return glue.join(part for part in parts if isinstance(part, bytes))
    if any(isinstance(part, int) for part in parts):
        return None
    return as_text(glue).join(as_text(part) for part in parts)


def percent(template: str | bytes, values: Sequence[Constant], by_name: Mapping[str, Constant]) -> Constant | None:
    """`template % values`, with the simple conversions; None when it does not fit."""
    text, pieces, rest = as_text(template), [], list(values)
    size = position = 0
    while (sign := text.find("%", position)) >= 0:
        pieces.append(text[position:sign])
        position = sign + 1
        name = None
        if text[position : position + 1] == "(":
            close = text.find(")", position, position + _FIELD)
            if close < 0:
                return None
            name, position = text[position + 1 : close], close + 1
        while text[position : position + 1] in set("-+ #0123456789."):
            position += 1
        kind, position = text[position : position + 1], position + 1
        if kind == "%":
            pieces.append("%")
            continue
        value = by_name.get(name) if name is not None else (rest.pop(0) if rest else None)
        if value is None or kind not in set("srdixXcfu"):
            return None
        pieces.append(_converted(value, kind))
        size += len(pieces[-1])
        if size > MOST:
            return None
    folded = "".join(pieces) + text[position:]
    return folded.encode("utf-8", "surrogatepass") if isinstance(template, bytes) else folded


def format_fields(template: str, values: Sequence[Constant], by_name: Mapping[str, Constant]) -> str | None:
    """`template.format(*values, **by_name)`, with the simple fields; None when it does not fit."""
    pieces: list[str] = []
    automatic = size = position = 0
    while position < len(template):
        brace = min((at for at in (template.find("{", position), template.find("}", position)) if at >= 0), default=-1)
        if brace < 0:
            break
        pieces.append(template[position:brace])
        if template[brace : brace + 2] in {"{{", "}}"}:
            pieces.append(template[brace])
            position = brace + 2
            continue
        close = template.find("}", brace, brace + _FIELD)
        if close < 0 or template[brace] == "}":
            return None
        field, _, spec = template[brace + 1 : close].partition(":")
        field = field.partition("!")[0]
        if not field:
            field, automatic = str(automatic), automatic + 1
        value = values[int(field)] if field.isdecimal() and int(field) < len(values) else by_name.get(field)
        if value is None:
            return None
        pieces.append(_converted(value, spec[-1:] or "s"))
        size += len(pieces[-1])
        if size > MOST:
            return None
        position = close + 1
    return "".join(pieces) + template[position:]


def _converted(value: Constant, kind: str) -> str:
    if isinstance(value, int):
        if kind == "c":
            return chr(value) if 0 <= value < 0x110000 else ""
        if kind in {"x", "X", "o", "b"}:
            return format(value, kind)
    return as_text(value)


_ARITHMETIC: dict[str, Callable[[int, int], int]] = {
    "-": lambda one, other: one - other,
    "^": lambda one, other: one ^ other,
    "&": lambda one, other: one & other,
    "|": lambda one, other: one | other,
    "*": lambda one, other: one * other,
    "%": lambda one, other: one % other,
    "//": lambda one, other: one // other,
    ">>": lambda one, other: one >> min(other, 4_096),
    "<<": lambda one, other: one << min(other, 4_096),
}


def arithmetic(operator: str, one: Constant, other: Constant) -> Constant | None:
    """Integer arithmetic, and repetition of text; None for anything else."""
    if isinstance(one, int) and isinstance(other, int):
        try:
            return bounded(_ARITHMETIC[operator](one, other)) if operator in _ARITHMETIC else None
        except (ZeroDivisionError, ValueError):
            return None
    if operator == "*":
        text, times = (one, other) if isinstance(other, int) else (other, one)
        if isinstance(times, int) and not isinstance(text, int) and len(text) * max(times, 0) <= MOST:
            return text * times
    return None


def translate(value: str | bytes, source: Constant, target: Constant) -> Constant | None:
    """`value.translate(str.maketrans(source, target))`."""
    one, other, text = as_text(source), as_text(target), as_text(value)
    return text.translate(str.maketrans(one, other)) if len(one) == len(other) else None


ATTRIBUTES: dict[str, str] = {
    "os.sep": "/",
    "os.path.sep": "/",
    "os.curdir": ".",
    "os.pardir": "..",
    "os.linesep": "\n",
    "os.devnull": "/dev/null",
    "sys.executable": "python",
    **{f"string.{name}": getattr(string, name) for name in ("ascii_letters", "ascii_lowercase", "ascii_uppercase",
                                                            "digits", "hexdigits", "printable", "punctuation")},
}  # fmt: skip
"""Attributes of the standard library that are constant texts (the interpreter is `python`, a separator `/`)."""
