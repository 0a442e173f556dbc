"""GitHub's limits on text, kept at the last moment; `app.core.prose` shortens with more sense before."""

from __future__ import annotations

SUMMARY = 65_535  # characters of a check run's summary
TITLE = 255  # characters of an annotation's title; the check's own title is kept to the same
MESSAGE = 64 * 1024  # bytes of an annotation's message
COMMENT = 65_536  # characters of a comment and of a review
CUT = "\n\n[cut: longer than GitHub allows]"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, with a note when something is missing."""
    return text if len(text) <= limit else text[: limit - len(CUT)] + CUT


def cut_line(text: str, limit: int) -> str:
    """At most `limit` characters of one line."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def cut_bytes(text: str, limit: int) -> str:
    """At most `limit` bytes of UTF-8, with a note when something is missing."""
    data = text.encode()
    if len(data) <= limit:
        return text
    return data[: limit - len(CUT)].decode(errors="ignore") + CUT


def with_marker(text: str, marker: str) -> str:
    """A comment that holds its marker, at the start or else at the end; it is never cut away."""
    if text.startswith(marker):
        return cut(text, COMMENT)
    body = text.replace(marker, "").rstrip()
    return f"{cut(body, COMMENT - len(marker) - 2)}\n\n{marker}"


def same(one: str | None, other: str | None) -> bool:
    """Whether two texts are the same to GitHub, which may change line ends and trailing space."""
    return _settled(one) == _settled(other)


def _settled(text: str | None) -> str:
    return "\n".join(line.rstrip() for line in (text or "").splitlines()).strip()
