"""One requirement (PEP 508) of a manifest: a pin or a problem where nothing locks it, a wish where a lockfile does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from app.core.lockfile import Pin, Problem, Scope
from app.core.manifest import Want
from app.core.package import REGISTRY, Source
from app.core.python_release import python_name
from app.core.python_requirement import Gap, Local, read_requirement

_LONGEST = 500  # characters of one requirement that are kept


@dataclass(frozen=True, slots=True)
class Wish:
    """One requirement as it is written, and the 1-based line where it stands."""

    text: str
    line: int
    scope: Scope


def as_pin(wish: Wish, path: str, index: Source = REGISTRY) -> Pin | Problem | None:
    """What it is where no lockfile stands beside the file at `path`; None for a folder of the repository."""
    bare = " ".join(wish.text[: 4 * _LONGEST].split())
    match read_requirement(wish.text, path):
        case Local():
            return None
        case Gap(reason, message):
            return Problem(wish.line, message, bare[:200], reason, bare)
        case read:
            return Pin(read.package, read.source or index, wish.line, wish.scope, direct=True, digests=read.digests)


def pins_of(found: Iterable[Wish | Problem], path: str) -> Iterator[Pin | Problem | None]:
    """What a manifest asks for, each as it is where no lockfile stands beside the file at `path`."""
    return (one if isinstance(one, Problem) else as_pin(one, path) for one in found)


def wants_of(found: Iterable[Wish | Problem]) -> tuple[Want, ...]:
    """What a manifest asks for; a problem asks for nothing."""
    wants = (as_want(one) for one in found if isinstance(one, Wish))
    return tuple(want for want in wants if want is not None)


def as_want(wish: Wish) -> Want | None:
    """What it asks for; None for what is no requirement."""
    try:
        requirement = Requirement(wish.text[:_LONGEST])
    except (InvalidRequirement, RecursionError, ValueError):
        return None
    name = python_name(requirement.name)
    if name is None:
        return None
    return Want(
        name,
        str(requirement.specifier),
        wish.line,
        wish.scope,
        is_elsewhere=requirement.url is not None,
        conditional=requirement.marker is not None,
    )
