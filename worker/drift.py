"""Manifest and lockfile read together: what a project asks for and no lockfile fixes, and what no manifest explains.

Only what is new is told. A lockfile that cannot be read is told of elsewhere.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

from app.core.diff import Change, ChangeKind
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lineage, Lockfile, Scope, UnreadableLockfile
from app.core.manifest import Manifest, Want
from app.core.ports import ManifestParser
from app.core.specimen import Drift, FileSpecimen, NotExamined
from app.core.version_range import read_range
from worker.changed_files import Formats, Side, covering, is_installed
from worker.comparison import Comparison, LineGap

MOST_MANIFESTS = 300  # of one repository that are read to explain an entry; beyond it, nothing is said
_TELL_DIRECT = frozenset({Lineage.FULL, Lineage.DIRECT})
_OF_OTHERS = frozenset({Scope.BUILD, Scope.PEER})  # no lockfile has these


def with_drift(
    comparison: Comparison, before: Side, after: Side, formats: Formats, is_ignored: Callable[[str], bool]
) -> Comparison:
    """The comparison, with what manifests and lockfiles say against each other."""
    room = _Room(before, after, formats, is_ignored)
    sides = list(comparison.sides)
    gaps = list(comparison.gaps)
    for path, parser, locks in room.changed_manifests():
        drifts = tuple(room.unlocked(path, parser, locks))
        if drifts:
            sides.append(FileSpecimen(path, parser.ECOSYSTEM, (), (), drifts=drifts))
            gaps += [_gap(path, drift) for drift in drifts]
    for path, changes in _added_directly(comparison.changes).items():
        drifts = tuple(room.unexplained(path, changes))
        if drifts:
            sides.append(FileSpecimen(path, changes[0].pin.package.ecosystem, (), (), drifts=drifts))
    return replace(comparison, gaps=tuple(gaps), sides=tuple(sides))


def _gap(path: str, drift: Drift) -> LineGap:
    lock = visible(drift.other, 200)
    has = f"has {visible(', '.join(drift.versions), 80)}" if drift.versions else "does not have it"
    detail = (
        f"{path} asks for {visible(drift.name, 80)} {visible(drift.range, 80)}".rstrip()
        + f"; {lock} {has}, so whatever is newest may be installed."
    )
    return LineGap(path, drift.line, NotExamined(drift.name[:200], Reason.UNPINNED, detail))


def _added_directly(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """What came as a direct dependency, by the lockfile that says so: of the others, nobody knows who asks for it."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        if change.kind is ChangeKind.ADDED and change.pin.direct and change.lineage in _TELL_DIRECT:
            found.setdefault(change.file, []).append(change)
    return found


