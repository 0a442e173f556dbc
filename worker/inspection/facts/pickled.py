"""Pickles that call more than data needs: the opcodes are read, nothing is unpickled.

A pickle is a small program. Honest ones rebuild objects; one that names `os.system` or `exec` runs it when it is read.
The opcodes are those of the standard library's `pickletools`, which explains pickles without running them.
"""

from __future__ import annotations

import pickletools
import posixpath
from collections.abc import Iterator

from app.core.specimen import Fact, FactId, Origin, OriginKind

_SUFFIXES = (".pkl", ".pickle", ".pck", ".pcl", ".p", ".joblib", ".dat", ".bin", ".data", ".db", ".model", ".cache")
_OPCODES = 200_000  # that are read of one file
_FIRST = b"(]}c\x80"  # what pickles begin with: a mark, a list, a dictionary, a name, their version
_MODULES = frozenset(
    {"os", "posix", "nt", "subprocess", "pty", "commands", "popen2", "socket", "ctypes", "runpy", "importlib", "imp",
     "code", "timeit", "pdb", "bdb", "webbrowser", "shutil", "urllib", "urllib2", "requests", "http", "pip", "platform",
     "_posixsubprocess", "multiprocessing"}
)  # fmt: skip
_BUILT_IN = frozenset({"exec", "eval", "compile", "__import__", "execfile", "open", "breakpoint", "input", "globals"})
_HARMLESS = frozenset({"os.path", "os.stat_result", "os.terminal_size", "os.PathLike", "ctypes.c_char"})
_TEXTS = frozenset(
    {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "SHORT_BINSTRING", "BINSTRING"}
)


def find(path: str, content: bytes) -> list[Fact]:
    """The fact that a pickle runs something; none for other files, and for pickles of data."""
    suffix = posixpath.splitext(path)[1].lower()
    is_versioned = content[:1] == b"\x80" and content[1:2] in {b"\2", b"\3", b"\4", b"\5"}
    if not is_versioned and (suffix not in _SUFFIXES or content[:1] not in {bytes([one]) for one in _FIRST}):
        return []
    name = next((name for name in _names(content) if _runs(name)), None)
    if name is None:
        return []
    origin = Origin(OriginKind.DECODED, 0, f"a pickle of {name}")
    return [Fact(FactId.DYNAMIC_CODE, 0, "pickle", f"reading it calls {name}", (origin,))]


def _runs(name: str) -> bool:
    module, _, function = name.rpartition(".")
    if module in {"builtins", "__builtin__"}:
        return function in _BUILT_IN
    return module.partition(".")[0] in _MODULES and name not in _HARMLESS


def _names(content: bytes) -> Iterator[str]:
    """What a pickle takes from modules, until it ends or is none."""
    texts: list[str] = []  # the last two that were put on the stack
    memo: dict[int, str] = {}
    try:
        for count, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if count >= _OPCODES:
                return
            if opcode.name in {"GLOBAL", "INST"}:
                yield str(argument).replace(" ", ".")[:200]
            elif opcode.name == "STACK_GLOBAL" and len(texts) == 2:
                yield ".".join(texts)[:200]
            elif opcode.name in _TEXTS:
                texts = [*texts[-1:], str(argument)]
            elif opcode.name == "MEMOIZE":
                memo[len(memo)] = texts[-1] if texts else ""
            elif opcode.name in {"BINPUT", "LONG_BINPUT", "PUT"} and texts:
                memo[int(str(argument))] = texts[-1]
            elif opcode.name in {"BINGET", "LONG_BINGET", "GET"}:
                texts = [*texts[-1:], memo.get(int(str(argument)), "")]
    except (ValueError, UnicodeDecodeError, OverflowError, EOFError, IndexError):
        return
