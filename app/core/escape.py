"""Strangers' text made harmless: in Markdown, in table cells, in plain text and on a terminal.

A package's author chooses its name, its hosts, its paths and its code. None of it may come alive where we repeat it: no
mention, link, image, HTML, hidden or reordered text, no terminal escape (`design: reliability, untrusted text`).
"""

from __future__ import annotations

import unicodedata
from functools import cache
from itertools import accumulate, groupby

from app.core.finding import Words

LONGEST = 120  # characters of a stranger's string that are shown
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})


def visible(text: str, longest: int = LONGEST) -> str:
    """The text on one line, with control, bidirectional, zero-width and unassigned characters as `U+XXXX`, cut.

    `longest` counts what is shown: five characters stand for a hidden one.
    """
    cut = text if len(text) <= longest else text[: longest - 1] + "…"
    shown = "".join(_shown(character) for character in cut)
    if len(shown) <= longest:
        return shown
    lengths = accumulate(len(_shown(character)) for character in cut)
    whole = max((length for length in lengths if length < longest), default=0)
    return shown[:whole] + "…"


def code(text: str, longest: int = LONGEST) -> str:
    """The text as a Markdown code span whose fence is longer than any run of back-ticks in it."""
    shown = visible(text, longest).replace("<!--", "<! --").replace("-->", "-- >")
    if not shown.strip():
        return "`(empty)`"
    fence = "`" * (_longest_run(shown, "`") + 1)
    pad = " " if "`" in (shown[0], shown[-1]) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def cell(markdown: str) -> str:
    """Markdown of ours (strangers' parts already in code spans) for a table cell: no pipe, no line break."""
    return markdown.replace("\\|", "|").replace("|", "\\|").replace("\n", " ")


def fenced(text: str, language: str = "") -> str:
    """Lines of ours that hold strangers' words, as a fenced block that they cannot close."""
    lines = [visible(line, 200).replace("<!--", "<! --") for line in text.split("\n")]
    fence = "`" * max(3, max((_longest_run(line, "`") for line in lines), default=0) + 1)
    return "\n".join([fence + language, *lines, fence])


def markdown(words: Words) -> str:
    """A sentence with its strangers' words in code spans."""
    return words.template.format(*(code(value) for value in words.values))


def plain(words: Words) -> str:
    """A sentence as plain text, its strangers' words made visible."""
    return words.template.format(*(visible(value) for value in words.values))


def sentence(text: str) -> str:
    """With a capital at its start and a full stop at its end (strangers' words never stand at the start)."""
    capital = text[:1].upper() + text[1:]
    return capital if capital.endswith((".", "?")) else capital + "."


@cache
def _shown(character: str) -> str:
    if character in " \t":
        return " "
    if unicodedata.category(character) in _HIDDEN:
        return f"U+{ord(character):04X}"
    return character


def _longest_run(text: str, character: str) -> int:
    return max((len(list(run)) for key, run in groupby(text) if key == character), default=0)
