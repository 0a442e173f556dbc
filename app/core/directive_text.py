"""Changed overrides, patches and catalog entries as lines for people; one said in several files is one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from app.core.directives import DirectiveChange, DirectiveKind
from app.core.escape import code, visible

HEADING = "Overrides, patches and catalogs that changed"
_CALLED = {DirectiveKind.CATALOG: "catalog entry"}
_LONGEST = 120  # characters of a name or a value


def markdown_lines(changes: Sequence[DirectiveChange]) -> Iterator[str]:
    """One line each, in Markdown, without a bullet."""
    return _lines(changes, lambda text: code(text, _LONGEST))


def plain_lines(changes: Sequence[DirectiveChange]) -> Iterator[str]:
    """One line each, in plain text."""
    return _lines(changes, lambda text: visible(text, _LONGEST))


def _lines(changes: Sequence[DirectiveChange], shown: Callable[[str], str]) -> Iterator[str]:
    said: dict[str, list[str]] = {}
    for change in changes:
        place = f"{change.file}:{change.line}" if change.line else change.file
        said.setdefault(_says(change, shown), []).append(shown(place))
    yield from (f"{', '.join(places)}: {words}" for words, places in said.items())


def _says(change: DirectiveChange, shown: Callable[[str], str]) -> str:
    subject = f"{_CALLED.get(change.kind, str(change.kind))} of {shown(change.name)}"
    before, after = (None if value is None else shown(value) for value in (change.before, change.after))
    if before is None:
        return f"{subject} added: {after}"
    if after is None:
        return f"{subject} removed, it was {before}"
    if change.before == change.after:
        return f"{subject} has other contents: {after}"
    return f"{subject} changed: {before} → {after}"
