"""Words of a shell → what is known of them: quotes, variables, substitutions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

import re2
from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.escapes import unescape
from worker.inspection.facts.folders import FOLDERS
from worker.inspection.facts.shell.data import Data, constant, joined

_WINDOWS = re2.compile(r"%([A-Za-z_][A-Za-z0-9_()]+)%")
_FOLDER = re2.compile(r"\\[A-Za-z0-9_.\-]")
_KEYS = frozenset({"HKCU", "HKLM", "HKEY"})
_NOTHING = {"@": "", "*": "", "IFS": " "}  # what they hold when nobody set them: they cut words, or vanish in them
# Variables that every shell has; reading them says nothing.
_ORDINARY = frozenset(
    {"PATH", "PWD", "OLDPWD", "SHELL", "LANG", "LC_ALL", "IFS", "PS1", "UID", "EUID", "RANDOM", "SECONDS", "OSTYPE",
     "BASH_SOURCE", "BASH", "BASH_VERSION", "LINENO", "OPTARG", "OPTIND", "PPID", "SHLVL", "TERM", "FUNCNAME",
     "ERRORLEVEL", "REPLY", "COLUMNS", "CD", "OS", "ZSH_VERSION", "MACHTYPE", "HOSTTYPE", "DATE", "PATHEXT"}
)  # fmt: skip


class Shell(Protocol):
    """What words need of the shell around them."""

    variables: dict[str, Data]

    def raw(self, node: Node) -> bytes:
        """The source of a node."""
        ...

    def text(self, node: Node) -> str:
        """The same as text."""
        ...

    def substitute(self, node: Node) -> Data:
        """What a command prints."""
        ...

    def add(self, fact_id: FactId, node: Node | int, detail: str) -> None:
        """Add a fact at a node's line."""
        ...


def word(shell: Shell, node: Node, depth: int = 0) -> Data:
    """What is known of one word."""
    reader = _READERS.get(node.type)
    if reader is None or depth > 16:
        return Data(shell.text(node)[:1_024])
    return reader(shell, node, depth)


def _plain(shell: Shell, node: Node, _depth: int) -> Data:
    text = shell.text(node)
    if "\\" in text:
        is_key = text[:4].upper() in _KEYS  # of Windows' registry
        is_path = _FOLDER.search(text) is not None and (is_key or any(sign in text for sign in ".%:"))
        text = text.replace("\\", "/") if is_path else text.replace("\\\n", "").replace("\\", "")
    return windows(shell, node, text)


def windows(shell: Shell, node: Node, text: str) -> Data:
    """A text with `%NAME%` in it."""
    if "%" not in text:
        return constant(text)
    origins = set()
    for name in dict.fromkeys(_WINDOWS.findall(text)):
        folder = FOLDERS.get(name.upper())
        if folder is not None:
            text = text.replace(f"%{name}%", folder)
        elif name.upper() not in _ORDINARY and not name.startswith("_"):
            shell.add(FactId.ENVIRONMENT, node, name)
            origins.add(Origin(OriginKind.ENVIRONMENT, node.start_point.row + 1, name))
    return replace(constant(text), origins=frozenset(origins), exact=not origins)


def _raw(shell: Shell, node: Node, _depth: int) -> Data:
    return constant(shell.text(node)[1:-1])


def _escaped(shell: Shell, node: Node, _depth: int) -> Data:
    return constant(unescape(shell.text(node)[2:-1]))


def _string(shell: Shell, node: Node, depth: int) -> Data:
    """A double-quoted text: the pieces between its expansions are taken from the source, blanks and all."""
    source, start = shell.raw(node), node.start_byte
    parts: list[Data] = []
    position = start + (2 if source[:2] == b'$"' else 1)
    for child in node.named_children:
        if child.type == "string_content":
            continue
        parts.append(_content(shell, node, source[position - start : child.start_byte - start]))
        parts.append(replace(word(shell, child, depth + 1), splits=False))
        position = child.end_byte
    end = len(source) - (1 if source.endswith(b'"') and len(source) > 1 else 0)
    parts.append(_content(shell, node, source[position - start : end]))
    return joined(parts)


def _content(shell: Shell, node: Node, raw: bytes) -> Data:
    text = raw.decode("utf-8", "replace")
    for sign in ('\\"', "\\$", "\\`", "\\\\"):
        text = text.replace(sign, sign[1])
    return windows(shell, node, text.replace("\\\n", ""))


def _concatenation(shell: Shell, node: Node, depth: int) -> Data:
    parts = [word(shell, child, depth + 1) for child in node.children[:256]]
    cut = any(part.splits and part.exact and part.text.isspace() for part in parts)
    return replace(joined(parts), splits=cut)


def _expansion(shell: Shell, node: Node, depth: int) -> Data:
    """`$X`, `${X}`, `${X:-default}`."""
    name = next(
        (child for child in node.named_children if child.type in {"variable_name", "special_variable_name"}), None
    )
    if name is None:
        return Data(shell.text(node))
    found = variable(shell, node, shell.text(name))
    default = next((child for child in node.named_children if child.type not in {name.type, "regex"}), None)
    if found.exact or default is None:
        return found
    other = word(shell, default, depth + 1)
    return replace(found, text=other.text or found.text, exact=False, origins=found.origins | other.origins)


def variable(shell: Shell, node: Node, name: str) -> Data:
    """The value of a variable: assigned before, or taken from the environment."""
    known = shell.variables.get(name)
    if known is not None:
        return replace(known, splits=True)
    if name in _NOTHING:
        return replace(constant(_NOTHING[name]), splits=True)
    folder = FOLDERS.get(name)
    if folder is not None:
        return constant(folder)
    written = f"${name}"
    if name in _ORDINARY or not name.isupper() or len(name) < 2 or name.startswith(("BASH_", "_")):
        return Data(written, splits=True)
    shell.add(FactId.ENVIRONMENT, node, name)
    origin = Origin(OriginKind.ENVIRONMENT, node.start_point.row + 1, name)
    return Data(written, origins=frozenset({origin}), splits=True)


def _substitution(shell: Shell, node: Node, _depth: int) -> Data:
    printed = shell.substitute(node)
    if printed.exact:
        return replace(printed, text=printed.text.rstrip("\n"), splits=True)
    return replace(printed, text=shell.text(node)[:1_024], splits=True)


def _process(shell: Shell, node: Node, _depth: int) -> Data:
    """`<(command)`: a file that holds what the command prints; its text says so."""
    return replace(shell.substitute(node), text=PRINTED, exact=False)


def _name(shell: Shell, node: Node, depth: int) -> Data:
    inner = node.named_children
    return word(shell, inner[0], depth + 1) if len(inner) == 1 else _braced(shell, node, depth)


def _braced(shell: Shell, node: Node, depth: int) -> Data:
    return joined(word(shell, child, depth + 1) for child in node.named_children[:64])


PRINTED = "<(…)"
_READERS: dict[str, Callable[[Shell, Node, int], Data]] = {
    "word": _plain,
    "number": _plain,
    "variable_name": _plain,
    "extglob_pattern": _plain,
    "raw_string": _raw,
    "ansi_c_string": _escaped,
    "string": _string,
    "translated_string": _braced,
    "concatenation": _concatenation,
    "simple_expansion": _expansion,
    "expansion": _expansion,
    "command_substitution": _substitution,
    "process_substitution": _process,
    "command_name": _name,
    "array": lambda shell, node, depth: joined(
        (word(shell, child, depth + 1) for child in node.named_children[:256]), " "
    ),
}
