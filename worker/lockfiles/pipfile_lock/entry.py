"""One entry of pipenv's lockfile → a package with its source and hashes, a folder, or a problem."""

from __future__ import annotations

from typing import Any

from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Problem
from app.core.package import Package, Source
from app.core.python_release import python_name
from app.core.python_requirement import Gap, Local, Pinned, read_requirement
from worker.lockfiles.pipfile_lock.document import Entry
from worker.lockfiles.pipfile_lock.sources import Sources

_VERSION_CONTROL = ("git", "svn", "hg", "bzr")
_PLACES = ("file", "path")
_MOST_TROUBLES = 10  # about the hashes of one package


def read_entry(
    entry: Entry, path: str, sources: Sources, problems: list[Problem]
) -> tuple[Package, Source, tuple[Digest, ...]] | None:
    """Say what the entry of the lockfile at `path` is; None for a folder, and where it cannot be a pin.

    In the order in which pipenv looks: version control, a file or path, a version.
    """
    fields = {"version": f"=={entry.value}"} if isinstance(entry.value, str) else entry.value
    if not isinstance(fields, dict):
        problems.append(entry.problem(f"{entry.shown} is not an object."))
        return None
    kind = next((kind for kind in _VERSION_CONTROL if kind in fields), None)
    if kind is not None:
        message = f"{entry.shown} comes from {kind} and names no version."
        problems.append(entry.problem(message, Reason.UNSUPPORTED_SOURCE))
        return None
    place = next((place for place in _PLACES if place in fields), None)
    text = _requirement(entry, fields, place)
    if text is None:
        problems.append(entry.problem(f"{entry.shown} is not a name and a version of a Python package."))
        return None
    match read_requirement(text, path, editable=place is not None and fields.get("editable") is True):
        case Gap(reason, message):
            problems.append(entry.problem(message, reason))
            return None
        case Local():
            return None
        case Pinned(package, source, own):
            found = source or _index(entry, fields, sources, problems)
            return package, found, (*_digests(entry, fields.get("hashes", []), problems), *own)


def _requirement(entry: Entry, fields: dict[str, Any], place: str | None) -> str | None:
    """What pipenv hands to pip, without markers and options; None when it is nothing that can be read."""
    if place is not None:
        where = fields[place]
        return where if isinstance(where, str) else None
    version = fields.get("version", "")
    if python_name(entry.name) is None or not isinstance(version, str):
        return None
    return entry.name + ("" if version == "*" else version)


def _index(entry: Entry, fields: dict[str, Any], sources: Sources, problems: list[Problem]) -> Source:
    name = fields.get("index")
    if name is None:
        return sources.first
    if isinstance(name, str) and name in sources.named:
        return sources.named[name]
    message = f"{entry.shown} names the index {visible(str(name), 80)}, which is none of the file's sources."
    problems.append(entry.problem(message))
    return sources.first


def _digests(entry: Entry, written: object, problems: list[Problem]) -> tuple[Digest, ...]:
    digests: list[Digest] = []
    troubles: list[str] = []
    for text in written if isinstance(written, list) else [written]:
        try:
            digests.append(from_pip(text if isinstance(text, str) else ""))
        except ValueError as error:
            troubles.append(f"{entry.shown}: a hash cannot be read: {error}.")
    problems += (entry.problem(trouble) for trouble in troubles[:_MOST_TROUBLES])
    return tuple(digests)
