"""Which file of the old version a file of the new one was: by path, by content, or by name and likeness."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping

from app.core.specimen import ArtifactFacts, FileFacts, identity

_VARIABLE = re.compile(r"[0-9a-fA-F]{6,}|[0-9]+")  # hashes and versions in names: `chunk-3fa9c1.js`, `cpython-312`
_NEAREST = 6  # files of one name whose shapes are compared
_FACTOR = 2  # in size, at most
_ALIKE = 0.5  # of all that either does, both do


def ancestors(before: ArtifactFacts, after: ArtifactFacts) -> Mapping[str, FileFacts]:
    """The old file behind each path of the new version; a path that is missing here is new.

    A file that was renamed or moved is known by its SHA-256. One that was moved and changed is known by its name (but
    for hashes and versions in it), when neither is more than twice as large as the other and they do much of the same.
    """
    by_path = {file.path: file for file in before.files}
    by_hash = {file.sha256: file for file in before.files}
    found = {
        file.path: old
        for file in after.files
        if (old := by_path.get(file.path) or by_hash.get(file.sha256)) is not None
    }
    kept = {file.path for file in after.files} | {old.path for old in found.values()}
    gone = _by_name(file for file in before.files if file.path not in kept)
    for file in after.files:
        if file.path not in found:
            old = _nearest(file, gone.get(_name(file), []))
            if old is not None:
                found[file.path] = old
    return found


def _name(file: FileFacts) -> str:
    return _VARIABLE.sub("#", posixpath.basename(file.path))


def _by_name(files: Iterable[FileFacts]) -> dict[str, list[FileFacts]]:
    """Files by name, the smallest first."""
    groups: dict[str, list[FileFacts]] = defaultdict(list)
    for file in sorted(files, key=lambda file: file.size):
        groups[_name(file)].append(file)
    return groups


def _nearest(file: FileFacts, candidates: list[FileFacts]) -> FileFacts | None:
    at = bisect_left(candidates, file.size, key=lambda old: old.size)
    near = candidates[max(0, at - _NEAREST // 2) : at + _NEAREST // 2]
    alike = (old for old in near if _is_alike(file, old))
    return max(alike, key=lambda old: (_shared(file, old), -abs(file.size - old.size)), default=None)


def _is_alike(file: FileFacts, old: FileFacts) -> bool:
    small, large = sorted((file.size, old.size))
    return large <= small * _FACTOR and _shared(file, old) >= _ALIKE


def _shared(file: FileFacts, old: FileFacts) -> float:
    """How much of what either does both do, from 0 to 1; two files that do nothing of note are alike."""
    mine, others = ({identity(fact) for fact in each.facts} for each in (file, old))
    return len(mine & others) / len(mine | others) if mine | others else 1.0
