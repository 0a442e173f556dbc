"""Where everything that makes a fact begins: the names that lead to it, worked out from the tables of names.

An expression goes by a dotted name only because something was imported, is built in, or was looked up in a namespace. A
file in which no name that leads to something of consequence is used as a value makes no fact of any call.
"""

from __future__ import annotations

import sys
from functools import lru_cache

from worker.inspection.facts.python import names, path_calls, sinks, sources
from worker.inspection.facts.python.evaluate import canonical
from worker.inspection.facts.python.names import CARRIED, VENDORED

NAMESPACES = frozenset({"globals", "locals", "vars"})
"""Built-in functions that give all names of a place, when they are called without arguments."""
_SPECIAL = frozenset({"__import__", "__builtins__", "__builtin__", "__loader__", "__spec__"})
_OF_FUNCTIONS = frozenset({"__globals__", "func_globals", "__builtins__", "__self__"})  # attributes of any function
_ENDS = frozenset(
    name.rstrip(".").partition("(")[0]
    for name in (
        *sinks.ACTIVE,
        *names.NATIVE,
        *names.NATIVE_PREFIXES,
        *names.MODULE_CALLS,
        *sources.ENVIRONMENTS,
        *(name for name in path_calls.RESULTS if name.startswith("pathlib.")),
        *(prefix for prefix, _ in VENDORED),
        *(f"builtins.{name}" for name in NAMESPACES),
        "sys.modules",
    )
)
"""Names of consequence, up to the first call in them."""
_WAYS = frozenset(
    ".".join(parts[:end]) for parts in (name.split(".") for name in _ENDS) for end in range(1, len(parts))
)
_OF_BUILTINS = [name.split(".")[1:] for name in _ENDS if name.startswith("builtins.")]

ATTRIBUTES: frozenset[str] = _OF_FUNCTIONS | {parts[-1] for parts in _OF_BUILTINS if len(parts) > 1}
"""Attributes of consequence of what needs no import."""
WORDS: frozenset[str] = NAMESPACES | _SPECIAL | ATTRIBUTES | {parts[0] for parts in _OF_BUILTINS if len(parts) == 1}
"""Names of consequence that need no import."""
HOLDERS: frozenset[str] = frozenset(parts[0] for parts in _OF_BUILTINS if len(parts) > 1)
"""Built-in names that are harmless themselves, with an attribute of consequence."""
# Where the standard library has modules in modules; of some, only these.
_PACKAGES = frozenset(
    {"asyncio", "concurrent", "curses", "dbm", "distutils", "email", "email.mime", "encodings", "html", "http",
     "importlib", "lib2to3", "multiprocessing", "sqlite3", "tkinter", "urllib", "wsgiref", "xml", "xml.dom",
     "xml.etree", "xml.parsers", "xml.sax", "xmlrpc"}
)  # fmt: skip
_MODULES = frozenset(
    {"collections.abc", "ctypes.util", "ctypes.wintypes", "json.decoder", "json.encoder", "json.scanner", "json.tool",
     "logging.config", "logging.handlers", "os.path", "unittest.case", "unittest.loader", "unittest.main",
     "unittest.mock", "unittest.runner", "unittest.suite", "unittest.util"}
)  # fmt: skip


def is_standard(name: str) -> bool:
    """Whether a dotted name belongs to the standard library."""
    return name.partition(".")[0] in sys.stdlib_module_names


def is_module(name: str) -> bool:
    """Whether a dotted name may be a module of the standard library."""
    package = name.rpartition(".")[0]
    return is_standard(name) and (not package or package in _PACKAGES or name in _MODULES)


@lru_cache(maxsize=4_096)
def leads(name: str) -> bool | None:
    """Whether a dotted name is something of consequence; None when it is on the way there, by another dot."""
    if is_standard(name) and any(part.lstrip("_") in CARRIED for part in name.split(".")[1:]):
        return True
    parts = canonical(name).split(".")
    for end in range(1, len(parts) + 1):
        part = ".".join(parts[:end])
        if part in _ENDS or parts[end - 1].startswith("__"):
            return True
        if part not in _WAYS:
            return False
    return None
