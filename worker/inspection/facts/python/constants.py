"""What a constant shows by itself: the hosts in it, or that it is encoded data."""

from __future__ import annotations

from app.core.specimen import FactId
from worker.inspection.facts import encoded
from worker.inspection.facts.found import Found
from worker.inspection.facts.hosts import hosts_in
from worker.inspection.facts.python.known import Constant, as_text

_HOSTS = 32  # of one constant


def add_hosts(found: Found, line: int, text: str) -> None:
    """The hosts in a text."""
    for host in hosts_in(text)[:_HOSTS]:
        found.add(FactId.HOST, line, host)


def add_facts(found: Found, line: int, value: Constant) -> None:
    """The facts of one constant that stands at a line."""
    if isinstance(value, int):
        return
    described = encoded.describe(value)
    if described is not None:
        found.add(FactId.ENCODED_DATA, line, described)
    else:
        add_hosts(found, line, as_text(value))
