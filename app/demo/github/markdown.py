"""Comments and summaries as GitHub shows them: tables, details, nothing dangerous, mentions alive.

Mentions and references outside of code become links on GitHub, so they are marked here as well: what was to be escaped
and was not can be seen.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

from markdown_it import MarkdownIt
from markupsafe import Markup

KEPT = frozenset({
    "a", "blockquote", "br", "code", "del", "details", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "kbd", "li",
    "ol", "p", "pre", "s", "strong", "sub", "summary", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
})  # fmt: skip
VOID = frozenset({"br", "hr"})
DROPPED_WITH_CONTENT = frozenset({"script", "style", "template", "textarea", "title", "iframe", "svg", "math"})
LITERAL = frozenset({"code", "pre", "a"})  # no mention comes alive inside
SAFE_LINK = re.compile(r"^(?:https?://|mailto:|#|/(?!/))", re.IGNORECASE)
ALIVE = re.compile(r"(?<![\w/&`])(?:@[a-z\d][a-z\d/-]{0,60}|#\d{1,7}\b)", re.IGNORECASE)


def render(text: str) -> Markup:
    """GitHub-flavoured Markdown → HTML that is safe to show."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    cleaner = _Cleaner()
    cleaner.feed(parser.render(text))
    cleaner.close()
    return Markup(cleaner.finish())  # noqa: S704 - the cleaner escapes all text and keeps a fixed list of tags


class _Cleaner(HTMLParser):
    """Keeps a fixed list of tags, balanced; drops all attributes but safe links and `open`; escapes all text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._open: list[str] = []
        self._dropping: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping is not None:
            return
        if tag in DROPPED_WITH_CONTENT:
            self._dropping = tag
        elif tag == "img":
            self._out.append(f"[image: {escape(dict(attrs).get('alt') or '')}]")
        elif tag in KEPT:
            self._out.append(f"<{tag}{_attributes(tag, dict(attrs))}>")
            if tag not in VOID:
                self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping is not None:
            if tag == self._dropping:
                self._dropping = None
        elif tag in self._open:
            while (last := self._open.pop()) != tag:
                self._out.append(f"</{last}>")
            self._out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if self._dropping is not None:
            return
        text = escape(data, quote=False)
        if not LITERAL.intersection(self._open):
            text = ALIVE.sub(lambda found: f'<span class="alive">{found[0]}</span>', text)
        self._out.append(text)

    def finish(self) -> str:
        """All of it, with every tag closed."""
        return "".join(self._out) + "".join(f"</{tag}>" for tag in reversed(self._open))


def _attributes(tag: str, attributes: dict[str, str | None]) -> str:
    if tag == "details" and "open" in attributes:
        return " open"
    link = (attributes.get("href") or "").strip()
    if tag == "a" and SAFE_LINK.match(link):
        return f' href="{escape(link)}" rel="nofollow noopener noreferrer"'
    return ""
