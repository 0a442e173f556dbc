"""A dependency file that a person wrote as YAML: its tree, or why it cannot be read, in the words of a lockfile."""

from __future__ import annotations

import re2

from app.core.lockfile import UnreadableLockfile
from app.core.yaml_tree import Mapping, Node, NotYaml, read_yaml

_ODD_ENDS = re2.compile(rb"\r(?:[^\n]|\z)|\xc2\x85|\xe2\x80[\xa8\xa9]")


def read_document(content: bytes, largest: int) -> Node | None:
    """The document, with anchors and aliases (see `read_yaml`); None when it is empty. Raise `UnreadableLockfile`.

    Line ends that only some readers of YAML take for such (a lone CR, NEL, U+2028, U+2029) are refused: what stands
    behind them would be a comment to one reader and an entry to the other.
    """
    odd = _ODD_ENDS.search(content)
    if odd is not None:
        line = content.count(b"\n", 0, odd.start()) + 1
        raise UnreadableLockfile(line, "It holds a line end that readers of YAML take differently.")
    try:
        return read_yaml(content, largest, aliases=True)
    except NotYaml as error:
        last = content.count(b"\n") + 1  # where a file breaks off, YAML's own count may be one further
        message = f"{error.message[:1].upper()}{error.message[1:]}."
        raise UnreadableLockfile(min(error.line, last), message) from None


class Visits:
    """What was walked already: with aliases, a small file may lead to the same node a billion times."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def first(self, node: Node) -> bool:
        """Whether this node is met for the first time. Nodes live as long as the document."""
        if id(node) in self._seen:
            return False
        self._seen.add(id(node))
        return True


def member(node: Node | None, name: str) -> Node | None:
    """What stands under this name; of several the last, as most readers have it."""
    pairs = node.pairs if isinstance(node, Mapping) else []
    return next((value for key, value in reversed(pairs) if key.text == name), None)
