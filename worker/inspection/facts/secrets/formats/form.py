"""What one kind of credential looks like: how it begins, its whole, and what proves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import re2

BASE62 = "[A-Za-z0-9]"
WORD = "[A-Za-z0-9_-]"
HEX = "[0-9a-f]"
UUID = f"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}"
_END = "(?:[^A-Za-z0-9_-]|$)"
_BEGIN = "(?:^|[^A-Za-z0-9_-])"


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of credential.

    `starts` are the texts it may begin with, `then` (a pattern) is what follows them in a clue; a format without a
    start has a clue that begins at most `back` bytes after the credential does. Group 1 of `whole` is the credential;
    `proof` is asked with all groups. `near` (a pattern) must stand within some lines. `bounded` says that no letter may
    precede it, `examples` that some are published as examples. `source` is where the form is described.
    """

    credential: str
    starts: tuple[str, ...]
    then: str
    whole: Any
    source: str
    proof: Callable[..., bool]
    back: int = 0
    near: Any = None
    bounded: bool = False
    examples: bool = True


def proved(
    credential: str, starts: str, then: str, whole: str, proof: Callable[..., bool], source: str, **more: Any
) -> Format:
    """A format that proves itself; `starts` is separated by spaces."""
    return Format(credential, tuple(starts.split()), then, re2.compile(whole), source, proof, **more)


def shaped(
    credential: str,
    starts: str,
    body: str,
    source: str,
    *,
    then: str = "[A-Za-z0-9_+/-]{6}",
    near: str = "",
    proof: Callable[[str], bool] | None = None,
) -> Format:
    """A format of a start and an exact body, with no letter on either side of them."""
    begins = tuple(starts.split())
    whole = re2.compile(f"((?:{'|'.join(map(re2.escape, begins))})(?:{body})){_END}")
    return Format(
        credential,
        begins,
        then,
        whole,
        source,
        proof or _anything,
        near=_nearby(near),
        bounded=True,
    )


def inside(
    credential: str,
    clue: str,
    whole: str,
    back: int,
    source: str,
    *,
    near: str = "",
    proof: Callable[[str], bool] | None = None,
) -> Format:
    """A format whose telling part stands inside it: `whole` is what stands between two borders."""
    pattern = re2.compile(f"{_BEGIN}({whole}){_END}")
    return Format(credential, (), clue, pattern, source, proof or _anything, back=back, near=_nearby(near))


def after(credential: str, starts: str, then: str, value: str, source: str, **more: Any) -> Format:
    """A format without a form of its own: `value` counts behind one of the names that it is given."""
    begins = tuple(starts.split())
    names = "|".join(map(re2.escape, begins))
    whole = re2.compile(f"(?:{names}){then}({value}){_END}")
    proof = more.pop("proof", _anything)
    return Format(credential, begins, then, whole, source, proof, **more)


def mixed(text: str) -> bool:
    """Whether a text has a digit, a small and a capital letter: names of code seldom have all three."""
    return all(any(map(kind, text)) for kind in (str.isdigit, str.islower, str.isupper))


def numbered(text: str) -> bool:
    """Whether a text has four digits or more."""
    return sum(character.isdigit() for character in text) >= 4


def _nearby(words: str) -> Any:
    return re2.compile(f"(?i){words}") if words else None


def _anything(*_groups: str) -> bool:
    return True
