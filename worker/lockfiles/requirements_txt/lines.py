"""The bytes of a requirements file → logical lines: decoded, joined and freed of comments as pip does it."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field

import re2

from app.core.lockfile import UnreadableLockfile

_LARGEST = 4 << 20  # bytes; with hashes, that is more than three thousand packages
_MARKS = (  # in pip's order: the mark of UTF-16 is the beginning of that of UTF-32
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
_DECLARATION = rb"coding[:=]\s*([-\w.]+)"
_PLAIN_ENCODINGS = frozenset({b"utf-8", b"utf8", b"ascii", b"us-ascii"})


@dataclass(slots=True)
class LogicalLine:
    """One statement, where it begins (1-based), and the comments at its end and below it, without their `#`.

    `odd_end` stands alone, without a statement: the character that ends a line for pip and not for people ("U+2028").
    """

    line: int
    text: str
    comments: list[str] = field(default_factory=list)
    odd_end: str = ""


def read_lines(content: bytes) -> Iterator[LogicalLine]:
    """Every statement of the file; raise `UnreadableLockfile` for bytes that are no text of the kind pip reads."""
    text = _decode(content)
    if "\0" in text:
        line = 1 + text.count("\n", 0, text.index("\0"))
        raise UnreadableLockfile(line, "The file holds a NUL character, so it is not text.")
    current: LogicalLine | None = None
    for line, joined, odd_end in _joined(text):
        if odd_end:
            yield LogicalLine(line, "", odd_end=odd_end)
        statement, comment = _split_comment(joined)
        if statement:
            if current is not None:
                yield current
            current = LogicalLine(line, statement)
        if comment is not None and current is not None:
            current.comments.append(comment)
    if current is not None:
        yield current


def _decode(content: bytes) -> str:
    if len(content) > _LARGEST:
        raise UnreadableLockfile(1, f"The file is larger than {_LARGEST >> 20} MiB.")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    for line in content.split(b"\n", 2)[:2]:
        declared = re2.search(_DECLARATION, line) if line.startswith(b"#") else None
        if declared is not None and declared[1].lower() not in _PLAIN_ENCODINGS:
            raise UnreadableLockfile(
                1, "The file declares an encoding other than UTF-8, in which readers would differ."
            )
    return _decoded(content, "utf-8")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = 1 + content.count(b"\n", 0, error.start)
        raise UnreadableLockfile(line, f"The file is not {encoding.upper()}.") from None


def _joined(text: str) -> Iterator[tuple[int, str, str]]:
    """Lines with their continuations, as pip's `join_lines` gives them: `(line, text, odd end)`."""
    parts: list[str] = []
    first = line = 1
    odd = ""
    for raw in text.splitlines(keepends=True):
        number, line = line, line + raw.count("\n")
        body = raw.splitlines()[0]
        end = raw[len(body) :].strip("\r\n")
        odd = f"U+{ord(end):04X}" if end else odd
        if body.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise UnreadableLockfile(
                number, "It holds merge conflict markers (<<<<<<<), so it says two things at once."
            )
        is_comment = body.lstrip().startswith("#")
        if body.endswith("\\") and not is_comment:
            first = first if parts else number
            parts.append(body.strip("\\"))
            continue
        yield (first if parts else number), "".join([*parts, " " + body if is_comment else body]), odd
        parts, odd = [], ""
    if parts:
        yield first, "".join(parts), odd


def _split_comment(text: str) -> tuple[str, str | None]:
    """The statement, and the comment without its `#`: a `#` at the start or after white space begins it."""
    at = text.find("#")
    while at > 0 and not text[at - 1].isspace():
        at = text.find("#", at + 1)
    if at < 0:
        return text.strip(), None
    return text[:at].strip(), text[at + 1 :]
