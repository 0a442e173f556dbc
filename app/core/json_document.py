"""The text of a dependency file in JSON: decoded, walked with its lines, and refused as a whole where it is broken."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.json_members import NotJson, OnMember, after_space, walk_object
from app.core.lockfile import UnreadableLockfile, decode

_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")


@dataclass(slots=True)
class Lines:
    """The lines of a text, asked for in its order: counting each from the start would be quadratic."""

    text: str
    _line: int = 1
    _counted: int = 0

    def at(self, position: int) -> int:
        """The 1-based line of a position, none before the one that was asked for last."""
        self._line += self.text.count("\n", self._counted, position)
        self._counted = position
        return self._line


def decode_json(content: bytes, largest: int, tool: str) -> str:
    """The text; raise `UnreadableLockfile` past so many bytes, and where it is UTF-16 or holds two files in one."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableLockfile(1, f"The file is in UTF-16; {tool} reads UTF-8 only.")
    text = decode(content, largest)
    refuse_conflict(text)
    return text


def refuse_conflict(text: str) -> None:
    """Raise `UnreadableLockfile` where the text holds two files in one."""
    if all(mark in text for mark in _CONFLICT):
        line = 1 + text.count("\n", 0, text.index(_CONFLICT[0]))
        raise UnreadableLockfile(line, "It holds merge conflict markers (<<<<<<<), so it says two things at once.")


def not_json(text: str, error: NotJson) -> UnreadableLockfile:
    """The error with its line."""
    return UnreadableLockfile(1 + text.count("\n", 0, error.position), f"This is not JSON ({error.cause}).")


def walk_document(text: str, on_member: OnMember) -> None:
    """Call `on_member` for each member of the one object that the text holds; raise `UnreadableLockfile`."""
    try:
        end = after_space(text, walk_object(text, after_space(text, 0), on_member))
    except NotJson as error:
        raise not_json(text, error) from None
    if end < len(text):
        raise UnreadableLockfile(1 + text.count("\n", 0, end), "Something stands behind its end.")
