"""Every folder below `cases/<format>/` is a sentence about that format, with a file and what it must be read as."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest

from app.core.escape import visible
from app.core.integrity import Checksum
from app.core.lockfile import Lockfile, Pin, UnreadableLockfile
from app.core.package import INSPECTED
from worker.lockfiles.register import ALL

CASES = Path(__file__).parent / "cases"
PARSERS = {parser.FORMAT: parser for parser in ALL}
FOLDERS = sorted(path.parent for path in CASES.glob("*/*/expected.txt"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}: {folder.name}")
def test_the_file_is_read_as_expected(folder: Path) -> None:
    """One line a pin: its line, label, scope, how it came in, where from, its hashes, alias and parents."""
    parser = PARSERS[folder.parent.name]
    file = lockfile_in(folder)
    path = file.relative_to(folder).as_posix()
    assert parser.claims(path)
    assert _told(path, file.read_bytes(), folder.parent.name) == (folder / "expected.txt").read_text("utf-8")


def test_every_format_has_eight_cases_and_those_that_are_opened_a_dozen() -> None:
    """A format without cases is a format nobody has checked by eye."""
    counted = {name: len(list(folders)) for name, folders in groupby(FOLDERS, key=lambda folder: folder.parent.name)}
    assert set(counted) == set(PARSERS)
    opened = {name for name in PARSERS if PARSERS[name].ECOSYSTEM in INSPECTED}
    assert [name for name, cases in counted.items() if cases < (12 if name in opened else 8)] == []


def test_every_folder_holds_one_file_and_what_it_is_read_as() -> None:
    for folder in CASES.glob("*/*"):
        assert (folder / "expected.txt").is_file(), folder.name
        assert lockfile_in(folder).is_file()


def lockfile_in(folder: Path) -> Path:
    """The one file of a case."""
    (file,) = (path for path in folder.rglob("*") if path.is_file() and path.name != "expected.txt")
    return file


def _told(path: str, content: bytes, name: str) -> str:
    try:
        lockfile = PARSERS[name].parse(path, content)
    except UnreadableLockfile as error:
        return f"line {error.line}: {error.detail}\n"
    return "".join(f"{line}\n" for line in _lines(lockfile))


def _lines(lockfile: Lockfile) -> Iterator[str]:
    yield from (f"notice: {notice}" for notice in lockfile.notices)
    yield from (_line(pin) for pin in lockfile.pins)
    for problem in lockfile.problems:
        yield f"{problem.line:>4} {problem.reason}: {problem.message}"
    for index in () if lockfile.pins else lockfile.indexes:  # elsewhere, the sources of the pins say it
        yield visible(f"{index.line:>4} {index.kind}: {index.url}", 1000)
    for one in lockfile.directives:
        yield visible(f"{one.line:>4} {one.kind} of {one.name}: {one.value}", 1000)
    if not any((lockfile.pins, lockfile.problems, lockfile.directives, lockfile.indexes)):
        yield "nothing"


def _checksum(checksum: Checksum | None) -> str:
    if checksum is None:
        return "no hash"
    return f"checksum {checksum.key}" if checksum.hex else f"no checksum {checksum.key}"


def _line(pin: Pin) -> str:
    source = pin.source
    words = [
        f"{pin.line:>4} {pin.package.label} {pin.scope} {'direct' if pin.direct else 'transitive'}",
        " ".join(
            [
                source.kind,
                *([source.url] if source.url else []),
                *([f"({source.reference})"] if source.reference else []),
            ]
        ),
        ", ".join(digest.algorithm for digest in pin.digests) or _checksum(pin.checksum),
    ]
    if pin.alias is not None:
        words.append(f"as {pin.alias}")
    if pin.note:
        words.append(f"said to be {pin.note}")
    if pin.parents:
        words.append(f"for {', '.join(pin.parents)}")
    return visible(" | ".join(words), 1000)
