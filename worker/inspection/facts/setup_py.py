"""Whether a `setup.py` does more than call `setup` with plain data."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from app.core.specimen import Fact, FactId, OriginKind
from app.core.vocabulary import is_secret_variable
from worker.inspection.facts.extracted import line_evidence
from worker.inspection.facts.tree import Budget, OutOfBudget, parse, walk

_MORE = frozenset({FactId.NETWORK, FactId.PROCESS, FactId.FILE_WRITE, FactId.CREDENTIAL_FILE, FactId.NATIVE_CODE})


def install_step(source: bytes, facts: Sequence[Fact]) -> Fact | None:
    """The fact that building runs code of the package's own: a replaced command, or a capability in `setup.py` itself.

    Reading the version out of a file, with `exec(open(…).read())` or otherwise, is plain data.
    """
    lines = source.split(b"\n")
    replaced = _cmdclass(source)
    if replaced is not None:
        line = replaced
    else:
        more = [fact for fact in facts if _does_more(fact)]
        if not more:
            return None
        line = min(fact.line for fact in more)
    return Fact(FactId.INSTALL_SCRIPT, line, "setup.py", line_evidence(lines, line))


def _does_more(fact: Fact) -> bool:
    if fact.id is FactId.ENVIRONMENT:
        return is_secret_variable(fact.detail)
    if fact.id is FactId.DYNAMIC_CODE:
        return not any(origin.kind is OriginKind.FILE for origin in fact.origins) or len(fact.origins) > 1
    return fact.id in _MORE


def _cmdclass(source: bytes) -> int | None:
    """The line where `setup` is given commands of the package's own."""
    budget = Budget()
    try:
        for node in walk(parse("python", source, budget).root_node, budget):
            if _names_cmdclass(node):
                return node.start_point.row + 1
    except OutOfBudget:  # the extractor says so for the same file
        return None
    return None


def _names_cmdclass(node: Node) -> bool:
    if node.type == "keyword_argument":
        name = node.child_by_field_name("name")
        return name is not None and name.text == b"cmdclass"
    return node.type == "string_content" and node.text == b"cmdclass"
