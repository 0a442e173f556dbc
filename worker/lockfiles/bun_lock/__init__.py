"""bun's lockfile: `bun.lock`, versions 0 to 3.

Shape    JSON with trailing commas, and with comments where people add them. `workspaces` are the folders of the
         repository with what each asks for. `packages` maps a place of the installed tree (`debug`, `debug/ms` is the
         `ms` below it) to an array that begins with what lies there. `name@1.2.3` is a registry's package, followed by
         the address of its archive (empty for the configured registry), what it requires, and its hashes. Anything
         else after the `@` is a commit, an address, an archive or a folder. Another name than the place's is an alias.
Line     the key of the package's entry: `"ms": [`.
Skips    folders of the repository (`workspace:`, `root:`, `link:`, `file:`): its own code. What they require is direct.
         `overrides` and catalogs are directives: what they lead to stands in `packages`. Bundled packages are *not*
         skipped, as the flag proves nothing. What comes from git, an address or an archive names no version here, so
         it is a problem and no pin; so is a patch of `patchedDependencies`, as nobody examines it.
Refuses  the older binary form, `bun.lockb` (`bun install --save-text-lockfile` writes this one); two equal sections, of
         which readers may take either; newer versions whose sections nobody knows; what is not JSON; merge conflicts.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.core.collector import collector_at_rest
from app.core.directives import Directive
from app.core.errors import Reason
from app.core.escape import visible
from app.core.json_sections import texts_within
from app.core.lockfile import Directives, Lockfile, Pin, Problem, Scope, UnreadableLockfile, in_order
from app.core.npm_directives import say
from app.core.package import Ecosystem
from worker.lockfiles.bun_lock.document import Document, read_document
from worker.lockfiles.bun_lock.entry import Member, read_entry, read_workspace
from worker.lockfiles.bun_lock.tree import Tree

FORMAT = "bun-lock"
ECOSYSTEM = Ecosystem.NPM

_MOST_MISSING = 1_001  # more than any file may have problems
_ALIAS = "npm:"
_BINARY = "bun.lockb"
_BINARY_START = b"#!/usr/bin/env bun\nbun-lockfile-format-v"


def claims(path: str) -> bool:
    """Whether a file of this path is bun's lockfile, by its name: of both forms, to say what to do about the older."""
    return path.rpartition("/")[2] in ("bun.lock", _BINARY)


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    if path.rpartition("/")[2] == _BINARY or content.startswith(_BINARY_START):
        message = "It is bun's binary lockfile, which Assay does not read."
        raise UnreadableLockfile(1, f"{message} `bun install --save-text-lockfile` writes bun.lock in its place.")
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    document = read_document(content)
    problems = [*document.problems, *_patches(document)]
    projects: list[Member] = []
    for entry in document.workspaces.values():
        project, found = read_workspace(entry)
        projects.append(project)
        problems += found
    members: dict[str, Member] = {}
    for entry in document.packages.values():
        member, found = read_entry(entry)
        problems += found
        if member is not None:
            members[entry.key] = member
    tree = Tree(tuple(members.values()), projects)
    problems += [*islice(_missing(document, tree), _MOST_MISSING), *_disguised(document, members, tree)]
    pins, directives = _pins(members, tree), _directives(document)
    return Lockfile(path, FORMAT, pins, in_order(problems), document.notices, directives=directives)


def _directives(document: Document) -> tuple[Directive, ...]:
    found = Directives()
    for table, entries in {**document.meant, "patchedDependencies": document.patched}.items():
        for entry in entries.values():
            for keys, value in _ends(entry.key, entry.value):
                say(found, table, keys, value, entry.line)
    return tuple(found)


def _ends(key: str, value: object) -> Iterator[tuple[list[str], object]]:
    """What stands at the ends of an entry with the keys that lead there: catalogs and nested overrides are objects."""
    waiting: list[tuple[list[str], object]] = [([key], value)]
    while waiting:
        keys, held = waiting.pop()
        if isinstance(held, dict):
            waiting += [([*keys, name], one) for name, one in held.items()]
        else:
            yield keys, held


def _patches(document: Document) -> Iterator[Problem]:
    for entry in document.patched.values():
        message = f'"{entry.shown}" is patched: what runs is not what the registry serves. The patch is not examined.'
        yield entry.problem(message, Reason.UNSUPPORTED_SOURCE)


def _missing(document: Document, tree: Tree) -> Iterator[Problem]:
    """What nothing answers, which bun refuses; a place that could not be read is told of where it stands."""
    said: set[tuple[int, str]] = set()
    for member, requirement in tree.missing:
        may_be = requirement.name in document.packages or requirement.scope in (Scope.OPTIONAL, Scope.PEER)
        if not may_be and (member.line, requirement.name) not in said:
            said.add((member.line, requirement.name))
            shown = visible(f"{requirement.name}@{requirement.wanted}", 80)
            message = f"{shown} is required here, and the file does not hold it."
            yield Problem(member.line, message, visible(requirement.name), entry=f"{member.path} {requirement}")


def _meant(document: Document) -> list[str]:
    return texts_within([entry.value for entries in document.meant.values() for entry in entries.values()])


def _disguised(document: Document, members: dict[str, Member], tree: Tree) -> Iterator[Problem]:
    """A place that holds another package than its name says, without an alias: bun installs it all the same."""
    wanted = [*(edge.requirement.wanted for edge in (*tree.projects, *tree.edges)), *_meant(document)]
    meant = {text.removeprefix(_ALIAS).rpartition("@")[0] or text.removeprefix(_ALIAS) for text in wanted}
    for key, member in members.items():
        if member.dependency is None or member.dependency.package.name == member.path[-1]:
            continue
        if member.dependency.package.name not in meant:
            label = visible(member.dependency.package.label, 80)
            entry = document.packages[key]
            yield entry.problem(f'"{entry.shown}" holds {label}, which nobody asks for under this name.')


def _pins(members: dict[str, Member], tree: Tree) -> tuple[Pin, ...]:
    scopes = tree.scopes()
    listed = list(members.values())
    direct = {edge.target for edge in tree.projects}
    parents: dict[int, set[str]] = {}
    for edge in tree.edges:
        asking = listed[edge.asking].dependency
        if asking is not None:
            parents.setdefault(edge.target, set()).add(asking.package.label)
    return tuple(
        Pin(
            package=dependency.package,
            source=dependency.source,
            line=member.line,
            scope=scopes.get(number, Scope.RUNTIME),
            direct=number in direct,
            parents=tuple(sorted(parents.get(number, ()))),
            digests=dependency.digests,
            alias=member.path[-1] if member.path[-1] != dependency.package.name else None,
            location=key,
        )
        for number, (key, member) in enumerate(members.items())
        if (dependency := member.dependency) is not None
    )
