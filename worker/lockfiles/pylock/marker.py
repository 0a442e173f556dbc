"""What a marker of PEP 751 says a package is for: run time, an extra, or a group of the project."""

from __future__ import annotations

from collections.abc import Container, Iterator

import re2

from app.core.lockfile import Scope

_WORD = re2.compile(r"'[^']*'|\"[^\"]*\"|[()]|[A-Za-z_][\w.]*|[<>=!~]+")
_SETS = ("extras", "dependency_groups")


class _Everything:
    """A set that has every name."""

    def __contains__(self, _name: object) -> bool:
        return True


_ALL = _Everything()


def scope_of(marker: str | None, default_groups: frozenset[str]) -> Scope:
    """The gravest scope in which the package may be installed; anything but extras and groups may be true.

    `marker` is a valid one. `default_groups` are those that are installed unless told otherwise.
    """
    if marker is None or not any(name in marker for name in _SETS):
        return Scope.RUNTIME
    if _may_hold(marker, frozenset(), default_groups):
        return Scope.RUNTIME
    return Scope.OPTIONAL if _may_hold(marker, _ALL, default_groups) else Scope.DEVELOPMENT


def _may_hold(marker: str, extras: Container[str], groups: Container[str]) -> bool:
    """Whether the marker is true somewhere with at most these extras and groups.

    `and` binds more tightly than `or`: an open bracket keeps its alternatives so far, and the conjunction it is in.
    """
    opened: list[tuple[bool, bool]] = []
    alternatives, conjunction = False, True
    for term in _terms(marker, extras, groups):
        if term == "(":
            opened.append((alternatives, conjunction))
            alternatives, conjunction = False, True
        elif term == ")":
            inside = alternatives or conjunction
            alternatives, conjunction = opened.pop() if opened else (False, True)
            conjunction = conjunction and inside
        elif term == "or":
            alternatives, conjunction = alternatives or conjunction, True
        else:
            conjunction = conjunction and term is True
    return alternatives or conjunction


def _terms(marker: str, extras: Container[str], groups: Container[str]) -> Iterator[str | bool]:
    """Brackets, `or`, and for each comparison whether it may be true; `and` goes without saying."""
    compared: list[str] = []
    for found in re2.finditer(_WORD, marker):
        word = found[0]
        if word in ("(", ")", "and", "or"):
            if compared:
                yield _is_possible(compared, extras, groups)
            compared = []
            if word != "and":
                yield word
        else:
            compared.append(word)
    if compared:
        yield _is_possible(compared, extras, groups)


def _is_possible(words: list[str], extras: Container[str], groups: Container[str]) -> bool:
    if len(words) != 3 or words[1] != "in" or words[2] not in _SETS:
        return True
    return words[0][1:-1] in (extras if words[2] == "extras" else groups)
