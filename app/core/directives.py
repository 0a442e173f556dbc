"""What a dependency file says about packages without being one: forced versions, patches, catalogs, replacements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class DirectiveKind(StrEnum):
    """What it does to the package that it names."""

    OVERRIDE = "override"  # this version, whatever others ask for
    CONSTRAINT = "constraint"  # only these versions, if anybody asks for it
    CATALOG = "catalog"  # this version, where a manifest says `catalog:`
    PATCH = "patch"  # a file of the repository is applied to what the registry serves
    REPLACEMENT = "replacement"  # another package, or a folder, in its place
    SOURCE = "source"  # it comes from here


@dataclass(frozen=True, slots=True)
class Directive:
    """One such line. `name` is what it is about, as written (`a > b`: `b` below `a`), `value` what it says of it.

    `line` is 1-based.
    """

    kind: DirectiveKind
    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class DirectiveChange:
    """A directive that came (`before` is None), went (`after` is None, `line` is 0) or says something else now.

    A patch of equal `before` and `after` names the same file, whose content is another one.
    """

    file: str
    line: int
    kind: DirectiveKind
    name: str
    before: str | None
    after: str | None


def changed_directives(path: str, before: Iterable[Directive], after: Iterable[Directive]) -> Iterator[DirectiveChange]:
    """What differs between two revisions of a file, by kind and name; of two equal names the last counts."""
    old = {(one.kind, one.name): one for one in before}
    new = {(one.kind, one.name): one for one in after}
    for key in dict.fromkeys((*new, *old)):
        was, now = old.get(key), new.get(key)
        if was is None or now is None or was.value != now.value:
            yield DirectiveChange(
                path, now.line if now else 0, *key, was.value if was else None, now.value if now else None
            )
