"""What a command does, by its program: wrappers are taken off, interpreters are given their code, files are read."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import replace

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.found import WHOLE
from worker.inspection.facts.shell import (
    decoders,
    installers,
    interpreters,
    personal,
    spreading,
    transfers,
    wiping,
)
from worker.inspection.facts.shell.data import NOTHING, Data, constant, joined, origins_of, program_of
from worker.inspection.facts.shell.machine import Machine
from worker.inspection.facts.shell.tables import (
    AUTOSTARTS,
    BUILT_IN,
    CHANGERS,
    COPIERS,
    MARK,
    PROGRAM_SUFFIXES,
    QUIET,
    SHELLS,
    SHELLS_AS_WRAPPERS,
    SILENT,
    WRAPPER_VALUES,
    WRAPPERS,
)
from worker.inspection.facts.vocabulary import credential_file

# Folders of credentials, each with the file in it that a thief is after.
_KEEPS = {".ssh": "id_rsa", ".aws": "credentials", ".kube": "config", ".docker": "config.json", ".gnupg": "secring.gpg"}
_LAYERS = 12  # wrappers around wrappers


def name_of(command: str) -> str:
    """The program of a command as it is written."""
    words = command.split()
    while words and (words[0] in WRAPPERS or words[0].startswith("-")):
        words = words[1:]
    return program_of(words[0]) if words else ""


def is_shell(command: str) -> bool:
    """Whether a command starts a shell."""
    return name_of(command) in SHELLS


def run(shell: Machine, node: Node, words: list[Data], given: Data) -> Data:
    """Run one command: its facts, and what it prints."""
    wrapper, words = words[:1], _unwrapped(shell, words)
    if not words:
        for word in wrapper:
            if program_of(word.text) in SHELLS_AS_WRAPPERS:
                shell.start(program_of(word.text))
        return given
    first = words[0]
    if "://" in first.text and wrapper and program_of(wrapper[0].text) in {"npx", "bunx"}:
        installers.fetched(shell, node, "npx", [first.text])
    if "$" in first.text[:1] and not first.exact:
        shell.start(first.text)
        return _unknown(shell, node, words)
    name = program_of(first.text)
    if first.text not in shell.functions and name not in BUILT_IN and name not in interpreters.PROGRAMS:
        shell.start(first.text if MARK in first.text else name)
    if first.text in shell.functions:
        return replace(shell.functions[first.text], origins=shell.functions[first.text].origins | origins_of(words[1:]))
    return _by_name(shell, node, name, words, given)


def _by_name(shell: Machine, node: Node, name: str, words: list[Data], given: Data) -> Data:
    """What a program does that no variable names."""
    credentials = personal.printed_credentials(shell, node, name, words)
    if credentials is not None:
        return credentials
    handler = _HANDLERS.get(name)
    if handler is not None:
        return handler(shell, node, words, given)
    if name in decoders.PROGRAMS and decoders.decodes(name, words):
        return decoders.run(shell, node, name, words, given)
    if name in transfers.PROGRAMS:
        return transfers.run(shell, node, name, words, given)
    if name in personal.PROGRAMS:
        return personal.run(shell, node, name, words, given)
    if name in wiping.PROGRAMS or name.startswith("mkfs."):
        return wiping.run(shell, node, name, words)
    if name in interpreters.PROGRAMS:
        return interpreters.run(shell, node, name, words, given)
    return _other(shell, node, name, words, given)


def _unwrapped(shell: Machine, words: list[Data]) -> list[Data]:
    """Without `sudo`, `env A=b`, `nohup`, `npx` and their options."""
    for _ in range(_LAYERS):
        if not words:
            return words
        name = program_of(words[0].text)
        rest = words[1:]
        if name not in WRAPPERS or (name == "env" and not any("=" in word.text or _starts(word) for word in rest)):
            return words
        while rest and (_is_option(name, rest[0]) or _is_assignment(name, rest[0])):
            takes_value = rest[0].text in WRAPPER_VALUES.get(name, ())
            rest = rest[2:] if takes_value else rest[1:]
        if name in {"timeout", "gtimeout"} and rest and rest[0].text[:1].isdigit():
            rest = rest[1:]
        if name == "start" and rest and rest[0].text == "":
            rest = rest[1:]
        if not rest and name in {"npx", "bunx"}:
            return []
        words = rest
    shell.partly = shell.partly or "its commands are wrapped too often to be followed"
    return words


def _starts(word: Data) -> bool:
    return not word.text.startswith("-")


def _is_option(name: str, word: Data) -> bool:
    windows = name in {"cmd", "start"} and word.text.startswith("/") and len(word.text) <= 4
    return windows or word.text.startswith("-")


def _is_assignment(name: str, word: Data) -> bool:
    head, sign, _ = word.text.partition("=")
    return name in {"env", "cross-env", "cross-env-shell"} and bool(sign) and head.replace("_", "a").isalnum()


def _unknown(shell: Machine, node: Node, words: list[Data]) -> Data:
    """A program that a variable or another program names."""
    shell.runs[words[0].text] = None
    before = shell.written.get(words[0].text)
    origins = words[0].origins | (before.origins if before is not None else frozenset())
    told = frozenset(origin for origin in origins if origin.kind is not OriginKind.ENVIRONMENT)
    if told:
        shell.add(FactId.PROCESS, node, words[0].text[:64], told, words[0].hosts)
    return Data(origins=origins_of(words[1:]))


def _other(shell: Machine, node: Node, name: str, words: list[Data], given: Data) -> Data:
    """Any other program: a file of the package that is started, or a filter that passes its input on."""
    first = words[0].text
    if "://" in first:
        return NOTHING
    installers.note(shell, node, name, words)
    if ("/" in first or first.lower().endswith(PROGRAM_SUFFIXES)) and not first.startswith(("/usr/", "/bin/", "/opt/")):
        shell.started(node, words[0], name)
    spreading.note(shell, node, name, words)
    if name in AUTOSTARTS:
        _autostart(shell, node, name, words, given)
    read = [] if name in QUIET else [_read(shell, node, word) for word in words[1:]]
    origins = given.origins | origins_of(read)
    if name not in SILENT:
        origins |= origins_of(words[1:])
    return Data(origins=origins, hosts=given.hosts)


def _read(shell: Machine, node: Node, word: Data) -> Data:
    """An argument that names a file of credentials, or one that was written before, is read."""
    path = word.text.rpartition("=")[2].lstrip("@")
    inside = _KEEPS.get(posixpath.basename(path.rstrip("/")))
    if inside is not None and path.startswith(("~", "$HOME", "/")):
        return shell.content(node, Data(f"{path.rstrip('/')}/{inside}"))
    return shell.content(node, Data(path)) if credential_file(path) or path in shell.written else NOTHING


def _autostart(shell: Machine, node: Node, name: str, words: list[Data], given: Data) -> None:
    """What makes a program start by itself later."""
    texts = [word.text for word in words[1:]]
    wanted = AUTOSTARTS[name]
    if name == "crontab" and texts and texts[0] not in {"-l", "-r", "-e"}:
        shell.add(FactId.FILE_WRITE, node, "crontab", given.origins)
    elif name == "reg" and any(text.lower() == "add" for text in texts):
        shell.add(FactId.FILE_WRITE, node, next((text for text in texts if "hk" in text.lower()[:4]), "registry")[:200])
    elif wanted and any(text.lower().lstrip("/-") in wanted for text in texts):
        shell.add(FactId.FILE_WRITE, node, name)


# --- programs with a meaning of their own -----------------------------------------------------------------------------


def _echo(_shell: Machine, _node: Node, words: list[Data], _given: Data) -> Data:
    shown = words[1:]
    escapes = words[0].text.endswith("printf")
    while shown and shown[0].text.startswith("-") and set(shown[0].text[1:]) <= set("neE") and len(shown[0].text) > 1:
        escapes |= "e" in shown[0].text
        shown = shown[1:]
    said = joined(shown, " ")
    if words[0].text.endswith("printf") and len(shown) > 1 and shown[0].text.strip("\\n'\"") in {"%s", "%b"}:
        said = joined(shown[1:], "")
    return replace(said, text=decoders.unescaped(said.text), splits=False) if escapes else replace(said, splits=False)


def _cat(shell: Machine, node: Node, words: list[Data], given: Data) -> Data:
    files = [word for word in words[1:] if not word.text.startswith("-")]
    if not files:
        return given
    return joined([shell.content(node, one) if one.text != "<(…)" else one for one in files])


def _environment(shell: Machine, node: Node, words: list[Data], _given: Data) -> Data:
    """`env`, `printenv`, `set`: all variables, or the ones named."""
    names = [word.text for word in words[1:] if word.text and not word.text.startswith(("-", "+", "/"))]
    if program_of(words[0].text) == "printenv" and names:
        for name in names[:16]:
            shell.add(FactId.ENVIRONMENT, node, name[:128])
        return Data(origins=frozenset(Origin(OriginKind.ENVIRONMENT, shell.line(node), name) for name in names[:16]))
    if len(words) > 1:
        return _set(shell, node, words)
    return Data(origins=frozenset({Origin(OriginKind.ENVIRONMENT, shell.line(node), WHOLE)}))


def _set(shell: Machine, _node: Node, words: list[Data]) -> Data:
    """`set NAME=value`, as Windows writes it."""
    name, sign, value = words[1].text.partition("=")
    if sign and program_of(words[0].text) == "set":
        shell.variables[name] = constant(value)
    return NOTHING


def declared(shell: Machine, node: Node, text: str) -> Data:
    """`export -p`, `declare -x`: the whole environment."""
    words = text.split()
    if len(words) == 1 or (len(words) == 2 and words[1] in {"-p", "-x", "-px", "-xp"}):
        return Data(origins=frozenset({Origin(OriginKind.ENVIRONMENT, shell.line(node), WHOLE)}))
    return NOTHING


def _receive(shell: Machine, _node: Node, words: list[Data], given: Data) -> Data:
    """`read name`: a line of standard input."""
    for word in words[1:] if given.origins else ():
        if not word.text.startswith("-"):
            shell.variables[word.text] = Data(f"${word.text}", origins=given.origins, hosts=given.hosts)
    return NOTHING


def _eval(shell: Machine, node: Node, words: list[Data], _given: Data) -> Data:
    code = joined(words[1:], " ")
    if not code.exact and (code.origins or any(word.splits for word in words[1:])):
        shell.add(FactId.DYNAMIC_CODE, node, "eval", code.origins)
    return shell.code(node, replace(code, origins=code.origins if code.exact else frozenset()), "eval")


def _source(shell: Machine, node: Node, words: list[Data], _given: Data) -> Data:
    if len(words) < 2:
        return NOTHING
    path = words[1]
    if path.text == "<(…)":
        return shell.code(node, Data(origins=path.origins, hosts=path.hosts), "source")
    shell.started(node, path, "source")
    return NOTHING


def _copy(shell: Machine, node: Node, words: list[Data], _given: Data) -> Data:
    paths = [word for word in words[1:] if not word.text.startswith("-")]
    if len(paths) < 2:
        return NOTHING
    sources, target = paths[:-1], paths[-1].text
    if target == "/dev/null":
        wiping.note(shell, node, sources)
    held = [
        shell.content(node, one)
        for one in sources
        if credential_file(one.text) or shell.written.get(one.text.removeprefix("./"))
    ]
    into = target.endswith("/") or len(sources) > 1
    for one in sources if held or target.startswith(("/", "~", "%")) else ():
        path = posixpath.join(target, posixpath.basename(one.text)) if into else target
        shell.write(node, path, joined(held) if held else NOTHING)
    return NOTHING


def _change(shell: Machine, node: Node, words: list[Data], _given: Data) -> Data:
    """`rm -rf ~`: a fact when it goes outside the package's own folder."""
    wiping.note_deletion(shell, node, words)
    for word in words[1:]:
        if word.text.startswith(("/", "~", "%", "$HOME")) and not word.text.startswith(("/dev/", "/s", "/q", "/f")):
            shell.add(FactId.FILE_WRITE, node, word.text[:200])
    return NOTHING


def _find(shell: Machine, node: Node, words: list[Data], given: Data) -> Data:
    """`find … -exec command {} ;` runs the command."""
    texts = [word.text for word in words]
    wiping.note_search(shell, node, texts)
    start = next((at for at, text in enumerate(texts) if text in {"-exec", "-execdir", "-ok"}), None)
    if start is None:
        return NOTHING
    end = next((at for at, text in enumerate(texts) if at > start and text in {";", "+", "\\;"}), len(words))
    return run(shell, node, words[start + 1 : end], given)


def _tee(shell: Machine, node: Node, words: list[Data], given: Data) -> Data:
    for word in words[1:]:
        if not word.text.startswith("-"):
            shell.write(node, word.text, given)
    return given


_Handler = Callable[[Machine, Node, list[Data], Data], Data]
_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(("echo", "printf"), _echo),
    **dict.fromkeys(("cat", "type", "tac", "bat", "get-content", "gc"), _cat),
    **dict.fromkeys(("env", "printenv", "set"), _environment),
    **dict.fromkeys((".", "source"), _source),
    **dict.fromkeys(COPIERS, _copy),
    **dict.fromkeys(CHANGERS, _change),
    "eval": _eval,
    "read": _receive,
    "find": _find,
    "tee": _tee,
}
