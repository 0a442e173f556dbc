"""A dependency file before and after → what its changes are held against: hosts at home in it, the indexes it names."""

from __future__ import annotations

from app.core.lockfile import Index, IndexKind, Lockfile
from app.core.origins import origin_of
from app.core.package import REGISTRY, Ecosystem, SourceKind
from app.core.specimen import FileSpecimen, Surroundings

_MOST_INDEXES = 100  # of one file; one with more was written to bury its readers


def surroundings(before: Lockfile | None, after: Lockfile) -> Surroundings:
    """What stands around the changes of this file. `before` is None where the base has no such file."""
    old = before.pins if before else ()
    sources = {pin.source for pin in old if pin.source.kind is SourceKind.REGISTRY and pin.source != REGISTRY}
    home = {origin_of(place) for source in sources for place in (source.url, source.reference)}
    return Surroundings(
        home=frozenset(home - {""}),
        is_new=before is None,
        declared=frozenset(index.url for index in after.indexes if index.kind is IndexKind.INDEX),
        hashed=any(pin.is_hashed for pin in (*old, *after.pins)),
        used=frozenset(source.url or "" for source in sources),
        listed=frozenset(index.url for index in after.indexes if index.kind is IndexKind.SOURCE),
    )


def file_specimen(ecosystem: Ecosystem, before: Lockfile | None, after: Lockfile) -> FileSpecimen:
    """The file as a whole, for rules about it."""
    if before is None:
        return FileSpecimen(after.path, ecosystem, (), _indexes(ecosystem, after))
    places = (*_indexes(ecosystem, before), *_hosts(before))
    appearing = _appearing(before, after) if ecosystem is Ecosystem.NPM else ()
    return FileSpecimen(after.path, ecosystem, places, (*_indexes(ecosystem, after), *appearing))


def _indexes(ecosystem: Ecosystem, lockfile: Lockfile) -> tuple[Index, ...]:
    """The indexes that lines of their own name, then those that entries name as theirs.

    npm's lockfiles name the address of each archive instead, which is judged entry by entry where it changed.
    """
    found = {(index.kind, index.url): index for index in lockfile.indexes}
    known = {index.url for index in lockfile.indexes}
    for pin in lockfile.pins if ecosystem is Ecosystem.PYPI else ():
        url = pin.source.url
        if pin.source.kind is SourceKind.REGISTRY and url and url not in known and len(found) < _MOST_INDEXES:
            known.add(url)
            found[IndexKind.SOURCE, url] = Index(url, pin.line, IndexKind.SOURCE)
    return tuple(found.values())


def _hosts(lockfile: Lockfile) -> tuple[Index, ...]:
    """The hosts that entries of a registry come from, with those of their files: which of them is usual may change."""
    first: dict[str, int] = {}
    for pin in lockfile.pins:
        if pin.source.kind is SourceKind.REGISTRY and pin.source != REGISTRY:
            for place in (origin_of(pin.source.url), pin.source.reference):
                first.setdefault(place or "", pin.line)
    return tuple(Index(host, line, IndexKind.SOURCE) for host, line in first.items() if host)


def _appearing(before: Lockfile, after: Lockfile) -> tuple[Index, ...]:
    """The hosts of addresses that now stand at packages of npm which had none.

    They are no change while strong hashes hold the bytes: tools write addresses or leave them out, as they are told to.
    But an installer asks where they lead to.
    """
    bare = {pin.package for pin in before.pins if pin.source == REGISTRY}
    first: dict[str, int] = {}
    for pin in after.pins if bare else ():
        if pin.source.kind is SourceKind.REGISTRY and pin.source.url and pin.package in bare:
            first.setdefault(origin_of(pin.source.url) or pin.source.url, pin.line)
    return tuple(Index(host, line, IndexKind.SOURCE) for host, line in list(first.items())[:_MOST_INDEXES])
