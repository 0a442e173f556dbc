"""Manifest and lockfile read together: what a project asks for and no lockfile fixes, and what no manifest explains.

Only what is new is told. A lockfile that cannot be read is told of elsewhere.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from app.core.diff import Change, ChangeKind
from app.core.directives import DirectiveChange, changed_directives
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lineage, Scope
from app.core.manifest import Want
from app.core.package import INSPECTED
from app.core.ports import ManifestParser
from app.core.report import FileRead
from app.core.specimen import Drift, FileSpecimen, NotExamined
from app.core.version_range import read_range
from worker.changed_files import Formats, Side
from worker.comparison import Comparison, LineGap
from worker.patches import changed_patches
from worker.project_files import ProjectFiles

_TELL_DIRECT = frozenset({Lineage.FULL, Lineage.DIRECT})
_OF_OTHERS = frozenset({Scope.BUILD, Scope.PEER})  # no lockfile has these


def with_drift(
    comparison: Comparison, before: Side, after: Side, formats: Formats, is_ignored: Callable[[str], bool]
) -> Comparison:
    """The comparison, with what manifests and lockfiles say against each other, and with the manifests' directives.

    A manifest that a lockfile covers is among the files that were read where it had something to say.
    """
    files = ProjectFiles(before, after, formats, is_ignored)
    sides, gaps = list(comparison.sides), list(comparison.gaps)
    directives, read = list(comparison.directives), list(comparison.files)
    for path, parser, locks in files.changed_manifests():
        drifts = tuple(_unlocked(files, path, parser, locks))
        said = tuple(_directives(files, path, parser))
        directives += said
        if drifts or said:
            read.append(FileRead(path, parser.FORMAT))
        if drifts:
            sides.append(FileSpecimen(path, parser.ECOSYSTEM, (), (), drifts=drifts))
            gaps += [_gap(path, parser, drift) for drift in drifts]
    for path, changes in _added_directly(comparison.changes).items():
        drifts = tuple(_unexplained(files, path, changes))
        if drifts:
            sides.append(FileSpecimen(path, changes[0].pin.package.ecosystem, (), (), drifts=drifts))
    patches = tuple(changed_patches(files))
    read += (FileRead(path, "patch") for path in dict.fromkeys(patch.file for patch in patches))
    read.sort(key=lambda file: file.path)
    return replace(
        comparison, gaps=tuple(gaps), sides=tuple(sides), directives=(*directives, *patches), files=tuple(read)
    )


def _gap(path: str, parser: ManifestParser, drift: Drift) -> LineGap:
    lock = visible(drift.other, 200)
    has = f"has {visible(', '.join(drift.versions), 80)}" if drift.versions else "does not have it"
    detail = (
        f"{path} asks for {visible(drift.name, 80)} {visible(drift.range, 80)}".rstrip()
        + f"; {lock} {has}, so whatever is newest may be installed."
    )
    reason = Reason.UNPINNED if parser.ECOSYSTEM in INSPECTED else Reason.ECOSYSTEM
    return LineGap(path, drift.line, NotExamined(drift.name[:200], reason, detail))


def _added_directly(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """What came as a direct dependency, by the lockfile that says so: of the others, nobody knows who asks for it."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        if change.kind is ChangeKind.ADDED and change.pin.direct and change.lineage in _TELL_DIRECT:
            found.setdefault(change.file, []).append(change)
    return found


def _unlocked(files: ProjectFiles, path: str, parser: ManifestParser, locks: list[str]) -> Iterator[Drift]:
    """What the manifest newly asks for and its lockfiles do not have, or not in a version that it allows."""
    folder = posixpath.dirname(locks[0])
    fresh = list(_fresh(files, path, parser))
    fresh = [want for want in fresh if want.name not in files.forced(folder)]
    if not fresh:
        return
    has: dict[str, set[str]] = {}
    for lock in locks:
        read = files.lock(lock)
        if read is None:
            return  # told of already, if it is new
        for pin in read.pins:
            has.setdefault(pin.alias or pin.package.name, set()).add(pin.package.version)
    for want in fresh:
        versions = has.get(want.name)
        if versions is None:
            if not want.conditional and want.name not in files.own_names(folder):
                yield Drift(want.name, want.range, want.line, locks[0])
        elif not _allows(parser, want, versions):
            yield Drift(want.name, want.range, want.line, locks[0], tuple(sorted(versions)))


def _fresh(files: ProjectFiles, path: str, parser: ManifestParser) -> Iterator[Want]:
    new = files.manifest(path)
    if new is None:
        return
    old = files.was(path, parser)
    known = {(want.name, want.range) for want in old.wants} if old else set()
    for want in new.wants:
        if want.scope in _OF_OTHERS or want.name in new.overridden or (want.name, want.range) in known:
            continue
        if not want.is_folder:
            yield want


def _directives(files: ProjectFiles, path: str, parser: ManifestParser) -> Iterator[DirectiveChange]:
    """What a manifest says of packages besides asking for them, as far as it changed."""
    old, new = files.was(path, parser), files.manifest(path)
    if new is not None:
        yield from changed_directives(path, old.directives if old else (), new.directives)


def _unexplained(files: ProjectFiles, path: str, changes: list[Change]) -> Iterator[Drift]:
    """Direct dependencies of a lockfile that came and that no manifest below its folder asks for."""
    beside = files.beside(path)
    if not beside or files.manifest(beside[0]) is None:
        return
    asked: set[str] = set()
    for manifest in (*beside, *files.below(posixpath.dirname(path))):
        read = files.manifest(manifest)
        if read is not None:
            asked |= {want.name for want in read.wants} | read.overridden
        if all(_names(change) & asked for change in changes):
            return
    for change in changes:
        if not _names(change) & asked:
            yield Drift(change.pin.package.label, "", change.pin.line, beside[0], is_locked=True)


def _names(change: Change) -> frozenset[str]:
    """The names that a manifest may ask for it by."""
    return frozenset({change.pin.package.name, change.pin.alias or change.pin.package.name})


def _allows(parser: ManifestParser, want: Want, versions: Iterable[str]) -> bool:
    """Whether the range allows one of these versions; true as well for what is no range."""
    text = want.range
    if want.is_elsewhere or text in ("", "*") or parser.ECOSYSTEM not in INSPECTED:  # no grammar of others is known
        return True
    if text.startswith("npm:"):
        text = text.rpartition("@")[2]
    try:
        contains = read_range(parser.ECOSYSTEM, text)
    except ValueError:
        return True
    return any(map(contains, versions))
