"""XML as a flat list of elements with their lines: no document types, no entities of its own, no recursion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from app.core.lockfile import UnreadableLockfile

_DEEPEST = 64
_MOST = 500_000  # elements; a file with more was written to exhaust its reader


@dataclass(slots=True)
class Element:
    """One element. `path` are the names from the root, namespaces left out; `text` is what stands right in it.

    `parent` is the index of the element around it in the list, -1 for the root.
    """

    path: tuple[str, ...]
    line: int
    attributes: Mapping[str, str]
    parent: int
    text: str = ""


@dataclass(slots=True)
class _Builder:
    parser: expat.XMLParserType
    content: bytes
    elements: list[Element] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)

    at: int = 0
    line: int = 1

    def here(self) -> int:
        """The line of what is being read. Expat's own count takes a lone CR for a line end, as nobody else does."""
        now = max(self.at, self.parser.CurrentByteIndex)
        self.line += self.content.count(b"\n", self.at, now)
        self.at = now
        return self.line

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        line = self.here()
        if len(self.opened) >= _DEEPEST:
            raise UnreadableLockfile(line, "Its elements are nested too deeply.")
        if len(self.elements) >= _MOST:
            raise UnreadableLockfile(line, f"It has more than {_MOST} elements.")
        parent = self.opened[-1] if self.opened else -1
        above = self.elements[parent].path if self.opened else ()
        plain = {key.rpartition(":")[2]: value for key, value in attributes.items()}
        self.opened.append(len(self.elements))
        self.texts.append([])
        self.elements.append(Element((*above, name.rpartition(":")[2]), line, plain, parent))

    def end(self, _name: str) -> None:
        self.elements[self.opened.pop()].text = "".join(self.texts.pop()).strip()

    def take(self, text: str) -> None:
        if self.texts:
            self.texts[-1].append(text)

    def refuse(self, *_parts: object) -> NoReturn:
        raise UnreadableLockfile(self.here(), "It declares a document type, which is not read here.")


def read_elements(content: bytes, largest: int) -> list[Element]:
    """All elements in the order of the text; raise `UnreadableLockfile` with the line and the cause."""
    if len(content) > largest:
        raise UnreadableLockfile(1, f"The file is larger than {largest >> 20} MiB.")
    parser = expat.ParserCreate()
    builder = _Builder(parser, content)
    parser.StartElementHandler = builder.begin
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.take
    parser.StartDoctypeDeclHandler = builder.refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        message = f"This is not XML ({expat.ErrorString(error.code)})."
        raise UnreadableLockfile(builder.here(), message) from None
    except (LookupError, ValueError):  # an encoding that nobody knows
        raise UnreadableLockfile(1, "Its encoding is not known.") from None
    return builder.elements


def children(elements: list[Element], path: tuple[str, ...]) -> list[tuple[Element, dict[str, Element]]]:
    """Each element of this path with the elements right in it, by their names (the last of several)."""
    held: dict[int, dict[str, Element]] = {index: {} for index, element in enumerate(elements) if element.path == path}
    for element in elements:
        if element.parent in held:
            held[element.parent][element.path[-1]] = element
    return [(elements[index], inside) for index, inside in held.items()]
