"""Shell source and command lines → facts."""

from __future__ import annotations

from worker.inspection.facts import telling
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.found import Found
from worker.inspection.facts.shell import powershell
from worker.inspection.facts.shell.own_files import references
from worker.inspection.facts.shell.reader import TOO_DEEP, Reader
from worker.inspection.facts.tree import Budget, OutOfBudget

_TOO_LONG = "it takes longer to read than a file's share of time"
_COMMAND = 1 << 17  # characters of a command line
_BATCH = (".bat", ".cmd")


def extract(path: str, source: bytes, budget: Budget) -> Extracted:
    """The facts of a script: of a POSIX shell, of PowerShell (`.ps1`), or of Windows' own (`.bat`, `.cmd`).

    What takes too long ends with what is known so far, and `partly` says so.
    """
    source = _readable(source)
    lowered = path.lower()
    if lowered.endswith(".ps1"):
        return _read(path, source, budget, powershell_script=True)
    return _read(path, _batch(source) if lowered.endswith(_BATCH) else source, budget)


def extract_command(text: str, budget: Budget | None = None) -> Extracted:
    """The facts of a command line, as a package script or a program starts it; the first line is 1.

    `inline` holds the code that it hands to other interpreters (`node -e`, `python -c`).
    """
    return _read("", text[:_COMMAND].encode("utf-8", "replace"), budget or Budget())


def _read(path: str, source: bytes, budget: Budget, *, powershell_script: bool = False) -> Extracted:
    reader = Reader(Found(source.split(b"\n")), budget)
    try:
        if powershell_script:
            powershell.script(reader, source.decode("utf-8", "replace"))
        else:
            reader.source(source)
            if b"mkfifo" in source:  # what is written last is read first: go round once more
                reader.source(source)
    except OutOfBudget:
        reader.partly = _TOO_LONG
    except RecursionError:
        reader.partly = TOO_DEEP
    for word in telling.find(source, lambda offset: _is_comment(source, offset)):
        reader.add(word.fact, source.count(b"\n", 0, word.offset) + 1, word.detail)
    return Extracted(
        facts=reader.found.facts(),
        runs=tuple(dict.fromkeys(own for text in reader.runs for own in references(path, text))),
        partly=reader.partly,
        inline=tuple(reader.inline),
        programs=tuple(reader.programs),
    )


def _is_comment(source: bytes, offset: int) -> bool:
    start = source.rfind(b"\n", 0, offset) + 1
    return source[start:offset].lstrip().startswith((b"#", b"::", b"rem ", b"REM "))


def _readable(source: bytes) -> bytes:
    """UTF-8 with one-byte line ends: PowerShell writes UTF-16."""
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        source = source.decode("utf-16", "replace").encode("utf-8", "replace")
    return source.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\0", b" ")


def _batch(source: bytes) -> bytes:
    """Windows' own shell, close enough to a POSIX one: comments, labels, `@`, and `^` at the end of a line."""
    lines = []
    for line in source.split(b"\n"):
        text = line.lstrip().lstrip(b"@")
        lowered = text[:8].lower()
        if (
            lowered.startswith((b"rem ", b"::", b"echo off", b"setlocal", b"endlocal", b":"))
            or lowered.strip() == b"rem"
        ):
            lines.append(b"")
        elif text.rstrip().endswith(b"^"):
            lines.append(text.rstrip()[:-1] + b"\\")
        else:
            lines.append(text.replace(b"^", b""))
    return b"\n".join(lines)
