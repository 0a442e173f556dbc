"""The command lines that a process call starts, as text for the shell's reader; parts that are not known are marked."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

import re2

from worker.inspection.facts import shell
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.python import names
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.evaluation import Evaluator
from worker.inspection.facts.python.known import HERE, HOLE, HOLES, Known, fill
from worker.inspection.facts.shell.tables import MARK

_MARKED = re2.compile(r"(?:\./)?\.hole/(\d{1,5})")
INTERPRETERS = frozenset(
    {"sh", "bash", "zsh", "dash", "ksh", "python", "python2", "python3", "node", "perl", "ruby", "powershell", "pwsh",
     "cmd", "cmd.exe", "powershell.exe", "osascript", "php"}
)  # fmt: skip
FED = ("interpreter().communicate", "interpreter().stdin.write", "interpreter().write")
"""Calls that give a started interpreter something to run."""
_COMMANDS = 4  # alternatives of one command
_WORDS = 256
_LONGEST = 1 << 16


def read(ev: Evaluator, call: Call, name: str) -> list[Extracted]:
    """What the shell's reader says of each command line that a call may start."""
    found = []
    for text in list(texts(ev, call, name))[:_COMMANDS]:
        marked = fill(text.replace(HERE + "/", ""), lambda hole: f"./{MARK}{ord(hole) - HOLE}")[:_LONGEST]
        if marked not in ev.commands:
            ev.commands[marked] = shell.extract_command(marked, ev.budget)
        found.append(ev.commands[marked])
    return found


def restored(text: str) -> str:
    """A part of a command line with its holes again."""
    if MARK not in text:
        return text
    return str(_MARKED.sub(lambda match: chr(HOLE + min(int(match.group(1)), HOLES - 1)), text))


def texts(ev: Evaluator, call: Call, name: str) -> Iterator[str]:
    """The command lines, with holes."""
    if name in names.PIP_CALLS:
        yield "pip " + _line(ev, list(call.argument(0, "args").items or ()))
    elif name in names.PROGRAM_CALLS:
        yield _line(ev, _words(call, name))
    else:
        command = call.argument(0, "args", "cmd", "command", "argv")
        if command.items is not None:
            yield _line(ev, list(command.items))
        else:
            yield from command.texts


def _words(call: Call, name: str) -> list[Known]:
    position = names.PROGRAM_CALLS[name]
    program, rest = call.positional[position : position + 1], call.positional[position + 1 :]
    if rest and rest[0].items is not None:
        rest = list(rest[0].items)
    if ".create_subprocess_exec" not in name:
        rest = rest[1:]  # a program's first word is its own name
    return [*program, *rest]


def _line(ev: Evaluator, words: list[Known]) -> str:
    written = []
    for word in words[:_WORDS]:
        known = word if word.texts or word.items is not None else ev.hole(("word", id(word)), word)
        parts = known.texts[:1] or tuple(text for item in (known.items or ()) for text in item.texts[:1])
        written += [quoted(text) for text in parts]
    return " ".join(written)


def quoted(text: str) -> str:
    """A word of a command line; holes stand bare."""
    plain = fill(text, lambda _hole: "")
    return text if text and shlex.quote(plain or "x") == (plain or "x") else shlex.quote(text)
