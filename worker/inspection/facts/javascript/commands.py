"""Commands of process calls, as one line for the shell, and what such a line does."""

from __future__ import annotations

import posixpath
import shlex
from itertools import islice, product

from app.core.specimen import Origin, OriginKind
from worker.inspection.facts.javascript import objects
from worker.inspection.facts.javascript.calls import Call
from worker.inspection.facts.javascript.evaluation import Evaluator
from worker.inspection.facts.javascript.literals import HERE, HOLE
from worker.inspection.facts.javascript.tables import Style
from worker.inspection.facts.javascript.values import Value, union

MOST = 8  # lines that one call may run
LONGEST = 65_536  # characters of a line
_CODE = frozenset({OriginKind.DOWNLOAD, OriginKind.DECODED})
_INTERPRETERS = frozenset(
    {
        *("sh", "bash", "zsh", "dash", "ksh", "ash", "node", "nodejs", "bun", "deno", "python", "python3", "perl"),
        *("ruby", "php", "powershell", "powershell.exe", "pwsh", "cmd", "cmd.exe", "eval", "source", "osascript"),
        *("mshta", "wscript", "cscript", "npx", "tsx", "ts-node"),
    }
)
_FETCHERS = frozenset({"curl", "wget"})
_LOGINS = {  # commands that print a login → the file that it stands in
    "gh auth token": "~/.config/gh/hosts.yml",
    "gcloud auth print-access-token": "~/.config/gcloud",
    "gcloud auth print-identity-token": "~/.config/gcloud",
    "aws configure export-credentials": "~/.aws/credentials",
    "aws configure get aws_secret_access_key": "~/.aws/credentials",
    "az account get-access-token": "~/.azure/",
    "security find-generic-password": "~/library/keychains",
    "security find-internet-password": "~/library/keychains",
}
UNKNOWN_WORD = "$unknown"  # stands for a word that is not known


def lines(evaluator: Evaluator, call: Call, style: Style) -> list[str]:
    """The lines a call hands to the shell, as far as they are constant; words that are not known are a variable."""
    program = evaluator.argument(call, 0)
    if style is Style.LINE:
        found = [text.replace(HOLE, UNKNOWN_WORD) for text in program.texts]
    else:
        is_line = _asks_for_shell(evaluator, call)
        found = [
            " ".join(map(_plain if is_line or (len(words) == 1 and " " in words[0]) else _quoted, words))
            for words in _words(evaluator, call, program)
        ]
        if style is Style.SCRIPT:
            found = [f"node {line}" for line in found]
    home = posixpath.dirname(evaluator.path) or "."
    return [line.replace(HERE, home)[:LONGEST] for line in found[:MOST]]


def data(evaluator: Evaluator, call: Call, style: Style) -> frozenset[Origin]:
    """What flows into a command: its words, and what its standard input is given. Not its environment.

    What was downloaded or decoded counts where it is run: as the program, or as what an interpreter is given. The name
    of a branch that came over the network is no code.
    """
    program = evaluator.argument(call, 0)
    values = []
    for position in range(1, min(len(call.arguments), 4)):
        value = evaluator.argument(call, position)
        if value.shapes:  # options, or a callback
            values += [objects.held(evaluator, value, key) for key in ("input", "stdio")]
        elif position == 1 and style is not Style.LINE:
            values.append(value)
    given = union(values)
    if not _interprets(program):
        given = frozenset(origin for origin in given if origin.kind not in _CODE)
        if style is Style.LINE and not _is_command(program):
            return given | {origin for origin in program.origins if origin.kind not in _CODE}
    return given | program.origins


def printed(evaluator: Evaluator, call: Call, style: Style) -> set[Origin]:
    """What a command prints, where that is known: what it fetched, or a login that it keeps."""
    found: set[Origin] = set()
    for line in lines(evaluator, call, style):
        fetchers = _FETCHERS & _split(line) if "://" in line else frozenset()
        found.update(Origin(OriginKind.DOWNLOAD, call.line, name) for name in fetchers)
        found.update(
            Origin(OriginKind.CREDENTIAL_FILE, call.line, file) for asked, file in _LOGINS.items() if asked in line
        )
    return found


def _interprets(program: Value) -> bool:
    """Whether a program, or a line for the shell, is or has an interpreter: what it is given may be code."""
    return any(not _INTERPRETERS.isdisjoint(_split(text)) for text in program.texts)


def _is_command(line: Value) -> bool:
    """Whether the data in a line is, or begins with, the command itself."""
    return not line.texts or any(text.lstrip().startswith(HOLE) or HOLE not in text for text in line.texts)


def _split(text: str) -> set[str]:
    plain = text[:LONGEST]
    for separator in "|;&()'\"`$":
        plain = plain.replace(separator, " ")
    return {posixpath.basename(word) for word in plain.split()}


def _words(evaluator: Evaluator, call: Call, program: Value) -> list[list[str]]:
    given = evaluator.argument(call, 1)
    rest: list[list[str]] = [[text] for text in given.texts[:MOST]] if given.texts else [[]]
    if given.items is not None:
        rest = _choices(given.items)
    if not program.texts and program.items:  # `Bun.spawn(["sh", "-c", …])`
        return _choices(program.items)
    return [[text, *words] for text in program.texts for words in rest]


def _choices(items: tuple[Value, ...]) -> list[list[str]]:
    return [list(words) for words in islice(product(*[item.texts[:2] or (HOLE,) for item in items]), MOST)]


def _asks_for_shell(evaluator: Evaluator, call: Call) -> bool:
    """Whether the options speak of a shell: `spawn("a | b", { shell: true })` hands it the words as they are."""
    options = [evaluator.argument(call, position) for position in range(1, min(len(call.arguments), 4))]
    return any("shell" in objects.literal_keys(evaluator, shape) for value in options for shape in value.shapes)


def _plain(word: str) -> str:
    return word.replace(HOLE, UNKNOWN_WORD)


def _quoted(word: str) -> str:
    return UNKNOWN_WORD if word == HOLE else shlex.quote(word.replace(HOLE, UNKNOWN_WORD))
