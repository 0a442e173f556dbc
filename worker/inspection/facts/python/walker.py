"""One walk over a Python tree, by cursor: it fills the index."""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node, Tree

from worker.inspection.facts.kinds import by_number
from worker.inspection.facts.nodes import nth
from worker.inspection.facts.python import binding, sites
from worker.inspection.facts.python.index import Index
from worker.inspection.facts.python.literals import LONG, is_formatted
from worker.inspection.facts.python.scope import Scope, ScopeKind
from worker.inspection.facts.tree import Budget

_STRETCH = range(512)  # nodes between two looks at the clock
_Handler = Callable[[Node, int], bool]
_COMPREHENSIONS = frozenset(
    {"list_comprehension", "generator_expression", "set_comprehension", "dictionary_comprehension"}
)
_OPENS_SCOPE = frozenset({"function_definition", "class_definition", "lambda"}) | _COMPREHENSIONS


def build(source: bytes, tree: Tree, budget: Budget) -> Index:
    """Walk a tree once, by cursor: neither deep nor wide sources can exhaust it."""
    index = Index(source, tree, Scope(ScopeKind.MODULE, tree.root_node), source.decode("latin-1"))
    walker = _Walker(index)
    handlers = by_number(tree.language, walker.handlers)
    cursor = tree.walk()
    down, along, up = cursor.goto_first_child, cursor.goto_next_sibling, cursor.goto_parent
    depth = 0
    while True:
        budget.check()
        for _ in _STRETCH:
            node = cursor.node
            assert node is not None
            handler = handlers[node.kind_id]
            if (node.child_count if handler is None else handler(node, depth)) and down():
                depth += 1
                continue
            while not along():
                if not up():
                    return index
                depth -= 1
            if depth <= walker.opened:
                walker.leave(depth)


