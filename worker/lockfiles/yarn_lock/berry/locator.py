"""How berry names packages: descriptors (what is asked for) and locators (what answers), in one grammar.

    name@npm:^1.2.3                     name@npm:other@^1.2.3
    name@npm:1.2.3::__archiveUrl=https%3A%2F%2Ffiles.example%2Fname-1.2.3.tgz
    name@https://git.example/name.git#commit=4f9c2b1…
    name@patch:name@npm%3A1.2.3#./name.patch::version=1.2.3&hash=e10337&locator=shop%40workspace%3A.
    name@file:./name.tgz#./name.tgz::hash=8b647a&locator=shop%40workspace%3A.
    name@virtual:4b0d…#npm:1.2.3

The name ends at the first `@` that begins no scope; a protocol at its `:`; what is bound to it stands after `::`.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

_NPM = "npm:"
_MOST_BINDINGS = 16


class Locator(NamedTuple):
    """The parts of a locator or descriptor. `protocol` ends with its `:`; empty where there is none."""

    name: str
    reference: str  # all after the name, without what is bound to it
    protocol: str
    source: str  # between the protocol and `#`, decoded
    selector: str  # after `#`
    bindings: dict[str, str]


def read_locator(text: str) -> Locator:
    """Take a locator or a descriptor apart, as yarn does."""
    name, reference = split_name(text)
    bare, _, bound = reference.partition("::")
    before, _, selector = bare.partition("#")
    colon = before.find(":") + 1
    return Locator(name, bare, before[:colon], unquote(before[colon:]), selector, _bindings(bound))


def split_name(text: str) -> tuple[str, str]:
    """At the first `@` that begins no scope; what follows may hold more of them."""
    at = text.find("@", 1)
    return (text, "") if at < 0 else (text[:at], text[at + 1 :])


def descriptors(key: str) -> list[str]:
    """`a@npm:^1, a@npm:^2` → both. Yarn separates at every comma, so no range holds one."""
    return [part.strip(" ") for part in key.split(",")]


def asked(name: str, wanted: str) -> str:
    """A descriptor in the form in which a requirement and a key can be compared: without bindings and `npm:`."""
    return f"{name}@{wanted.partition('::')[0].removeprefix(_NPM)}"


def meant_name(name: str, wanted: str) -> str:
    """The package that a range means: another one than its name for `npm:other@^1`."""
    bare = wanted.partition("::")[0]
    other = bare.removeprefix(_NPM) if bare.startswith(_NPM) else ""
    return split_name(other)[0] if "@" in other else name


def _bindings(text: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_BINDINGS))
    except ValueError:
        return {"": text}
