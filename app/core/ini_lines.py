"""Python's own INI files (`setup.cfg`) with the line of each value, read as `configparser` reads them by default.

The standard reader says nothing about lines, and its patterns take a second for one long line of spaces.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.lockfile import UnreadableLockfile, decode

DEFAULT = "DEFAULT"
"""The section whose options every other has as well."""

_LARGEST = 1 << 20  # bytes
_CONFLICT = ("<<<<<<< ", ">>>>>>> ")


@dataclass(slots=True)
class Option:
    """One option, with the lines of its value that are not empty: `(1-based line, text without spaces around it)`."""

    line: int
    values: list[tuple[int, str]] = field(default_factory=list)


Sections = dict[str, dict[str, Option]]


def read_ini(content: bytes) -> Sections:
    """Section → option → its value, by their names as written; `UnreadableLockfile` where `configparser` refuses."""
    text = decode(content, _LARGEST).replace("\r\n", "\n")
    lone = text.find("\r")
    if lone >= 0:
        message = "It holds a carriage return without its line feed, which ends a line for some readers only."
        raise UnreadableLockfile(text.count("\n", 0, lone) + 1, message)
    sections: Sections = {}
    section: dict[str, Option] | None = None
    option: Option | None = None
    indent = 0
    for line, raw in enumerate(text.split("\n"), 1):
        value = raw.strip()
        if not value or value.startswith(("#", ";")):
            continue
        if raw.startswith(_CONFLICT):
            raise UnreadableLockfile(line, "It holds merge conflict markers (<<<<<<<), so it says two things at once.")
        deep = len(raw) - len(raw.lstrip())
        if option is not None and deep > indent:
            option.values.append((line, value))
            continue
        indent = deep
        if value.startswith("[") and "]" in value[2:]:
            section, option = _section(sections, value[1 : value.rindex("]")], line), None
        elif section is None:
            raise UnreadableLockfile(line, "A line stands before the first section, so this is no INI file.")
        else:
            option = _option(section, value, line)
    return sections


def _section(sections: Sections, name: str, line: int) -> dict[str, Option]:
    if name in sections and name != DEFAULT:
        raise UnreadableLockfile(line, "The same section stands here a second time.")
    return sections.setdefault(name, {})


def _option(section: dict[str, Option], text: str, line: int) -> Option:
    at = min((found for found in (text.find("="), text.find(":")) if found >= 0), default=0)
    name, value = text[:at].rstrip(), text[at + 1 :].strip()
    if not name:
        raise UnreadableLockfile(line, "A line is neither a section nor an option.")
    if name in section:
        raise UnreadableLockfile(line, "The same option stands here a second time.")
    section[name] = Option(line, [(line, value)] if value else [])
    return section[name]
