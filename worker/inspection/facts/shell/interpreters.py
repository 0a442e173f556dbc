"""Interpreters: the code they are handed, the file they run, or what is piped into them."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import FactId
from worker.inspection.facts.shell import powershell, spreading
from worker.inspection.facts.shell.data import NOTHING, Data, joined
from worker.inspection.facts.shell.machine import Machine
from worker.inspection.facts.shell.tables import PUBLISHERS, SHELLS
from worker.inspection.facts.shell.words import PRINTED

_NODE = frozenset(
    {"node", "nodejs", "deno", "bun", "tsx", "ts-node", "ts-node-esm", "esno", "jiti", "babel-node", "electron",
     "nodemon", "swc-node", "esmo", "vite-node", "zx"}
)  # fmt: skip
_PYTHON = frozenset({"python", "py", "pypy", "pythonw", "ipython"})
_POWERSHELL = frozenset({"powershell", "pwsh"})
_OTHERS = frozenset(
    {"perl", "ruby", "php", "lua", "osascript", "cscript", "wscript", "rundll", "groovy", "r", "rscript"}
)
PROGRAMS = SHELLS | _NODE | _PYTHON | _POWERSHELL | _OTHERS

_PRELOADS = frozenset({"-r", "--require", "--import", "--loader", "--experimental-loader", "--preload"})
_NODE_CODE = frozenset({"-e", "--eval", "-p", "--print", "-pe", "-ep", "eval"})
_SUBCOMMANDS = frozenset({"run", "x", "watch", "exec"})
_VALUES = frozenset({"-W", "-X", "--max-old-space-size", "-C", "--conditions", "-P", "--project", "-O", "-I"})


def run(shell: Machine, node: Node, name: str, words: list[Data], given: Data) -> Data:
    """Run one of `PROGRAMS`."""
    arguments = words[1:]
    _note(shell, name, arguments)
    if name in _POWERSHELL:
        return _powershell(shell, node, arguments, given)
    if name in SHELLS:
        return _shell(shell, node, name, arguments, given)
    if name in _NODE:
        return _node(shell, node, name, arguments, given)
    if name in _PYTHON:
        return _python(shell, node, name, arguments, given)
    return _other(shell, node, name, arguments, given)


def _note(shell: Machine, name: str, arguments: list[Data]) -> None:
    """`sh` alone takes commands from its input; `sh build.sh` and `node -e` do not. Of `sh -c` what it runs is told."""
    if name in _POWERSHELL:
        shell.start(name if all(word.text.startswith("-") for word in arguments) else f"{name} -c")
        return
    module = ""
    for word in arguments:
        option = word.text.lower()
        if not option.startswith(("-", "/")) or posixpath.dirname(option) not in {"", "/"}:
            shell.start(f"{name}{module}", word)
            return
        module = " -m" if option == "-m" else ""
        if not option.startswith("--") and option[-1:] in {"c", "e"} and name not in SHELLS:
            shell.start(f"{name} {option}")
            return
        if name in SHELLS and not option.startswith("--") and "c" in option:
            return
    shell.start(name)


def _shell(shell: Machine, node: Node, name: str, arguments: list[Data], given: Data) -> Data:
    rest = list(arguments)
    listens = False
    while rest and rest[0].text.startswith(("-", "+")) and rest[0].text not in {"-", "--"}:
        option = rest.pop(0).text
        if not option.startswith("--") and "c" in option and rest:
            return shell.code(node, rest[0], name)
        if option in {"-o", "+o", "-O", "--rcfile", "--init-file"} and rest:
            rest.pop(0)
        listens |= not option.startswith("--") and "s" in option
    if rest and rest[0].text not in {"-", "--"} and not listens:
        return _file(shell, node, name, rest[0])
    return _piped(shell, node, name, given)


def _file(shell: Machine, node: Node, name: str, path: Data) -> Data:
    if path.text == PRINTED:
        return shell.code(node, Data(origins=path.origins, hosts=path.hosts), name)
    if path.origins and not path.exact and path.text.startswith("$("):
        shell.add(FactId.PROCESS, node, name, path.origins, path.hosts)
    shell.started(node, path, name)
    return NOTHING


def _piped(shell: Machine, node: Node, name: str, given: Data) -> Data:
    if name in SHELLS:
        return shell.code(node, given, name)
    if given.origins:
        shell.add(FactId.PROCESS, node, name, given.origins, given.hosts)
    return NOTHING


def _node(shell: Machine, node: Node, name: str, arguments: list[Data], given: Data) -> Data:
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        option, sign, value = word.text.partition("=")
        if option in _NODE_CODE:
            code = Data(value, word.exact, word.origins) if sign else (rest.pop(0) if rest else NOTHING)
            return _inline(shell, node, name, "javascript", code)
        if option in _PRELOADS:
            path = Data(value) if sign else (rest.pop(0) if rest else NOTHING)
            if path.text.startswith((".", "/", "$")):
                shell.started(node, path, name)
        elif option in _VALUES and not sign:
            rest = rest[1:]
        elif not word.text.startswith("-") and not (word.text in _SUBCOMMANDS and rest):
            return _file(shell, node, name, word)
    return _code(shell, node, name, "javascript", given)


def _python(shell: Machine, node: Node, name: str, arguments: list[Data], given: Data) -> Data:
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        option = word.text
        if option.startswith("-") and not option.startswith("--") and len(option) > 1 and option[-1] in "cm" and rest:
            if option[-1] == "c":
                return _inline(shell, node, name, "python", rest[0])
            return _module(shell, node, rest)
        if option in _VALUES:
            rest = rest[1:]
        elif not option.startswith("-"):
            return _file(shell, node, name, word)
        elif option == "-":
            break
    return _code(shell, node, name, "python", given)


def _module(shell: Machine, node: Node | int, rest: list[Data]) -> Data:
    module = rest[0].text
    if module in PUBLISHERS:
        spreading.note(shell, node, module, rest)
    elif module and len(module) <= 256:
        shell.runs[module.replace(".", "/")] = None
    return NOTHING


def _code(shell: Machine, node: Node, name: str, language: str, given: Data) -> Data:
    """Code on standard input."""
    if given.exact and given.text:
        _inline(shell, node, name, language, given)
    elif given.origins:
        shell.add(FactId.PROCESS, node, name, given.origins, given.hosts)
    return NOTHING


def _inline(shell: Machine, node: Node, name: str, language: str, code: Data) -> Data:
    """Code in the command line: handed to the extractor of its language."""
    if code.text:
        shell.inline[language, code.text] = None
    if code.origins:
        shell.add(FactId.PROCESS, node, name, code.origins, code.hosts)
    return NOTHING


def _powershell(shell: Machine, node: Node, arguments: list[Data], given: Data) -> Data:
    rest = list(arguments)
    while rest and rest[0].text.startswith(("-", "/")):
        option = rest.pop(0).text.lower().lstrip("-/")
        if option == "ec" or (option and "encodedcommand".startswith(option)):
            if rest:
                powershell.encoded(shell, node, rest[0])
            return NOTHING
        if option and ("command".startswith(option) or option == "c"):
            break
        if option and "file".startswith(option) and rest:
            shell.started(node, rest[0], "powershell")
            return NOTHING
        if (
            option in {"executionpolicy", "ep", "ex", "exec", "windowstyle", "w", "win", "version", "inputformat"}
            and rest
        ):
            rest.pop(0)
    code = joined(rest, " ")
    if not code.text or code.text == "-":
        return _piped(shell, node, "powershell", given)
    if code.text.lower().endswith(".ps1"):
        shell.started(node, code, "powershell")
    return powershell.command(shell, node, code)


def _other(shell: Machine, node: Node, name: str, arguments: list[Data], given: Data) -> Data:
    """Languages that Assay does not read: that their code runs is all there is to say."""
    for at, word in enumerate(arguments):
        if word.text in {"-e", "-r", "-E", "-ne", "-pe"} and at + 1 < len(arguments):
            shell.add(FactId.PROCESS, node, name, arguments[at + 1].origins)
            return replace(given, text="", exact=False)
        if word.text.startswith("-e") and len(word.text) > 2:  # `ruby -e'…'`
            shell.add(FactId.PROCESS, node, name, word.origins)
            return replace(given, text="", exact=False)
        if not word.text.startswith("-"):
            return _file(shell, node, name, word)
    return _piped(shell, node, name, given)
