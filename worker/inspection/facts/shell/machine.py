"""What the commands of a script left behind so far: variables, files, functions; and the facts of it."""

from __future__ import annotations

import posixpath
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from app.core.vital_places import is_disk
from worker.inspection.facts.found import Found
from worker.inspection.facts.hosts import host_of
from worker.inspection.facts.shell.data import NOTHING, Data, path_of
from worker.inspection.facts.shell.documents import Document
from worker.inspection.facts.shell.tables import COMPUTED, MARK
from worker.inspection.facts.tree import Budget
from worker.inspection.facts.vocabulary import credential_file

_SCRIPT = 1 << 17  # characters of a script that is written out of a constant
_PROGRAMS = 16  # names of programs that are kept
_NAME = 64  # characters of one


class Machine(ABC):
    """The state of one script while it is read. What reads statements stands above: see `code`."""

    def __init__(self, found: Found, budget: Budget, line: int | None = None) -> None:
        self.found = found
        self.budget = budget
        self.variables: dict[str, Data] = {}
        self.written: dict[str, Data] = {}  # path → what was written there
        self.functions: dict[str, Data] = {}  # name → what it prints
        self.documents: dict[str, Document] = {}  # here-documents by the word that stands for them
        self.reading = b""  # the source of the tree that is read
        self.folder = ""  # where `cd` went, as far as that is known
        self.descriptors: dict[str, Data] = {}  # connections by the number of their descriptor
        self.runs: dict[str, None] = {}
        self.inline: dict[tuple[str, str], None] = {}
        self.programs: dict[str, None] = {}
        self.partly: str | None = None
        self._line = line
        self._nesting = 0

    @abstractmethod
    def code(self, node: Node | int, data: Data, program: str) -> Data:
        """Shell code that runs: a constant is read; what was fetched or decoded is told. What it prints."""

    def raw(self, node: Node) -> bytes:
        """The source of a node. Asking the node itself would read the whole file again each time."""
        return self.reading[node.start_byte : node.end_byte]

    def text(self, node: Node) -> str:
        """The same as text."""
        return self.raw(node).decode("utf-8", "replace")

    def line(self, place: Node | int) -> int:
        """The 1-based line of a node; of the call that runs it, for code found in a constant."""
        if self._line is not None:
            return self._line
        return place if isinstance(place, int) else place.start_point.row + 1

    def add(
        self, fact_id: FactId, node: Node | int, detail: str, origins: frozenset[Origin] = NOTHING.origins,
        hosts: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        """Add a fact at a node's line."""
        self.found.add(fact_id, self.line(node), detail, origins, hosts)

    def start(self, program: str, script: Data | None = None) -> None:
        """Remember the name of a program that is started, with that of the script it is given."""
        if program.startswith(("-", "$")) or MARK in program:  # what stands before an option was not known
            program = COMPUTED
        if script is not None:
            known = script.exact and not script.text.startswith("$") and MARK not in script.text
            program = f"{program} {posixpath.basename(script.text) if known else COMPUTED}"
        if len(self.programs) < _PROGRAMS:
            self.programs[program[:_NAME]] = None

    def started(self, node: Node | int, path: Data, program: str) -> None:
        """A file that is run: of the package, or one that was written before."""
        text = path_of(path.text)
        if not text or text.startswith("-"):
            return
        self.runs[text] = None
        before = self.written.get(text) or self.written.get(posixpath.basename(text))
        if before is not None and (before.origins or before.exact):
            self.code(node, before, program)

    def content(self, node: Node | int, path: Data) -> Data:
        """What a file holds: credentials, what was written there before, or nothing that we know."""
        text = path.text
        if credential_file(text) is not None:
            self.add(FactId.CREDENTIAL_FILE, node, text)
            return Data(origins=frozenset({Origin(OriginKind.CREDENTIAL_FILE, self.line(node), text)}))
        before = self.written.get(path_of(text))
        if before is not None:
            return before
        if text.startswith(("/dev/tcp/", "/dev/udp/")):
            return self._connection(node, text)
        return Data(origins=frozenset({Origin(OriginKind.FILE, self.line(node), text[:200])})) if text else NOTHING

    def write(self, node: Node | int, path: str, data: Data) -> None:
        """Data that is written to a file."""
        if path.startswith(("/dev/tcp/", "/dev/udp/")):
            connection = self._connection(node, path)
            self.add(FactId.NETWORK, node, path[:8], data.origins, connection.hosts)
            return
        if is_disk(path):
            self.add(FactId.WIPE, node, f"overwrites {path}")
        if path.startswith("/dev/") or path.lower() in {"nul", "&1", "&2", ""} or path.isdecimal():
            return
        self.add(FactId.FILE_WRITE, node, path[:200], data.origins)
        key = path_of(path)
        before = self.written.get(key, NOTHING)
        text = f"{before.text}\n{data.text}" if before.exact and data.exact else data.text
        self.written[key] = Data(text[:_SCRIPT], data.exact, before.origins | data.origins, before.hosts + data.hosts)

    def _connection(self, node: Node | int, path: str) -> Data:
        host = host_of(path.split("/")[3]) if path.count("/") >= 3 else None
        hosts = (host,) if host else ()
        self.add(FactId.NETWORK, node, path[:8], hosts=hosts)
        return Data(origins=frozenset({Origin(OriginKind.DOWNLOAD, self.line(node), path[:8])}), hosts=hosts)

    @contextmanager
    def _inside(self, node: Node | int) -> Iterator[None]:
        """Everything that happens in here happens at one line."""
        before = self._line
        self._line = self.line(node)
        self._nesting += 1
        try:
            yield
        finally:
            self._line = before
            self._nesting -= 1
