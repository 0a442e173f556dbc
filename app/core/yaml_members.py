"""YAML that a tool wrote → dictionaries of texts with the line of each key, read so that no other reader differs.

Lockfiles are larger than a policy file and need no columns, so this is the faster and stricter sibling of `yaml_tree`:
the same event stream with an explicit stack, and nothing that only some readers know. Every scalar is a text, whatever
it looks like. Anchors, aliases, tags, merge keys and equal keys are refused, and so is a line that ends for readers of
YAML 1.1 only.
"""

from __future__ import annotations

from typing import Any

import yaml

from app.core.yaml_tree import NotYaml

_DEEPEST = 32
_MOST_EVENTS = 2_000_000  # a lockfile of ten million bytes has three quarters of a million
_ODD_ENDS = {"\x85": "U+0085", "\u2028": "U+2028", "\u2029": "U+2029", "\ufeff": "U+FEFF"}


class Members(dict[str, "Value"]):
    """A mapping. `lines` has the 1-based line of each key."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        self.lines: dict[str, int] = {}


Value = str | None | list["Value"] | Members
"""None is what YAML writes as nothing at all, or as `null` or `~`."""

_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})


def read_members(text: str) -> list[Value]:
    """Read every document of the text. Raise `NotYaml` with the place and the cause; the column is 1 where unknown."""
    for character, name in _ODD_ENDS.items():
        if character in text:
            message = f"{name} stands here, which ends a line for some readers only"
            raise NotYaml(_line(text, text.index(character)), 1, message)
    lone = text.replace("\r\n", "\n\n").find("\r")
    if lone >= 0:
        raise NotYaml(_line(text, lone), 1, "a carriage return stands here without its line feed")
    builder = _Builder()
    loader = yaml.CSafeLoader(text)
    try:
        while (event := loader.get_event()) is not None:
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        line = min(line, _line(text, len(text)))  # the end of the text may count as a line of its own
        raise NotYaml(line, column, error.problem or error.context or "it is no YAML") from None
    except yaml.YAMLError as error:
        raise NotYaml(_line(text, getattr(error, "position", 0)), 1, str(error).splitlines()[0]) from None
    return builder.documents


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


class _Builder:
    """Events → documents, without recursion; `_into` is what is being filled, `_key` waits for its value."""

    __slots__ = ("_into", "_key", "_left", "_outer", "documents")

    def __init__(self) -> None:
        self.documents: list[Value] = []
        self._outer: list[tuple[Members | list[Value] | None, str | None]] = []
        self._into: Members | list[Value] | None = None
        self._key: str | None = None
        self._left = _MOST_EVENTS

    def take(self, event: yaml.Event) -> None:
        """Take one event of the stream."""
        self._left -= 1
        if self._left < 0:
            raise _refused(event, "it holds more values than any tool writes")
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._begin(event, Members())
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            done = self._into
            self._into, self._key = self._outer.pop()
            self._add(done)
        elif kind is yaml.SequenceStartEvent:
            self._begin(event, [])
        elif kind is yaml.AliasEvent:
            raise _refused(event, "aliases are not used here")

    def _take_scalar(self, event: Any) -> None:
        if event.anchor is not None or event.tag is not None:
            raise _refused(event, "anchors and tags are not used here")
        text: str = event.value
        into = self._into
        if self._key is not None or not isinstance(into, Members):
            self._add(None if text in _NOTHING and not event.style else text)
            return
        if text in into.lines:
            raise _refused(event, "the same key stands here twice")
        if text == "<<":
            raise _refused(event, "merge keys are not used here")
        self._key = text
        into.lines[text] = event.start_mark.line + 1

    def _begin(self, event: Any, value: Members | list[Value]) -> None:
        if event.anchor is not None or event.tag is not None:
            raise _refused(event, "anchors and tags are not used here")
        if self._key is None and isinstance(self._into, Members):
            raise _refused(event, "a key is a plain text here")
        if len(self._outer) >= _DEEPEST:
            raise _refused(event, "values are nested too deeply")
        self._outer.append((self._into, self._key))
        self._into, self._key = value, None

    def _add(self, value: Value) -> None:
        into, key = self._into, self._key
        if key is not None:
            into[key] = value  # type: ignore[call-overload,index]  # a key stands in a mapping only
            self._key = None
        elif into is None:
            self.documents.append(value)
        elif isinstance(into, list):
            into.append(value)


def _refused(event: yaml.Event, message: str) -> NotYaml:
    mark = event.start_mark
    assert mark is not None  # the parser gives every event its place
    return NotYaml(mark.line + 1, mark.column + 1, message)
