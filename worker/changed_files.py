"""Two trees → the dependency files that differ, each with what it was before, wherever it stood then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from app.core.ports import ManifestParser, Parser

ParserFor = Callable[[str], Parser | None]

INSTALLED = frozenset({"node_modules", "bower_components", "site-packages", "vendor", "third_party", "Pods"})
"""Folders that hold what was installed or copied, with the dependency files of others in it."""

_MOST_TRIED = 20  # files that went, of the format of one that came
_ENOUGH = 0.5  # of the lines of the smaller one; below it, nobody would call it the same file


@dataclass(frozen=True, slots=True)
class FilePair:
    """One dependency file before and after; None where it does not exist.

    `was` is the path of a file that went, whose place this one took. `left_out`: it lies in a folder that is not read.
    """

    path: str
    before: bytes | None
    after: bytes | None
    was: str | None = None
    left_out: bool = False


@dataclass(frozen=True)
class Side:
    """One tree: path → what tells two contents apart; and how a file is read."""

    files: Mapping[str, str]
    read: Callable[[str], bytes]

    def content(self, path: str) -> bytes | None:
        """The content of a file; None where there is none."""
        return self.read(path) if path in self.files else None

    @cached_property
    def folders(self) -> Mapping[str, Sequence[str]]:
        """Folder → the paths of the files right in it."""
        found: dict[str, list[str]] = {}
        for path in self.files:
            found.setdefault(path.rpartition("/")[0], []).append(path)
        return found


@dataclass(frozen=True, slots=True)
class Formats:
    """What is known of files by their paths: who parses them, and whether they look like dependency files.

    `manifest_for` is the parser again, of files in which people write what they ask for.
    """

    parser_for: ParserFor
    looks_like_dependency_file: Callable[[str], bool]
    manifest_for: Callable[[str], ManifestParser | None] = lambda _path: None


def changed_files(before: Side, after: Side, formats: Formats, is_ignored: Callable[[str], bool]) -> Iterator[FilePair]:
    """The dependency files that differ between two trees, in the order of their paths.

    Only files that somebody parses are read. One of a known name and an unread format is a pair without content, and so
    is one in a folder that the policy ignores or that holds what was installed. A file that came is held against one of
    its format that went, if they have most lines in common: a folder that is renamed brings in nothing new. What went
    from an ignored folder is no such file: nobody ever looked at it.

    A manifest is read only where no lockfile covers it; whole, where that was so on the base branch alone.
    """
    differing = sorted(
        path for path in {*before.files, *after.files} if before.files.get(path) != after.files.get(path)
    )
    known = [
        path for path in differing if formats.looks_like_dependency_file(path) and not _is_covered(path, after, formats)
    ]
    left_out = {path for path in known if is_ignored(path) or is_installed(path)}
    gone = [path for path in known if path not in after.files and path not in left_out]
    moved = dict(_moved(before, after, formats, [path for path in known if path not in left_out], gone))
    for path in known:
        if path in left_out:
            if path in after.files:
                yield FilePair(path, None, None, left_out=True)
        elif formats.parser_for(path) is None:
            yield FilePair(path, None, None)
        elif path in moved:
            was = moved[path]
            yield FilePair(path, before.content(was), after.content(path), was)
        elif path not in moved.values():
            was_covered = path in after.files and _is_covered(path, before, formats)
            pair = FilePair(path, None if was_covered else before.content(path), after.content(path))
            if pair.before != pair.after:
                yield pair
    for path in _bereft(before, after, formats, gone):
        if path not in left_out and not is_ignored(path) and path not in known:
            yield FilePair(path, None, after.content(path))


def is_installed(path: str) -> bool:
    """Whether a file lies in a folder of what was installed or copied."""
    return not INSTALLED.isdisjoint(path.split("/")[:-1])


def covering(path: str, parser: ManifestParser, folders: Mapping[str, Sequence[str]], formats: Formats) -> list[str]:
    """The lockfiles that fix what a manifest asks for: those in its folder, or in the nearest above that has any."""
    folder = path.rpartition("/")[0]
    while True:
        found = [
            one
            for one in folders.get(folder, ())
            if (lock := formats.parser_for(one)) is not None and lock.FORMAT in parser.COVERED_BY
        ]
        if found or not folder:
            return found
        folder = folder.rpartition("/")[0]


def _is_covered(path: str, side: Side, formats: Formats) -> bool:
    parser = formats.manifest_for(path)
    return parser is not None and bool(covering(path, parser, side.folders, formats))


def _bereft(before: Side, after: Side, formats: Formats, gone: list[str]) -> Iterator[str]:
    """Manifests that a lockfile covered on the base branch, and none does any more."""
    locks = [path for path in gone if formats.manifest_for(path) is None and formats.parser_for(path) is not None]
    folders = {path.rpartition("/")[0] for path in locks}
    for path in sorted(after.files) if folders else ():
        parser = formats.manifest_for(path)
        below = any(not folder or path.startswith(f"{folder}/") for folder in folders)
        if parser is None or not below or is_installed(path):
            continue
        if _is_covered(path, before, formats) and not _is_covered(path, after, formats):
            yield path


def _moved(before: Side, after: Side, formats: Formats, known: list[str], gone: list[str]) -> Iterator[tuple[str, str]]:
    """The path of each file that came → that of the one that it was."""
    left = dict.fromkeys(gone)
    for path in (path for path in known if path not in before.files) if left else ():
        parser = formats.parser_for(path)
        if parser is None:
            continue
        same = [one for one in left if formats.parser_for(one) is parser]
        found = next((one for one in same if before.files[one] == after.files[path]), None)
        if found is None and same:
            found = _most_alike(before, after.content(path) or b"", same)
        if found is not None:
            del left[found]
            yield path, found


def _most_alike(before: Side, content: bytes, candidates: list[str]) -> str | None:
    """The file that has most lines in common with this content, if they are enough."""
    lines = set(content.splitlines())
    best, share = None, 0.0
    for path in islice(candidates, _MOST_TRIED):
        others = set((before.content(path) or b"").splitlines())
        smaller = min(len(lines), len(others))
        common = len(lines & others) / smaller if smaller else 0.0
        if common > share:
            best, share = path, common
    return best if share >= _ENOUGH else None
