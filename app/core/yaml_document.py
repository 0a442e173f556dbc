"""A dependency file that a person wrote as YAML: its tree, or why it cannot be read, in the words of a lockfile."""

from __future__ import annotations

from app.core.lockfile import UnreadableLockfile
from app.core.yaml_tree import Mapping, Node, NotYaml, read_yaml


def read_document(content: bytes, largest: int) -> Node | None:
    """The document, with anchors and aliases (see `read_yaml`); None when it is empty. Raise `UnreadableLockfile`."""
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
