"""YAML as a small tree with lines and columns: strings, lists and mappings, nothing else.

PyYAML's loaders build what the text asks for, and its C parser recurses when it composes (measured: a crash of the
whole process on 30,000 brackets). So only its event stream is read, with an explicit stack: no tags, no anchors, no
depth.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import yaml

DEEPEST = 64
LARGEST = 256 << 10  # bytes of a policy file


class NotYaml(Exception):
    """The text cannot be read; `line` and `column` are 1-based."""

    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, whatever it looks like. `null` is only what YAML writes as nothing at all."""

    text: str
    line: int
    column: int
    null: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    line: int
    column: int
    items: list[Node] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the text; keys may repeat."""

    line: int
    column: int
    pairs: list[tuple[Scalar, Node]] = field(default_factory=list)


Node = Scalar | Items | Mapping


def read_yaml(content: bytes, largest: int = LARGEST, *, aliases: bool = False) -> Node | None:
    """Read one document; None when there is none. Raise `NotYaml` with the place and the cause.

    With `aliases` a node may stand at several places, and inside itself: whoever walks must not visit one twice.
    """
    if len(content) > largest:
        raise NotYaml(1, 1, f"the file is larger than {largest >> 10} KiB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise NotYaml(line, 1, "this is not UTF-8 text") from None
    builder = _Builder(aliases, text.count("\n") + 1)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise NotYaml(*place, f"this is not YAML ({error.problem or error.context})") from None
    except yaml.YAMLError as error:
        raise NotYaml(1, 1, f"this is not YAML ({str(error).splitlines()[0]})") from None
    return builder.root


class _Builder:
    """Events → nodes, without recursion."""

    def __init__(self, aliases: bool, last: int) -> None:
        self.root: Node | None = None
        self._anchors: dict[str, Node] | None = {} if aliases else None
        self._documents = 0
        self._last = last  # where a file breaks off, YAML's own count may be one further
        self._open: list[tuple[Items | Mapping, list[Scalar]]] = []  # with the key that waits for its value

    def take(self, event: yaml.Event) -> None:
        """Take one event of the stream."""
        assert event.start_mark is not None  # the parser gives every event its place
        line, column = min(event.start_mark.line + 1, self._last), event.start_mark.column + 1
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise NotYaml(line, column, "there is more than one document in the file")
            case yaml.AliasEvent():
                self._add(self._anchored(event.anchor, line, column))
            case yaml.ScalarEvent():
                null = not event.style and event.value in ("", "~", "null", "Null", "NULL")
                scalar = Scalar(event.value, line, column, null)
                self._keep(event.anchor, scalar)
                self._add(scalar)
            case yaml.SequenceStartEvent():
                self._begin(Items(line, column), event.anchor)
            case yaml.MappingStartEvent():
                self._begin(Mapping(line, column), event.anchor)
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self._open.pop()
            case _:
                pass

    def _anchored(self, anchor: str | None, line: int, column: int) -> Node:
        if self._anchors is None:
            raise NotYaml(line, column, "anchors and aliases are not used here")
        if anchor is None or anchor not in self._anchors:
            raise NotYaml(line, column, "this alias names no anchor above it")
        return self._anchors[anchor]

    def _keep(self, anchor: str | None, node: Node) -> None:
        if anchor is not None and self._anchors is not None:
            self._anchors[anchor] = node

    def _begin(self, node: Items | Mapping, anchor: str | None) -> None:
        if len(self._open) >= DEEPEST:
            raise NotYaml(node.line, node.column, "values are nested too deeply")
        self._keep(anchor, node)
        self._add(node)
        self._open.append((node, []))

    def _add(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        parent, waiting = self._open[-1]
        if isinstance(parent, Items):
            parent.items.append(node)
        elif waiting:
            parent.pairs.append((waiting.pop(), node))
        elif isinstance(node, Scalar):
            waiting.append(node)
        else:
            raise NotYaml(node.line, node.column, "a key is a plain word here")
