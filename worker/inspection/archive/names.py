"""Names of entries: which of them mean different things to different readers or platforms, and how we show them.

A name is never a reason to leave a file out: it is put right, the file is inspected under the path that a careless
reader would write to, and what was wrong with the name is said. Only names past the limits refuse the archive.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from worker.inspection.archive.meter import Meter

_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")  # letters by category, nothing on the screen
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format (bidi, zero-width), surrogate, separators
_DEVICES = frozenset(
    {
        "con",
        "prn",
        "aux",
        "nul",
        "conin$",
        "conout$",
        *(f"{port}{n}" for port in ("com", "lpt") for n in "123456789¹²³"),
    }
)  # Windows opens the device whatever the directory and the extension
_DOT = ("bad-name", "holds an empty part or a dot for a directory")
_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Name:
    """A name put right. `top` is its first part as the archive says (None when it has only one).

    `path` has neither empty, `.` nor `..` parts, `/` between them, and nothing invisible; it may be empty.
    `remarks` are `(oddity id, detail)`.
    """

    path: str
    top: str | None
    remarks: tuple[tuple[str, str], ...]


def read_name(raw: str, meter: Meter, *, strip: bool) -> Name:
    """Judge a name; `strip` takes the first part off, whatever it is (as npm and pip do)."""
    _measure(raw, meter)
    remarks: list[tuple[str, str]] = []
    text = visible(raw.replace("\\", "/"))
    if "\\" in raw:
        remarks.append(("bad-name", "holds a backslash, which separates directories on Windows"))
    if len(text) != len(raw):
        remarks.append(("bad-name", "holds characters that are invisible, or bytes that are not UTF-8"))
    if text.startswith("/"):
        remarks.append(("escape", "is absolute"))
    elif text[1:2] == ":" and text[0].isalpha():
        remarks.append(("escape", "begins with a drive letter"))
    parts = text.lstrip("/").removesuffix("/").split("/")
    while len(parts) > 1 and parts[0] in {"", "."}:  # some readers take it for the top directory, others pass over it
        parts.pop(0)
        remarks.append(_DOT)
    top = parts[0] if len(parts) > 1 else None
    kept = _resolve(parts[1:] if strip and top is not None else parts, remarks)
    if top == ".." and strip:
        remarks.append(("escape", "leaves its directory with '..'"))
    remarks += _on_windows(kept)
    return Name("/".join(kept), top, tuple(dict.fromkeys(remarks)))


def leaves(path: str, target: str) -> bool:
    """Whether a symbolic link at `path` (inside the package) points out of the package."""
    target = target.replace("\\", "/")
    depth = path.count("/")
    if target.startswith("/") or target[1:2] == ":":
        return True
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return True
    return False


def collision_key(path: str) -> str:
    """One key for all names that some platform takes for one file."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())
    return "/".join(part.rstrip(". ") for part in folded.split("/"))


def visible(text: str) -> str:
    """The text with what nobody would see written out: `<U+202E>` for a character, `<0xFF>` for a byte."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_written_out(character) for character in text)


def shown(text: str) -> str:
    """A stranger's name for a sentence of ours: visible and not too long."""
    text = visible(text)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _written_out(character: str) -> str:
    code = ord(character)
    if unicodedata.category(character) not in _INVISIBLE and character not in _INVISIBLE_LETTERS:
        return character
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not UTF-8
        return f"<0x{code - 0xDC00:02X}>"
    return f"<U+{code:04X}>"


def _measure(raw: str, meter: Meter) -> None:
    limits = meter.limits
    size = len(raw.encode("utf-8", "surrogatepass"))
    parts = raw.replace("\\", "/").split("/")
    if size > limits.path:
        meter.malformed(f"holds a name of {size:,} bytes, past {limits.path:,} ({shown(raw)})")
    if len(parts) > limits.parts:
        meter.malformed(f"holds a name of {len(parts):,} parts, past {limits.parts} ({shown(raw)})")
    if any(len(part.encode("utf-8", "surrogatepass")) > limits.part for part in parts):
        meter.malformed(f"holds a name with a part of more than {limits.part} bytes ({shown(raw)})")


def _resolve(parts: list[str], remarks: list[tuple[str, str]]) -> list[str]:
    kept: list[str] = []
    for part in parts:
        if part == "..":
            remarks.append(("escape", "leaves its directory with '..'"))
            if kept:
                kept.pop()
        elif part in {"", "."}:
            remarks.append(_DOT)
        else:
            kept.append(part)
    return kept


def _on_windows(parts: list[str]) -> list[tuple[str, str]]:
    remarks = []
    for part in parts:
        if part.endswith((".", " ")):
            remarks.append(("bad-name", "has a part that ends with a dot or a space, which Windows cuts off"))
        if part.partition(".")[0].rstrip(" ").casefold() in _DEVICES:
            remarks.append(("reserved-name", "is the name of a device on Windows"))
        if ":" in part:
            remarks.append(("reserved-name", "holds a colon, which names a hidden stream of a file on Windows"))
    return remarks