@dataclass
class _Room:
    """Two trees, with what was read of them."""

    before: Side
    after: Side
    formats: Formats
    is_ignored: Callable[[str], bool]
    locks: dict[str, Lockfile | None] = field(default_factory=dict)
    manifests: dict[str, Manifest | None] = field(default_factory=dict)

    def changed_manifests(self) -> Iterator[tuple[str, ManifestParser, list[str]]]:
        """Manifests of the head that differ from the base's, each with the lockfiles that cover it."""
        for path in sorted(self.after.files):
            parser = self.formats.manifest_for(path)
            if parser is None or is_installed(path) or self.before.files.get(path) == self.after.files[path]:
                continue
            locks = covering(path, parser, self.after.folders, self.formats)
            if locks and not self.is_ignored(path):
                yield path, parser, locks

    def unlocked(self, path: str, parser: ManifestParser, locks: list[str]) -> Iterator[Drift]:
        """What the manifest newly asks for and its lockfiles do not have, or not in a version that it allows."""
        fresh = list(self._fresh(path, parser))
        if not fresh:
            return
        has: dict[str, set[str]] = {}
        for lock in locks:
            read = self._lock(lock)
            if read is None:
                return  # told of already, if it is new
            for pin in read.pins:
                has.setdefault(pin.alias or pin.package.name, set()).add(pin.package.version)
        for want in fresh:
            versions = has.get(want.name)
            if versions is None:
                if not want.conditional and want.name not in self._own_names(posixpath.dirname(locks[0])):
                    yield Drift(want.name, want.range, want.line, locks[0])
            elif not _allows(parser, want, versions):
                yield Drift(want.name, want.range, want.line, locks[0], tuple(sorted(versions)))

    def _fresh(self, path: str, parser: ManifestParser) -> Iterator[Want]:
        new = self._manifest(path)
        if new is None:
            return
        old = _read(parser, path, self.before.content(path))
        known = {(want.name, want.range) for want in old.wants} if old else set()
        for want in new.wants:
            if want.scope in _OF_OTHERS or want.name in new.overridden or (want.name, want.range) in known:
                continue
            if not want.is_folder:
                yield want

    def unexplained(self, path: str, changes: list[Change]) -> Iterator[Drift]:
        """Direct dependencies of a lockfile that came and that no manifest below its folder asks for."""
        folder = posixpath.dirname(path)
        lock_format = self.formats.parser_for(path)
        beside = [
            manifest
            for manifest in self.after.folders.get(folder, ())
            if lock_format is not None
            and (parser := self.formats.manifest_for(manifest)) is not None
            and lock_format.FORMAT in parser.COVERED_BY
        ]
        if not beside or self._manifest(beside[0]) is None:
            return
        asked: set[str] = set()
        for manifest in (*beside, *self._below(folder)):
            read = self._manifest(manifest)
            if read is not None:
                asked |= {want.name for want in read.wants} | read.overridden
            if all(_names(change) & asked for change in changes):
                return
        for change in changes:
            if not _names(change) & asked:
                yield Drift(change.pin.package.label, "", change.pin.line, beside[0], is_locked=True)

    def _own_names(self, folder: str) -> frozenset[str]:
        """The names of the projects below a folder: a workspace's own packages stand in no registry."""
        read = (self._manifest(path) for path in self._below(folder))
        return frozenset(manifest.name for manifest in read if manifest is not None and manifest.name)

    def _below(self, folder: str) -> list[str]:
        prefix = f"{folder}/" if folder else ""
        return list(islice((path for path in self._all_manifests if path.startswith(prefix)), MOST_MANIFESTS))

    @cached_property
    def _all_manifests(self) -> list[str]:
        return [path for path in self.after.files if self.formats.manifest_for(path) and not is_installed(path)]

    def _manifest(self, path: str) -> Manifest | None:
        if path not in self.manifests:
            parser = self.formats.manifest_for(path)
            self.manifests[path] = None if parser is None else _read(parser, path, self.after.content(path))
        return self.manifests[path]

    def _lock(self, path: str) -> Lockfile | None:
        if path not in self.locks:
            parser, content = self.formats.parser_for(path), self.after.content(path)
            try:
                self.locks[path] = None if parser is None or content is None else parser.parse(path, content)
            except UnreadableLockfile:
                self.locks[path] = None
        return self.locks[path]


def _read(parser: ManifestParser, path: str, content: bytes | None) -> Manifest | None:
    try:
        return None if content is None else parser.read_manifest(path, content)
    except UnreadableLockfile:
        return None


def _names(change: Change) -> frozenset[str]:
    """The names that a manifest may ask for it by."""
    return frozenset({change.pin.package.name, change.pin.alias or change.pin.package.name})


def _allows(parser: ManifestParser, want: Want, versions: Iterable[str]) -> bool:
    """Whether the range allows one of these versions; true as well for what is no range."""
    text = want.range
    if want.is_elsewhere or text in ("", "*"):
        return True
    if text.startswith("npm:"):
        text = text.rpartition("@")[2]
    try:
        contains = read_range(parser.ECOSYSTEM, text)
    except ValueError:
        return True
    return any(map(contains, versions))
