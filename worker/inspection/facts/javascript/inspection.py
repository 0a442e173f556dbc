"""One file under inspection: what is asked, what is noted, and who reads the code inside its code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.javascript.dropped import Dropped
from worker.inspection.facts.javascript.evaluator import FileEvaluator
from worker.inspection.facts.javascript.ledger import Ledger


@dataclass(slots=True)
class Readers:
    """What reads code inside code: a text of JavaScript, and a line for the shell."""

    code: Callable[[str], Extracted]
    command: Callable[[str], Extracted]


@dataclass(slots=True)
class Inspection:
    """One file under inspection. What runs waits for the end: by then it is known which files were downloaded."""

    evaluator: FileEvaluator
    ledger: Ledger
    readers: Readers
    dropped: Dropped
    waiting: list[Callable[[], None]] = field(default_factory=list)
