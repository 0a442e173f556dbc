"""A shell's syntax → commands in the order in which they run, with what flows through pipes, variables and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import FactId
from worker.inspection.facts.found import Found
from worker.inspection.facts.shell import programs
from worker.inspection.facts.shell.data import NOTHING, Data, constant, joined, origins_of
from worker.inspection.facts.shell.documents import take_out
from worker.inspection.facts.shell.machine import Machine
from worker.inspection.facts.shell.words import word
from worker.inspection.facts.tree import Budget, parse, walk

_DEPTH = 60  # statements inside statements
_NESTING = 6  # code inside constants
_WORDS = 1_024  # of one command
_VALUES = 16  # of a `for` loop that are told apart
_SCRIPT = 1 << 17  # characters of a script that is written out of a constant
_BROKEN = 2_000  # lines that are read one by one
TOO_DEEP = "it is nested deeper than can be followed"


class Reader(Machine):
    """Reads one script, statement by statement."""

    def __init__(self, found: Found, budget: Budget, line: int | None = None) -> None:
        super().__init__(found, budget, line)
        self._depth = self._conditional = self._steps = 0
        self._handlers: dict[str, Callable[[Node, Data], Data]] = {
            "command": self._command,
            "pipeline": self._pipeline,
            "redirected_statement": self._redirected,
            "variable_assignment": self._assignment,
            "declaration_command": self._declaration,
            "for_statement": self._for,
            "function_definition": self._function,
            "test_command": self._words_only,
            "comment": _nothing,
            "variable_name": _nothing,
            "word": _nothing,
        }

    def substitute(self, node: Node) -> Data:
        """What the commands of `$(…)` or `<(…)` print."""
        return self.block(node, NOTHING)

    def code(self, node: Node | int, data: Data, program: str) -> Data:
        """Shell code that runs: a constant is read; what was fetched or decoded is told."""
        if data.origins:
            self.add(FactId.PROCESS, node, program, data.origins, data.hosts)
        if data.text and self._nesting < _NESTING and (data.exact or not data.text.startswith(("$", "<"))):
            with self._inside(node):
                return self.source(data.text.encode("utf-8", "replace"))
        return NOTHING

    def source(self, text: bytes) -> Data:
        """Read shell source; what it prints."""
        text, documents = take_out(text)
        outer, self.documents = self.documents, documents
        try:
            with self._tree(text) as root:
                printed = self.block(root, NOTHING)
                if root.has_error and self._nesting < _NESTING:
                    self._broken_lines(root, text)
                return printed
        finally:
            self.documents = outer

    @contextmanager
    def _tree(self, text: bytes) -> Iterator[Node]:
        """The root of a parsed text, and the text as what is read."""
        outer, self.reading = self.reading, text
        try:
            yield parse("shell", text, self.budget).root_node
        finally:
            self.reading = outer

    def _broken_lines(self, root: Node, text: bytes) -> None:
        """Lines that the parser lost its way in, each by itself."""
        lines = text.split(b"\n")
        numbers = sorted(
            {
                row
                for node in walk(root, self.budget)
                if node.type == "ERROR"
                for row in range(node.start_point.row, min(node.end_point.row, node.start_point.row + _BROKEN) + 1)
            }
        )
        for row in numbers[:_BROKEN] if len(lines) > 1 else ():
            with self._inside(row + 1), self._tree(lines[row]) as line:
                self.block(line, NOTHING)

    def block(self, node: Node, given: Data) -> Data:
        """Run the statements below a node one after the other; what they print, together."""
        return self._all(node.named_children, given)

    def _all(self, nodes: list[Node], given: Data) -> Data:
        printed = [found for node in nodes if (found := self.statement(node, given)) != NOTHING]
        return joined(printed, "\n") if len(printed) > 1 else (printed[0] if printed else NOTHING)

    def statement(self, node: Node, given: Data) -> Data:
        """Run one statement; `given` is its standard input."""
        self._steps += 1
        if not self._steps % 64:
            self.budget.check()
        if self._depth >= _DEPTH:
            self.partly = TOO_DEEP
            return NOTHING
        self._depth += 1
        conditional = node.type.endswith("_statement") and node.type != "redirected_statement"
        self._conditional += conditional
        try:
            if node.type == "list":
                return self._all(_flat(node), given)
            handler = self._handlers.get(node.type)
            return handler(node, given) if handler is not None else self.block(node, given)
        finally:
            self._depth -= 1
            self._conditional -= conditional

    def _pipeline(self, node: Node, given: Data) -> Data:
        for stage in node.named_children:
            given = self.statement(stage, given)
        return given

    def _redirected(self, node: Node, given: Data) -> Data:
        body = node.child_by_field_name("body")
        redirects = node.children_by_field_name("redirect")
        given = self._input(redirects, given)
        printed = self.statement(body, given) if body is not None else given
        for redirect in redirects:
            if redirect.type == "file_redirect":
                printed = self._output(redirect, printed, body or node)
        return printed

    def _input(self, redirects: list[Node], given: Data) -> Data:
        for redirect in redirects:
            if redirect.type == "herestring_redirect" and redirect.named_child_count:
                given = self._here(redirect)
            elif redirect.type == "file_redirect" and _sign(redirect).startswith("<"):
                given = self._descriptor(redirect, given) if _is_copy(redirect) else self._file(redirect)
        return given

    def _descriptor(self, redirect: Node, given: Data) -> Data:
        """`<&7` reads from what was opened as 7."""
        target = redirect.child_by_field_name("destination")
        return self.descriptors.get(self.text(target), given) if target is not None else given

    def _file(self, redirect: Node) -> Data:
        target = redirect.child_by_field_name("destination")
        if target is None:
            return NOTHING
        path = word(self, target)
        if path.text in self.documents:  # `> file <<END`: the grammar takes the document for a file
            return self._document(redirect, path)
        if target.type == "process_substitution":
            return path
        found = self.content(redirect, path)
        number = redirect.child_by_field_name("descriptor")
        if number is not None:
            self.descriptors[self.text(number)] = found
        return found

    def _here(self, redirect: Node) -> Data:
        """`<<< word`, or a here-document that a word stands for."""
        return self._document(redirect, word(self, redirect.named_children[-1]))

    def _document(self, redirect: Node, given: Data) -> Data:
        document = self.documents.get(given.text)
        if document is None:
            return given
        if document.quoted or not any(sign in document.body for sign in "$`"):
            return constant(document.body)
        quoted = document.body.replace('"', '\\"')
        with self._inside(redirect), self._tree(f'x="{quoted}"'.encode("utf-8", "replace")) as root:
            value = next((node for node in walk(root, self.budget) if node.type == "string"), None)
            return word(self, value) if value is not None else Data(document.body)

    def _output(self, redirect: Node, printed: Data, body: Node) -> Data:
        """`> file`: what was printed goes there; a shell on a connection is handed over."""
        sign = _sign(redirect)
        target = redirect.child_by_field_name("destination")
        if not sign.startswith((">", "&>")) or target is None or _is_copy(redirect):
            return printed
        path = word(self, target).text
        if path.startswith(("/dev/tcp/", "/dev/udp/")):
            connection = self._connection(redirect, path)
            number = redirect.child_by_field_name("descriptor")
            if number is not None:  # `5<>`, in which the grammar may see `>` alone
                self.descriptors[self.text(number)] = connection
            if body.type == "command" and programs.is_shell(self.text(body)):
                self.add(
                    FactId.PROCESS, redirect, programs.name_of(self.text(body)), connection.origins, connection.hosts
                )
        self.write(redirect, path, printed)
        return NOTHING

    def _assignment(self, node: Node, _given: Data) -> Data:
        name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
        if name is None:
            return NOTHING
        key = self.text(name)
        found = replace(word(self, value), splits=False) if value is not None else constant("")
        before = self.variables.get(key, NOTHING)
        if any(child.type == "+=" for child in node.children):
            found = joined([before, found])
        elif self._conditional:
            found = replace(found, origins=found.origins | before.origins)
        self.variables[key] = found
        return NOTHING

    def _declaration(self, node: Node, given: Data) -> Data:
        """`export X=…`, `local`, `declare -p`."""
        for child in node.named_children:
            if child.type == "variable_assignment":
                self._assignment(child, given)
        return programs.declared(self, node, self.text(node))

    def _for(self, node: Node, given: Data) -> Data:
        name, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        values = [word(self, value) for value in node.children_by_field_name("value")[:_WORDS]]
        if name is None or body is None:
            return self.block(node, given)
        parts = [constant(text) for value in values if value.exact for text in value.text.split()][:_VALUES]
        printed = []
        for value in parts or [Data(f"${self.text(name)}", origins=origins_of(values))]:
            self.variables[self.text(name)] = value
            printed.append(self.statement(body, given))
        return joined(printed, "\n")

    def _function(self, node: Node, _given: Data) -> Data:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            self.functions[self.text(name)] = self.statement(body, NOTHING)
        return NOTHING

    def _words_only(self, node: Node, _given: Data) -> Data:
        """Tests run nothing but the substitutions in them."""
        for child in node.named_children:
            if child.type in {"string", "command_substitution", "concatenation"}:
                word(self, child)
        return NOTHING

    def _command(self, node: Node, given: Data) -> Data:
        given = self._input([child for child in node.named_children if child.type.endswith("_redirect")], given)
        words: list[Data] = []
        for child in node.named_children[:_WORDS]:
            if child.type == "variable_assignment":
                self._assignment(child, given)
            elif not child.type.endswith("_redirect") and child.type != "comment":
                found = word(self, child)
                if found.splits and found.exact:
                    words += [replace(found, text=text, splits=False) for text in found.text.split()]
                else:
                    words.append(found)
        return programs.run(self, node, words, given) if words else NOTHING


def _flat(node: Node) -> list[Node]:
    """`a && b && c` nests to the left, once for each part."""
    parts: list[Node] = []
    while node.type == "list":
        children = node.named_children
        if not children:
            break
        parts += reversed(children[1:])
        node = children[0]
    parts.append(node)
    return parts[::-1]


def _sign(redirect: Node) -> str:
    return next((child.type for child in redirect.children if not child.is_named), "")


def _is_copy(redirect: Node) -> bool:
    """`2>&1` copies a descriptor; `>& file` does not."""
    target = redirect.child_by_field_name("destination")
    return target is not None and target.type == "number"


def _nothing(_node: Node, _given: Data) -> Data:
    return NOTHING
