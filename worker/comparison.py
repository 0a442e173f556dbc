"""Dependency files of two revisions → the changes between them, and what could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from app.core.diff import Change, compare, new_problems
from app.core.directives import DirectiveChange, changed_directives
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lockfile, UnreadableLockfile
from app.core.manifest import dependency_lines
from app.core.package import Ecosystem
from app.core.ports import Parser
from app.core.report import FileRead
from app.core.specimen import FileSpecimen, NotExamined, Surroundings
from app.core.surroundings import file_specimen, surroundings
from app.core.variants import checksums_moved_on
from worker.changed_files import FilePair, ParserFor

LARGEST = 64 << 20  # bytes of one dependency file; the largest in real life have about ten million


@dataclass(frozen=True, slots=True)
class LineGap:
    """A dependency file, or a line of it, that was not examined."""

    path: str
    line: int
    gap: NotExamined


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed between two revisions, the files that were read, and the gaps.

    `directives` are the overrides, patches and catalog entries that changed; no packages, though they decide on some.
    `around` is what stands around the changes of each file, by its path; `sides` are the head's files as a whole.
    """

    changes: tuple[Change, ...] = ()
    files: tuple[FileRead, ...] = ()
    gaps: tuple[LineGap, ...] = ()
    notes: tuple[str, ...] = ()
    around: Mapping[str, Surroundings] = field(default_factory=dict)
    sides: tuple[FileSpecimen, ...] = ()
    directives: tuple[DirectiveChange, ...] = ()


def compare_files(pairs: Iterable[FilePair], parser_for: ParserFor) -> Comparison:
    """Parse both sides of every file and compare them.

    A head side that cannot be read is a gap: never an empty list of packages, which would read as "all removed". A base
    side that cannot be read counts as empty, so that every package of the head is looked at.
    """
    before: list[Lockfile] = []
    after: list[Lockfile] = []
    files: list[FileRead] = []
    gaps: list[LineGap] = []
    notes: list[str] = []
    around: dict[str, Surroundings] = {}
    sides: list[FileSpecimen] = []
    directives: list[DirectiveChange] = []
    for pair in pairs:
        parser = parser_for(pair.path)
        if parser is None or pair.left_out:
            files.append(FileRead(pair.path, parser.FORMAT if parser else None, left_out=pair.left_out))
            continue
        new = _parse(parser, pair.path, pair.after)
        old = _parse(parser, pair.was or pair.path, pair.before)
        if isinstance(new, LineGap):
            files.append(FileRead(pair.path, parser.FORMAT))
            gaps.append(new)
            continue
        if isinstance(old, LineGap):
            notes.append("A dependency file could not be read on the base branch; all its packages count as added.")
            old = None
        if old is not None and pair.was is not None:
            notes.append(f"{visible(pair.path, 200)} is compared with {visible(pair.was, 200)}, which it was before.")
            old = replace(old, path=pair.path)
        files.append(FileRead(pair.path, parser.FORMAT, len(new.pins) if new else 0))
        notes += new.notices if new else ()
        if old and new and checksums_moved_on(old.pins, new.pins):
            notes.append(
                "The checksums of a lockfile are made in another way than on the base branch; none was compared."
            )
        before += [old] if old else []
        after += [new] if new else []
        said, says = (side.directives if side else () for side in (old, new))
        directives += changed_directives(pair.path, said, says)
        if new is not None:
            around[pair.path] = surroundings(old, new)
            sides.append(file_specimen(parser.ECOSYSTEM, old, new))
    gaps += _problem_gaps(before, after)
    changes, told = compare(before, after), tuple(dict.fromkeys(notes))
    return Comparison(changes, tuple(files), tuple(gaps), told, around, tuple(sides), tuple(directives))


def name_manifest_lines(comparison: Comparison, read: Callable[[str], bytes | None]) -> Comparison:
    """Point changes of npm packages to the line of the direct dependency in the `package.json` beside the lockfile.

    `read` gives the head's content of a file that this change touches, None for every other: a comment belongs on a
    line that somebody changed.
    """
    lines: dict[str, dict[str, int]] = {}

    def named(change: Change) -> Change:
        if change.pin.package.ecosystem is not Ecosystem.NPM:
            return change
        path = (PurePosixPath(change.file).parent / "package.json").as_posix()
        if path not in lines:
            content = read(path)
            lines[path] = dependency_lines(content) if content is not None else {}
        names = [change.through[0].partition("/")[2].rpartition("@")[0]] if change.through else _own_names(change)
        line = next((lines[path][name] for name in names if name in lines[path]), None)
        return change if line is None else replace(change, manifest=(path, line))

    return replace(comparison, changes=tuple(named(change) for change in comparison.changes))


def _own_names(change: Change) -> list[str]:
    """The names that a direct dependency may stand under: an alias, which may be another package's wish, or its own."""
    pin = change.pin
    return [pin.alias, pin.package.name] if pin.alias else [pin.package.name]


def _parse(parser: Parser, path: str, content: bytes | None) -> Lockfile | LineGap | None:
    if content is None:
        return None
    if len(content) > LARGEST:
        detail = f"{path} is larger than {LARGEST >> 20} MiB. Nothing in this file was examined."
        return LineGap(path, 1, NotExamined(path, Reason.UNREADABLE_FILE, detail))
    try:
        return parser.parse(path, content)
    except UnreadableLockfile as error:
        detail = f"{error.detail} Nothing in this file was examined."
        return LineGap(path, error.line, NotExamined(path, Reason.UNREADABLE_FILE, detail))


def _problem_gaps(before: Sequence[Lockfile], after: Sequence[Lockfile]) -> list[LineGap]:
    """Entries that could not be read, or fix no version, and that the base did not have."""
    return [
        LineGap(path, problem.line, NotExamined(problem.subject, problem.reason, problem.message))
        for path, problem in new_problems(before, after)
    ]
