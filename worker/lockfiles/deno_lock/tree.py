"""Who requires whom in deno's lockfile: requirements name packages as shortly as they are told apart in the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.core.json_sections import texts_within
from app.core.lockfile import Scope
from worker.lockfiles.deno_lock.document import Document
from worker.lockfiles.deno_lock.entry import Member, Requirement, split_name

Key = tuple[str, str]
"""`npm` or `jsr`, and the key of the entry."""
_NPM, _JSR = "npm", "jsr"
_KINDS = (f"{_NPM}:", f"{_JSR}:")


@dataclass(slots=True)
class Tree:
    """`direct`: what the project asks for. `edges`: entry → what answers each of its requirements."""

    direct: set[Key] = field(default_factory=set)
    edges: dict[Key, list[tuple[Requirement, Key]]] = field(default_factory=dict)
    missing: list[tuple[Key | None, str]] = field(default_factory=list)

    def scopes(self) -> dict[Key, Scope]:
        """What entries are needed for: optional is what only requirements that may be missing lead to."""
        scopes = dict.fromkeys(self._reached(optional=True), Scope.OPTIONAL)
        return scopes | dict.fromkeys(self._reached(optional=False), Scope.RUNTIME)

    def _reached(self, *, optional: bool) -> set[Key]:
        reached = set(self.direct)
        waiting = list(reached)
        while waiting:
            for requirement, target in self.edges.get(waiting.pop(), ()):
                if target not in reached and (optional or not requirement.optional):
                    reached.add(target)
                    waiting.append(target)
        return reached


def read_tree(document: Document, members: Mapping[Key, Member]) -> Tree:
    """Follow every requirement to the entry that answers it."""
    tree = Tree()
    lookup = _Lookup(document)
    by_packages: set[str] = set()
    for key, member in members.items():
        for requirement in member.requires:
            specifier = lookup.specifier(requirement.wanted) if key[0] == _JSR else None
            if specifier is not None:
                by_packages.add(specifier)
            target = lookup.answer(specifier) if key[0] == _JSR else lookup.package(requirement.wanted)
            if target is not None and target in members:
                tree.edges.setdefault(key, []).append((requirement, target))
            elif not requirement.optional and target is None:
                tree.missing.append((key, requirement.wanted))
    by_project = set(texts_within(document.workspace))
    for specifier in document.specifiers:
        target = lookup.answer(specifier)
        if target is None:
            tree.missing.append((None, specifier))
        elif target in members and (specifier in by_project or specifier not in by_packages):
            tree.direct.add(target)
    return tree


class _Lookup:
    """What the file writes → the key of the entry that it means."""

    def __init__(self, document: Document) -> None:
        self._entries: dict[str, Iterable[str]] = {_NPM: document.npm, _JSR: document.jsr}
        self._specifiers = document.specifiers
        self._short = _unique((split_name(key)[0], key) for key in document.npm)
        self._short_specifiers = _unique((_without_range(one), one) for one in document.specifiers)

    def package(self, wanted: str) -> Key | None:
        """`ms@2.1.2` is an entry of npm, and so is `ms` where it has one only."""
        key = wanted if wanted in self._entries[_NPM] else self._short.get(wanted)
        return None if key is None else (_NPM, key)

    def specifier(self, wanted: str) -> str | None:
        """`jsr:@std/assert@^1` as it is asked for, or `jsr:@std/assert` where it is asked for in one way only."""
        return wanted if wanted in self._specifiers else self._short_specifiers.get(wanted)

    def answer(self, specifier: str | None) -> Key | None:
        """`npm:chalk@5` → `5.6.2`, and in version 3 → `npm:chalk@5.6.2`."""
        answer = self._specifiers.get(specifier) if specifier is not None else None
        if specifier is None or not isinstance(answer, str) or not specifier.startswith(_KINDS):
            return None
        kind, _, name = _without_range(specifier).partition(":")
        key = answer.removeprefix(f"{kind}:") if answer.startswith(_KINDS) else f"{name}@{answer}"
        return (kind, key) if key in self._entries[kind] and split_name(key)[0] == name else None


def _without_range(specifier: str) -> str:
    kind, colon, rest = specifier.partition(":")
    return kind + colon + split_name(rest)[0]


def _unique(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Short → long, where one long has that short only."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for short, long in pairs:
        if short in found:
            twice.add(short)
        found[short] = long
    return {short: long for short, long in found.items() if short not in twice}
