"""Facts as lines that a person can compare: Python and shell."""

from __future__ import annotations

from textwrap import dedent

from app.core.specimen import Fact, FactId
from worker.inspection.facts import python, shell
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.tree import Budget

TIME_TO_SPARE = 30.0  # seconds: these tests are about facts


def told(found: Extracted, *, hosts: bool = False) -> list[str]:
    """`<line> <fact> <detail>`, then `-> <hosts>`, then `<- <kind> <line> <detail>` for each origin.

    Host facts repeat what other facts say; they are left out unless the test is about them.
    """
    return [_line(fact) for fact in found.facts if hosts or fact.id is not FactId.HOST]


def of_python(source: str, path: str = "pkg/mod.py") -> Extracted:
    """All of one Python file."""
    return python.extract(path, dedent(source).strip("\n").encode(), Budget(TIME_TO_SPARE))


def of_shell(source: str, path: str = "scripts/setup.sh") -> Extracted:
    """All of one script."""
    return shell.extract(path, dedent(source).strip("\n").encode(), Budget(TIME_TO_SPARE))


def _line(fact: Fact) -> str:
    hosts = f" -> {', '.join(fact.hosts)}" if fact.hosts else ""
    origins = "".join(f" <- {origin.kind} {origin.line} {origin.detail}" for origin in fact.origins)
    return f"{fact.line} {fact.id} {fact.detail}{hosts}{origins}"
