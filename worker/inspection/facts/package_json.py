"""One `package.json`, with the lines of its scripts and commands, and with every value of a key that stands twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from app.core.json_members import NotJson, ValueReader, after_space, walk_object

LARGEST = 4 << 20  # bytes of a manifest that is read
_WITH_LINES = frozenset({"scripts", "bin"})  # their members are listed one by one


@dataclass(frozen=True, slots=True)
class Member:
    """One member: `key` is `scripts.postinstall` or `main`; `line` is 1-based; `value` is as JSON gives it."""

    key: str
    line: int
    value: Any


@dataclass(frozen=True, slots=True)
class PackageJson:
    """Members in file order. A key may stand twice: npm takes the last, so `value` does, and `every` gives all."""

    members: tuple[Member, ...]
    blocks: tuple[str, ...] = ()  # `scripts` and `bin`, as often as they stand there

    def every(self, key: str) -> tuple[Member, ...]:
        """All members of this key; `scripts.*` gives all scripts."""
        if key.endswith(".*"):
            return tuple(member for member in self.members if member.key.startswith(key[:-1]))
        return tuple(member for member in self.members if member.key == key)

    def value(self, key: str) -> Any:
        """The value that npm sees; None when the key is not there."""
        found = self.every(key)
        return found[-1].value if found else None

    @property
    def repeated(self) -> tuple[str, ...]:
        """Keys that stand more than once, of those that matter here."""
        counted = Counter(member.key for member in self.members)
        twice = {key for key, times in counted.items() if times > 1}
        blocks = {key for key, times in Counter(self.blocks).items() if times > 1}
        return tuple(sorted(twice | {key for key in blocks if not any(one.startswith(f"{key}.") for one in twice)}))


def read_package_json(content: bytes, wanted: frozenset[str]) -> PackageJson:
    """Read the members of `wanted` top-level keys. Raise `NotJson` for what `JSON.parse` refuses, and more.

    A byte-order mark is skipped, as npm does, and bytes that are not UTF-8 are replaced, as Node does.
    """
    if len(content) > LARGEST:
        raise NotJson(0, f"it is larger than {LARGEST >> 20} MiB")
    text = content.decode("utf-8-sig", "replace")
    reader = ValueReader()
    members: list[Member] = []
    blocks: list[str] = []
    seen, line = 0, 1  # lines are counted as the walk goes on: counting each from the start would be quadratic

    def on_member(key: str, at: int, position: int) -> int:
        if key in _WITH_LINES and text[position : position + 1] == "{":
            blocks.append(key)
            return walk_object(text, position, lambda inner, *places: keep(f"{key}.{inner}", *places))
        if key not in wanted:
            return reader.read(text, position)[1]
        return keep(key, at, position)

    def keep(key: str, at: int, position: int) -> int:
        nonlocal seen, line
        line, seen = line + text.count("\n", seen, at), at
        value, end = reader.read(text, position)
        members.append(Member(key, line, value))
        return end

    end = after_space(text, walk_object(text, after_space(text, 0), on_member))
    if end != len(text):
        raise NotJson(end, "more text follows the end of the object")
    return PackageJson(tuple(members), tuple(blocks))


def line_of(content: bytes, position: int) -> int:
    """The 1-based line of a position that `NotJson` names."""
    return content.decode("utf-8-sig", "replace").count("\n", 0, position) + 1
