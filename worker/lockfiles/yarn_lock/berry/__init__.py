"""The lockfile of yarn 2 and later ("berry") → its pins: every requirement leads to the entry whose key names it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.core.escape import visible
from app.core.lockfile import Pin, Problem, Problems, Scope, UnreadableLockfile
from worker.lockfiles.yarn_lock.berry.document import Entry, read_document
from worker.lockfiles.yarn_lock.berry.entry import Member, read_entry
from worker.lockfiles.yarn_lock.berry.locator import asked, descriptors, split_name
from worker.lockfiles.yarn_lock.berry.tree import Tree

_MOST_PINS = 150_000  # one for each name under which a package is installed
_MOST_MISSING = 1_001  # more than any file may have problems
_PROJECT = ""  # stands among the labels of those who ask for a package


def read_berry(text: str) -> tuple[tuple[Pin, ...], list[Problem], tuple[str, ...]]:
    """What the file pins, what of it cannot be read, and what people should know of it. `UnreadableLockfile`."""
    document = read_document(text)
    entries: list[Entry] = []
    members: list[Member] = []
    problems: list[Problem] = Problems()
    unread: set[str] = set()
    for entry in document.entries:
        member, found = read_entry(entry, document.cache_key)
        problems += found
        if member is None:
            unread.update(asked(*split_name(descriptor)) for descriptor in descriptors(entry.key))
            continue
        entries.append(entry)
        members.append(member)
    tree = Tree(members)
    problems += islice(_missing(entries, members, tree, unread), _MOST_MISSING)
    pins = tuple(islice(_pins(members, tree), _MOST_PINS + 1))
    if len(pins) > _MOST_PINS:
        raise UnreadableLockfile(1, f"It names more than {_MOST_PINS} packages.")
    return pins, problems, document.notices


def _missing(entries: list[Entry], members: list[Member], tree: Tree, unread: set[str]) -> Iterator[Problem]:
    """What nothing answers: the file was cut off, or yarn would look for it anew."""
    for number, name, wanted in tree.missing:
        if asked(name, wanted) not in unread:
            shown = visible(f"{name}@{wanted}", 80)
            message = f"{entries[number].shown} asks for {shown}, which the file does not hold."
            yield Problem(members[number].line, message, shown, entry=f"{entries[number].shown} {name}@{wanted}")
    for number, member in enumerate(members):
        if member.wraps and tree.wrapped(number) is None:
            yield entries[number].problem(
                f"{entries[number].shown} changes {visible(member.wraps, 80)}, which the file does not hold."
            )


def _pins(members: list[Member], tree: Tree) -> Iterator[Pin]:
    scopes = tree.scopes()
    asked_by = _asked_by(members, tree)
    for number, member in enumerate(members):
        if (dependency := member.dependency) is None:
            continue
        name = dependency.package.name
        for installed, labels in (asked_by.get(number) or {own: set() for own, _ in member.asked}).items():
            yield Pin(
                package=dependency.package,
                source=dependency.source,
                line=member.line,
                scope=scopes.get(number, Scope.RUNTIME),
                direct=_PROJECT in labels,
                parents=tuple(sorted(labels - {_PROJECT})),
                alias=installed if installed != name else None,
                checksum=dependency.checksum,
            )


def _asked_by(members: list[Member], tree: Tree) -> dict[int, dict[str, set[str]]]:
    """Entry → the names it is installed under → labels of the packages that require it so, or the project."""
    asked_by: dict[int, dict[str, set[str]]] = {}
    for edge in tree.edges:
        asking = members[edge.asking]
        label = asking.dependency.package.label if asking.dependency else _PROJECT  # a folder of the repository
        asked_by.setdefault(edge.target, {}).setdefault(edge.name, set()).add(label)
    return asked_by