class _Walker:
    """The scope and block at the cursor, and what each kind of node adds to the index."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.scopes: list[tuple[int, Scope]] = [(-1, index.module)]
        self.opened = -1  # the depth of the innermost scope or block
        root = index.tree.root_node
        self.blocks: list[tuple[int, int, int]] = [(-1, root.start_byte, root.end_byte + 1)]
        self.handlers: dict[str, _Handler] = {
            "comment": _skip,
            "block": self._block,
            "expression_statement": self._statement,
            "string": self._string,
            "concatenated_string": self._concatenated,
            "import_statement": self._import,
            "import_from_statement": self._import_from,
            "assignment": self._assignment,
            "augmented_assignment": self._augmented,
            "named_expression": self._named,
            "for_statement": self._for,
            "while_statement": self._loop,
            "for_in_clause": self._for_in,
            "as_pattern": self._as_pattern,
            "case_clause": self._case,
            "global_statement": self._global,
            "nonlocal_statement": self._nonlocal,
            "return_statement": self._return,
            "yield": self._return,
            "call": self._call,
            "subscript": self._lookup,
            "comparison_operator": self._comparison,
            "decorator": self._decorator,
            "exec_statement": self._execute,
            "delete_statement": self._delete,
            **dict.fromkeys(_OPENS_SCOPE, self._open),
        }

    @property
    def scope(self) -> Scope:
        return self.scopes[-1][1]

    @property
    def block(self) -> tuple[int, int]:
        return self.blocks[-1][1:]

    def leave(self, depth: int) -> None:
        """Close what was opened at this depth or deeper."""
        while self.scopes[-1][0] >= depth:
            self.scopes.pop()
        while self.blocks[-1][0] >= depth:
            self.blocks.pop()
        self.opened = self.blocks[-1][0]

    def _block(self, node: Node, depth: int) -> bool:
        self.blocks.append((depth, node.start_byte, node.end_byte))
        self.opened = depth
        return True

    def _open(self, node: Node, depth: int) -> bool:
        if node.is_named:  # the keyword `lambda` is a node of that type, too
            scope = binding.open_scope(self.index, node, node.type, self.scope, self.block)
            self.index.scopes[node.id] = scope
            self.scopes.append((depth, scope))
            self._block(node, depth)
        return True

    def _statement(self, node: Node, _depth: int) -> bool:
        child = nth(node, 0)
        if child is None or node.named_child_count != 1:
            return True
        # A string that stands alone is documentation, unless it is formatted: then it runs what it holds.
        return child.type not in {"string", "concatenated_string"} or is_formatted(self.index.source, child)

    def _string(self, node: Node, _depth: int) -> bool:
        source, start, end = self.index.source, node.start_byte, node.end_byte
        if end - start >= LONG or source.find(b"://", start, end) >= 0 or source.find(b"169.254.", start, end) >= 0:
            self.index.constants.append((node, self.scope))
        return is_formatted(source, node)

    def _concatenated(self, node: Node, _depth: int) -> bool:
        if node.end_byte - node.start_byte >= LONG:
            self.index.constants.append((node, self.scope))
        return True

    def _import(self, node: Node, _depth: int) -> bool:
        binding.bind_import(self.index, node, self.scope, self.block)
        return False

    def _import_from(self, node: Node, _depth: int) -> bool:
        binding.bind_import_from(self.index, node, self.scope, self.block)
        return False

    def _assignment(self, node: Node, _depth: int) -> bool:
        binding.bind_assignment(self.index, node, self.scope, self.block)
        return True

    def _augmented(self, node: Node, _depth: int) -> bool:
        binding.bind_augmented(self.index, node, self.scope, self.block)
        return True

    def _named(self, node: Node, _depth: int) -> bool:
        binding.bind_named(self.index, node, self.scope)
        return True

    def _for(self, node: Node, _depth: int) -> bool:
        self._loop(node, 0)
        binding.bind_loop(self.index, node, self.scope)
        self._lookup_of(node.child_by_field_name("right"))
        return True

    def _loop(self, node: Node, _depth: int) -> bool:
        self.scope.runs_with.loops.append((node.start_byte, node.end_byte))
        return True

    def _for_in(self, node: Node, _depth: int) -> bool:
        binding.bind_loop(self.index, node, self.scope)
        self._lookup_of(node.child_by_field_name("right"))
        return True

    def _as_pattern(self, node: Node, _depth: int) -> bool:
        binding.bind_as(self.index, node, self.scope, self.block)
        return True

    def _case(self, node: Node, _depth: int) -> bool:
        binding.bind_case(self.index, node, self.scope, self.block)
        return True

    def _global(self, node: Node, _depth: int) -> bool:
        for name in node.named_children:
            self.scope.elsewhere[self.index.text(name)] = self.index.module
        return False

    def _nonlocal(self, node: Node, _depth: int) -> bool:
        for child in node.named_children:
            name = self.index.text(child)
            outer = self.scope.parent.find(name) if self.scope.parent is not None else None
            if outer is not None:
                self.scope.elsewhere[name] = outer[0]
        return False

    def _delete(self, node: Node, _depth: int) -> bool:
        if node.end_byte - node.start_byte <= 1_024:
            words = self.index.text(node).replace(",", " ").replace("(", " ").replace(")", " ").split()
            self.scope.deleted.update(words[1:])
        return True

    def _return(self, node: Node, _depth: int) -> bool:
        function: Scope | None = self.scope if node.is_named else None
        while function is not None and function.kind is not ScopeKind.FUNCTION:
            function = function.parent
        if function is not None:
            function.returns.extend(node.named_children)
        return True

    def _call(self, node: Node, _depth: int) -> bool:
        self.index.calls.append((node, self.scope))
        sites.note_site(self.index, node, self.scope)
        return True

    def _lookup(self, node: Node, _depth: int) -> bool:
        self.index.lookups.append((node, self.scope))
        return True

    def _lookup_of(self, node: Node | None) -> None:
        if node is not None:
            self.index.lookups.append((node, self.scope))

    def _comparison(self, node: Node, _depth: int) -> bool:
        operator = node.child(1) if node.child_count > 1 else None
        if operator is not None and operator.type in {"in", "not in"}:
            self.index.lookups.append((node, self.scope))
        return True

    def _decorator(self, node: Node, _depth: int) -> bool:
        self.index.decorators.append((node, self.scope))
        return True

    def _execute(self, node: Node, _depth: int) -> bool:
        self.index.executes.append((node, self.scope))
        return True


def _skip(_node: Node, _depth: int) -> bool:
    return False
