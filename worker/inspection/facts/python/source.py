"""The bytes of a Python file → its source as UTF-8, line for line: encodings, byte order marks, notebooks."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from encodings.aliases import aliases

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]{1,40})")  # PEP 263; on slices of at most 400 bytes
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHELL_CELLS = ("%%bash", "%%sh", "%%!", "%%script bash", "%%script sh")
_LOST = 100  # lines of a notebook that were looked for in vain: then they are written in some other way
_ASCII = ("utf-8", "ascii", "latin", "iso8859", "cp125", "mac-", "koi8")  # what they hide, a reader sees


@dataclass(frozen=True, slots=True)
class Source:
    """`text` is UTF-8. `lines` maps a line of it (1-based) to the file's, when they differ. `odd` is an encoding that
    makes the source unreadable to people (utf-7, unicode_escape). `partly` says what could not be read.
    """

    text: bytes
    lines: tuple[int, ...] = ()
    odd: str | None = None
    partly: str | None = None


def load_codecs() -> None:
    """Load the codecs of source files and of decoders now: inside the fence nothing can be loaded any more."""
    for name in sorted({*aliases.values(), "rot13", "idna", "unicode_escape", "raw_unicode_escape"}):
        try:
            codecs.lookup(name)
        except LookupError:  # codecs of Windows
            continue


def read(path: str, content: bytes) -> Source:
    """The source of a file of any quality."""
    source = _decoded(content)
    return _notebook(source.text) if path.endswith(".ipynb") else source


def _decoded(content: bytes) -> Source:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            text = content[len(mark) :]
            return Source(_plain(text if encoding == "utf-8" else _utf8(text.decode(encoding, "replace"))))
    wide = _wide(content)
    if wide is not None:
        return Source(_plain(_utf8(content.decode(wide, "replace"))))
    name = _cookie(content)
    if name is None:
        return Source(_plain(content))
    try:
        info = codecs.lookup(name)
    except (LookupError, ImportError, OSError, ValueError):
        return Source(_plain(content), partly=f"its encoding line names {name!r}, which Python does not have")
    if info.name == "utf-8":
        return Source(_plain(content))
    odd = None if info.name.startswith(_ASCII) else info.name
    try:
        return Source(_plain(_utf8(content.decode(name, "replace"))), odd=odd)
    except (ValueError, LookupError, TypeError, EOFError):  # also codecs that give no text
        return Source(_plain(content), odd=odd, partly=f"its encoding line names {name!r}, as which it cannot be read")


def _cookie(content: bytes) -> str | None:
    for line in content[:800].split(b"\n")[:2]:
        match = _COOKIE.match(line[:400])
        if match is not None:
            return match.group(1).decode("ascii", "replace")
        if line.strip() and not line.lstrip().startswith(b"#"):
            return None
    return None


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of the head is zero."""
    head = content[:64]
    if len(head) < 8:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > len(head) // 3 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(head) // 3 and not odd else None


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _plain(text: bytes) -> bytes:
    """Line ends as one byte, and no NUL: it ends the file for some parsers, and not for Python."""
    return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b" ").replace(b"\f", b" ")


def _notebook(text: bytes) -> Source:
    """The code cells of a notebook, one after the other, with the lines where they stand in the file."""
    try:
        document = json.loads(text)
        cells = [cell for cell in document["cells"] if cell.get("cell_type") == "code"]
        written = [cell["source"] for cell in cells]
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        return Source(b"", partly="it is not a notebook that can be read")
    code: list[bytes] = []
    lines: list[int] = []
    position, line, lost = 0, 1, 0
    for source in written:
        joined = "".join(part for part in source if isinstance(part, str)) if isinstance(source, list) else str(source)
        shell = joined.startswith(_SHELL_CELLS)
        for one in joined.split("\n"):
            written_as = json.dumps(one, ensure_ascii=False)[1:-1].encode("utf-8", "replace")
            found = text.find(written_as, position) if lost <= _LOST else -1
            if found >= 0 and one.strip():
                line += text.count(b"\n", position, found)
                position = found
            lost += found < 0
            code.append(_utf8(_command(one, shell=shell)))
            lines.append(line)
    return Source(b"\n".join(code), lines=tuple(lines))


def _command(line: str, *, shell: bool) -> str:
    """A line of a cell as Python: `!curl …` starts a program, `%matplotlib` is a word to the notebook."""
    bare = line.lstrip()
    if bare.startswith("%"):
        return ""
    if shell or bare.startswith("!"):
        indent = line[: len(line) - len(bare)]
        return f"{indent}__import__('os').system({bare.removeprefix('!')!r})" if bare else ""
    return line
