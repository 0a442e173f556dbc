"""An object in JSON → the values at its ends, however deep, with their keys and where those stand."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.core.json_members import NotJson, ValueReader, walk_objects

_DEEPEST = 64  # objects within objects
_MOST = 20_000  # of one object; a table of overrides has a hundred


class Leaf(NamedTuple):
    """A value that is no object: the keys that lead to it, the position of the last of them, and the value."""

    keys: tuple[str, ...]
    at: int
    value: Any


def read_leaves(text: str, position: int) -> tuple[list[Leaf], int]:
    """The leaves of the object at `position`, in order, and the position after it. `NotJson`."""
    values, leaves = ValueReader(), list[Leaf]()
    keys: list[str] = []

    def on_member(key: str, at: int, value_at: int) -> int | None:
        if text[value_at : value_at + 1] == "{":
            keys.append(key)
            if len(keys) > _DEEPEST:
                raise NotJson(at, "values are nested too deeply")
            return None
        value, end = values.read(text, value_at)
        leaves.append(Leaf((*keys, key), at, value))
        if len(leaves) > _MOST:
            raise NotJson(at, "it has more members than any project writes")
        return end

    def on_end() -> None:
        if keys:
            keys.pop()

    return leaves, walk_objects(text, position, on_member, on_end)
