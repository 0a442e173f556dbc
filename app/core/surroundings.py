"""A dependency file before and after → what its changes are held against: hosts at home in it, the indexes it names."""

from __future__ import annotations

from app.core.lockfile import Index, IndexKind, Lockfile
from app.core.origins import origin_of
from app.core.package import Ecosystem, SourceKind
from app.core.specimen import FileSpecimen, Surroundings

_MOST_INDEXES = 100  # of one file; one with more was written to bury its readers


def surroundings(before: Lockfile | None, after: Lockfile) -> Surroundings:
    """What stands around the changes of this file. `before` is None where the base has no such file."""
    old = before.pins if before else ()
    sources = {pin.source for pin in old if pin.source.kind is SourceKind.REGISTRY and pin.source.url}
    home = {origin_of(place) for source in sources for place in (source.url, source.reference)}
    return Surroundings(
        home=frozenset(home - {""}),
        is_new=before is None,
        declared=frozenset(index.url for index in after.indexes if index.kind is IndexKind.INDEX),
        hashed=any(pin.digests for pin in (*old, *after.pins)),
        used=frozenset(source.url for source in sources if source.url),
        listed=frozenset(index.url for index in after.indexes if index.kind is IndexKind.SOURCE),
    )


def file_specimen(ecosystem: Ecosystem, before: Lockfile | None, after: Lockfile) -> FileSpecimen:
    """The file as a whole, for rules about it."""
    places = (*_indexes(ecosystem, before), *_hosts_of_files(before)) if before else ()
    return FileSpecimen(after.path, ecosystem, places, _indexes(ecosystem, after))


def _indexes(ecosystem: Ecosystem, lockfile: Lockfile) -> tuple[Index, ...]:
    """The indexes that lines of their own name, then those that entries name as theirs.

    npm's lockfiles name the address of each archive instead, which is judged entry by entry.
    """
    found = {(index.kind, index.url): index for index in lockfile.indexes}
    known = {index.url for index in lockfile.indexes}
    for pin in lockfile.pins if ecosystem is Ecosystem.PYPI else ():
        url = pin.source.url
        if pin.source.kind is SourceKind.REGISTRY and url and url not in known and len(found) < _MOST_INDEXES:
            known.add(url)
            found[IndexKind.SOURCE, url] = Index(url, pin.line, IndexKind.SOURCE)
    return tuple(found.values())


def _hosts_of_files(lockfile: Lockfile) -> tuple[Index, ...]:
    """The hosts beside their indexes that the files of packages come from: which of them is usual may change."""
    first = {pin.source.reference: pin.line for pin in lockfile.pins if pin.source.kind is SourceKind.REGISTRY}
    return tuple(Index(host, line, IndexKind.SOURCE) for host, line in first.items() if host)
