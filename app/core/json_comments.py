"""JSON with comments and trailing commas, as people and some tools write it → strict JSON, everything in its place."""

from __future__ import annotations

import re2

from app.core.json_members import NotJson, after_space

# A string or a comment without an end is one match up to the end of the text: a search that fails there would begin
# anew at the next, and the next. After a comma, only what is whole may stand before the bracket. All that is neither
# comment nor trailing comma is taken together, or a file of quotes would be millions of matches.
_SPACE = r"[ \t\r\n]"
_STRING = r'"(?:[^"\\]|\\(?s:.))*"?'
_COMMENT = r"//[^\n]*|/\*[^*]*(?:\*+[^*/][^*]*)*\**/?"
_WHOLE = r"//[^\n]*\n|/\*[^*]*\*+(?:[^*/][^*]*\*+)*/"
_TRAILING = rf",(?:{_SPACE}|{_WHOLE})*[}}\]]"
_STRICT = rf'(?:[^",/]|,{_SPACE}*{_STRING}|,{_SPACE}*[^ \t\r\n",/}}\]]|{_STRING})+'
_PIECE = re2.compile(rf"{_TRAILING}|{_STRICT}|{_COMMENT}")
_MOST_PIECES = 400_000  # a lockfile of ten thousand packages has fifty thousand


def strict_json(text: str) -> str:
    """The text with spaces in place of comments and trailing commas, so that every position and line stays.

    What is broken stays broken: a string or a comment without an end is for the reader of JSON to refuse. `NotJson`
    where there is more to take out than anybody writes.
    """
    pieces: list[str] = []
    done = 0
    for count, match in enumerate(_PIECE.finditer(text)):
        start, end = match.span()
        if count > _MOST_PIECES:
            raise NotJson(start, "more comments and loose commas than any tool writes stand before it")
        if text[start] == "/":
            if text.startswith("/*", start) and not text.endswith("*/", start + 2, end):
                continue
        elif text[start] == "," and text[after_space(text, start + 1)] in "}]/":
            end -= 1  # the bracket stays
        else:
            continue
        pieces += (text[done:start], _blank(text[start:end]))
        done = end
    return "".join([*pieces, text[done:]]) if pieces else text


def _blank(text: str) -> str:
    return "\n".join(" " * len(line) for line in text.split("\n"))
