"""Facts of a piece of JavaScript or TypeScript as lines that a person can compare."""

from __future__ import annotations

from textwrap import dedent

from app.core.specimen import Fact
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.javascript import extract
from worker.inspection.facts.tree import Budget


def facts(source: str, path: str = "lib/index.js") -> list[str]:
    """`<line> <fact> <detail>`, then `-> <hosts>`, then `<- <kind> <line> <detail>` for each origin."""
    return [_told(fact) for fact in read(source, path).facts]


def read(source: str, path: str = "lib/index.js") -> Extracted:
    """All of one file, with time to spare."""
    return extract(path, dedent(source).strip("\n").encode(), Budget(30))


def _told(fact: Fact) -> str:
    hosts = f" -> {', '.join(fact.hosts)}" if fact.hosts else ""
    origins = "".join(f" <- {origin.kind} {origin.line} {origin.detail}" for origin in fact.origins)
    return f"{fact.line} {fact.id} {fact.detail}{hosts}{origins}"
