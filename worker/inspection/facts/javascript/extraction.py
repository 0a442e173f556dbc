"""Source of JavaScript or TypeScript → facts: parse, walk, evaluate, note."""

from __future__ import annotations

import codecs
import posixpath
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from worker.inspection.facts import python, shell, telling
from worker.inspection.facts.declared import merge
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.javascript import capabilities, commands, elements, encoded, environment, network, search
from worker.inspection.facts.javascript.dropped import Dropped
from worker.inspection.facts.javascript.evaluator import FileEvaluator
from worker.inspection.facts.javascript.inspection import Inspection, Readers
from worker.inspection.facts.javascript.ledger import Ledger, Place
from worker.inspection.facts.javascript.traversal import build
from worker.inspection.facts.tree import Budget, parse

DEEPEST = 3  # code within code within code
FRAMES = 6_000  # calls within calls
LONGEST_CODE = 1 << 20  # characters of code within code
MOST_INLINE = 8  # pieces of code in one command
TOO_DEEP = "expressions nest too deeply to be followed to the end"

_TYPESCRIPT = frozenset({".ts", ".mts", ".cts"})
_ENCODINGS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def extract(path: str, source: bytes, budget: Budget) -> Extracted:
    """Facts of one file. The grammar follows from the extension; raises `OutOfBudget` and nothing else."""
    suffix = posixpath.splitext(path)[1].lower()
    language = "tsx" if suffix == ".tsx" else "typescript" if suffix in _TYPESCRIPT else "javascript"
    return _extract(language, path, _readable(source), budget, 0)


def extract_inline(source: str, budget: Budget, language: str = "javascript") -> Extracted:
    """Facts of code that stands in a command (`node -e '…'`). Its relative paths start at the package's directory."""
    return _extract(language, "", _readable(source.encode("utf-8", "replace")), budget, 0)


def _extract(language: str, path: str, source: bytes, budget: Budget, depth: int) -> Extracted:
    index = build(source, parse(language, source, budget), budget)
    evaluator, ledger = FileEvaluator(index, path, budget), Ledger(source)
    readers = Readers(
        code=lambda text: _code_within(text, path, budget, depth),
        command=lambda line: _command_within(line, path, budget, depth),
    )
    inspection = Inspection(evaluator, ledger, readers, Dropped(evaluator))
    try:
        with _room_to_recurse():
            _note_all(inspection)
    except RecursionError:  # the bounds on depth should not let this happen
        evaluator.too_deep = True
    encoded.note_data(index, ledger)
    for word in telling.find(source, index.is_comment):
        ledger.add(word.fact, Place(source.count(b"\n", 0, word.offset) + 1, word.offset), word.detail)
    return ledger.extracted(TOO_DEEP if evaluator.too_deep else None)


def _note_all(inspection: Inspection) -> None:
    evaluator, ledger = inspection.evaluator, inspection.ledger
    capabilities.note_modules(inspection)
    telling = search.telling_calls(evaluator)
    reads = environment.find_reads(evaluator, ledger)
    evaluator.follow_data()
    environment.note_reads(evaluator, ledger, reads)
    network.note_addresses(evaluator.index, ledger)
    capabilities.note_calls(inspection, telling)
    elements.note_given(inspection)


@contextmanager
def _room_to_recurse() -> Iterator[None]:
    """Stack for expressions within expressions: their number is bounded, but each needs a dozen calls."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, FRAMES))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


def _code_within(text: str, path: str, budget: Budget, depth: int) -> Extracted:
    """Code that stands in a constant; nothing when that is not code, or too deep inside other constants."""
    if depth >= DEEPEST or len(text) > LONGEST_CODE:
        return Extracted(partly=TOO_DEEP)
    return _extract("javascript", path, text.encode("utf-8", "replace"), budget, depth + 1)


def _command_within(line: str, path: str, budget: Budget, depth: int) -> Extracted:
    """What a line for the shell does, with the code that it hands to interpreters."""
    found = shell.extract_command(line, budget)
    inner = [_of_interpreter(language, text, path, budget, depth) for language, text in found.inline[:MOST_INLINE]]
    known = tuple(reference for reference in found.runs if commands.UNKNOWN_WORD not in reference)
    return merge([replace(found, runs=known), *inner])


def _of_interpreter(language: str, text: str, path: str, budget: Budget, depth: int) -> Extracted:
    if language == "javascript":
        return _code_within(text, path, budget, depth)
    return python.extract_inline(text, budget) if language == "python" else Extracted()


def _readable(source: bytes) -> bytes:
    """UTF-8 without a byte-order mark and without NUL, which ends a file for the parser but not for JavaScript."""
    for mark, encoding in _ENCODINGS:
        if source.startswith(mark):
            source = source.decode(encoding, "replace").encode("utf-8", "replace")
            break
    return source.replace(b"\0", b" ")
