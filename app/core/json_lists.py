"""Lists of objects in a JSON file, each with the line of the key that names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core.json_document import Lines, walk_document
from app.core.json_members import NotJson, ValueReader, after_space
from app.core.lockfile import UnreadableLockfile

_MOST = 100_000  # objects; a file with more was written to exhaust its reader


class Item(NamedTuple):
    """One object of a list. `list_name` is the member of the document that holds the list; `line` is 1-based."""

    list_name: str
    line: int
    fields: dict[str, Any]


class Document(NamedTuple):
    """The objects of the lists that were asked for, the names of these lists, and every other member at the top."""

    items: list[Item]
    lists: set[str]
    others: dict[str, Any]


def read_lists(text: str, wanted: Mapping[str, str]) -> Document:
    """Read a document whose members are lists of objects: name of the member → the key whose line counts.

    What stands under another name, or is no list there, is among the others. Raise `UnreadableLockfile`.
    """
    values = ValueReader()
    found = Document([], set(), {})
    seen: set[str] = set()

    def on_member(key: str, at: int, value_at: int) -> int:
        if key in seen:
            message = f'"{key[:40]}" stands in it twice, so it says two things at once.'
            raise UnreadableLockfile(text.count("\n", 0, at) + 1, message)
        seen.add(key)
        if key in wanted and text[value_at : value_at + 1] == "[":
            found.lists.add(key)
            return _read_list(text, value_at, (key, wanted[key]), values, found.items)
        found.others[key], end = values.read(text, value_at)
        return end

    walk_document(text, on_member)
    return found


def _read_list(text: str, start: int, named: tuple[str, str], values: ValueReader, items: list[Item]) -> int:
    """Add the objects of the list that begins at `start`; return the position after it."""
    name, key = named
    position = after_space(text, start + 1)
    lines = Lines(text)
    while text[position : position + 1] != "]":
        fields, end = values.read(text, position)
        if not isinstance(fields, dict):
            raise NotJson(position, "an object was expected")
        if len(items) >= _MOST:
            raise UnreadableLockfile(1, f"It has more than {_MOST} packages.")
        key_at = text.find(f'"{key}"', position, end)
        key_at = position if key_at < 0 else key_at
        items.append(Item(name, lines.at(key_at), fields))
        position = after_space(text, end)
        if text[position : position + 1] == ",":
            position = after_space(text, position + 1)
        elif text[position : position + 1] != "]":
            raise NotJson(position, "a comma or the end of the list was expected")
    return position + 1
