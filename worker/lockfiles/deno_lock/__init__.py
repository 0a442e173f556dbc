"""deno's lockfile: `deno.lock`, versions 3 to 5.

Shape    JSON. `specifiers` maps what is asked for (`npm:chalk@5`) to what answers (`5.6.2`). `npm` and `jsr` have an
         entry a package (`debug@4.3.4`; after a `_` stand the peers that it was resolved with) with its hash and what
         it asks for: names alone where they are told apart by them. `tarball` is the address of an archive that is not
         in the registry's usual place. Version 3 has the three within `packages`. What the project itself asks for
         stands in `workspace`, if it has a configuration; a specifier that no package asks for is the project's, too.
Line     the key of the package's entry: `"debug@4.3.4": {`.
Skips    `redirects`: where they lead stands in `remote`. For what a package is needed beyond "optional", nothing says.
         Packages of JSR are compared only. Modules that are fetched by their address (`remote`) are of no registry:
         those of one place together are a problem.
Refuses  older versions; newer ones whose sections nobody knows; two equal sections, of which readers may take either;
         what is not strict JSON or not UTF-8; merge conflict markers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from app.core.collector import collector_at_rest
from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_sections import Entry
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Scope, in_order
from app.core.origins import origin_of
from app.core.package import Ecosystem
from worker.lockfiles.deno_lock.document import Document, read_document
from worker.lockfiles.deno_lock.entry import Member, read_jsr, read_npm
from worker.lockfiles.deno_lock.tree import Key, Tree, read_tree

FORMAT = "deno-lock"
ECOSYSTEM = Ecosystem.NPM

_MOST_MISSING = 1_001  # more than any file may have problems
_MOST_PLACES = 200  # that modules come from; beyond it they are told of by host


def claims(path: str) -> bool:
    """Whether a file of this path is deno's lockfile, by its name."""
    return path.rpartition("/")[2] == "deno.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    document = read_document(content)
    problems = [*document.problems, *_modules(document)]
    members: dict[Key, Member] = {}
    for kind, entries, read in (("jsr", document.jsr, read_jsr), ("npm", document.npm, read_npm)):
        for entry in entries.values():
            member, found = read(entry)
            problems += found
            if member is not None:
                members[kind, entry.key] = member
    tree = read_tree(document, members)
    problems += islice(_missing(document, members, tree), _MOST_MISSING)
    pins, lineage = _pins(members, tree), Lineage.LISTED  # sources may ask for packages as well
    return Lockfile(path, FORMAT, pins, in_order(problems), document.notices, lineage=lineage)


def _modules(document: Document) -> Iterator[Problem]:
    """What is fetched by its address, by place: `https://deno.example/x/oak@v12.6.1` and all below it."""
    places: dict[str, list[Entry]] = {}
    for entry in document.remote.values():
        places.setdefault(_place(entry.key), []).append(entry)
    if len(places) > _MOST_PLACES:
        places = {}
        for entry in document.remote.values():
            places.setdefault(origin_of(entry.key), []).append(entry)
    for place, entries in places.items():
        many = f"{len(entries)} modules come" if len(entries) > 1 else "A module comes"
        where = visible(place, 80) or "addresses that cannot be read"
        message = f"{many} from {where}: what is fetched by its address is of no registry and is not examined."
        said = json.dumps([(entry.key, entry.value) for entry in entries], separators=(",", ":"))
        yield Problem(entries[0].line, message, visible(place, 200), Reason.UNSUPPORTED_SOURCE, said)


def _place(address: str) -> str:
    """The address up to the first part that names a version, or its host."""
    origin = origin_of(address)
    parts = address.partition("://")[2].split("/")
    end = next((number for number, part in enumerate(parts) if number and "@" in part[1:]), 0)
    return "/".join((origin, *parts[1 : end + 1])) if origin else ""


def _missing(document: Document, members: dict[Key, Member], tree: Tree) -> Iterator[Problem]:
    for key, wanted in tree.missing:
        line = members[key].line if key is not None else document.asked_at
        message = f"{visible(wanted, 80)} is asked for here, and the file does not hold it."
        yield Problem(line, message, visible(wanted, 200), entry=json.dumps([key, wanted]))


def _pins(members: dict[Key, Member], tree: Tree) -> tuple[Pin, ...]:
    scopes = tree.scopes()
    asked_by: dict[Key, dict[str, set[str]]] = {}
    for key, edges in tree.edges.items():
        for requirement, target in edges:
            name = requirement.name or members[target].package.name
            asked_by.setdefault(target, {}).setdefault(name, set()).add(members[key].package.label)
    for key in tree.direct:
        asked_by.setdefault(key, {}).setdefault(members[key].package.name, set())
    return tuple(
        Pin(
            package=member.package,
            source=member.source,
            line=member.line,
            scope=scopes.get(key, Scope.RUNTIME),
            direct=key in tree.direct and name == member.package.name,
            parents=tuple(sorted(labels)),
            digests=member.digests,
            alias=name if name != member.package.name else None,
        )
        for key, member in members.items()
        for name, labels in asked_by.get(key, {member.package.name: set()}).items()
    )
