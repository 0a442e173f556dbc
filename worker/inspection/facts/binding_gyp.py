"""`binding.gyp` and what it includes → the commands that `node-gyp` runs while it reads and builds it.

The format is a Python literal with comments; `<!(…)`, `<!@(…)` and their kin run a command when it is read, an `action`
runs when it is built.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator

from tree_sitter import Node

from worker.inspection.facts.declared import both_ends
from worker.inspection.facts.tree import Budget, parse, walk

_LONGEST = 8 << 10  # characters of one string
_ACTIONS = frozenset({"action", "postbuilds"})


def commands(content: bytes, budget: Budget) -> Iterator[tuple[int, str, str]]:
    """`(line, evidence, command)` for each command. Raise `OutOfBudget`."""
    for node in walk(parse("python", content, budget).root_node, budget):
        if node.type == "pair":
            yield from _action(node)
        elif node.type in ("string", "concatenated_string"):
            text = _text(node)
            for command in _expansions(text or ""):
                yield node.start_point.row + 1, both_ends(text or ""), command


def _action(pair: Node) -> Iterator[tuple[int, str, str]]:
    key, value = pair.child_by_field_name("key"), pair.child_by_field_name("value")
    if key is None or value is None or _text(key) not in _ACTIONS or value.type != "list":
        return
    words = [text for child in value.named_children if (text := _text(child)) is not None]
    if words:
        command = shlex.join(words)
        yield pair.start_point.row + 1, both_ends(f"action: {command}"), command


def _expansions(text: str) -> Iterator[str]:
    """What stands in `<!(…)`: gyp matches the brackets, so the text up to the last closing one is taken."""
    for mark in ("!(", "!@(", "|("):
        start = text.find(mark)
        if start > 0 and text[start - 1] in "<>^":
            end = text.rfind(")")
            yield text[start + len(mark) : end if end > start else len(text)]


def _text(node: Node) -> str | None:
    """The value of a constant string, or None."""
    source = node.text or b""
    if node.type not in ("string", "concatenated_string") or len(source) > _LONGEST:
        return None
    try:
        value = ast.literal_eval(source.decode("utf-8", "replace"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, str) else None
