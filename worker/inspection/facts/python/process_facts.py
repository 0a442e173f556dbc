"""Programs that code starts → facts: the call, what its command line does, and what data it runs."""

from __future__ import annotations

import posixpath

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts import shell
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.python import commands, names, sources
from worker.inspection.facts.python.calls import Call
from worker.inspection.facts.python.collector import Collector
from worker.inspection.facts.python.known import HERE, Known, fill, has_hole, is_hole
from worker.inspection.facts.python.path_calls import display

_SECRETS = frozenset({OriginKind.ENVIRONMENT, OriginKind.CREDENTIAL_FILE, OriginKind.METADATA_SERVICE})
_GIVEN_LAST = ("execle", "execlpe", "execve", "execvpe", "spawnle", "spawnlpe", "spawnve", "spawnvpe", "posix_spawn",
               "posix_spawnp")  # fmt: skip
"""Calls whose last argument is the environment of the program."""
_NOT_DATA = frozenset({"env", "cwd", "stdin", "stdout", "stderr", "**"})  # `**options` hold an `env` as a rule


def add_facts(collector: Collector, call: Call, name: str) -> None:
    """The facts of one call that starts a program."""
    found = commands.read(collector.ev, call, name)
    secrets = _secrets(call, name)
    origins = secrets | _code_origins(collector, call, found)
    hosts = dict.fromkeys(host for one in found for fact in one.facts for host in fact.hosts)
    programs = [program for one in found for program in one.programs]
    collector.add(FactId.PROCESS, call.line, sources.plain(name), origins, hosts, programs)
    for one in found:
        collector.merge(collector.at(Extracted(one.facts, partly=one.partly), call.line), secrets)
        _own_code(collector, one, call.line)


def _secrets(call: Call, name: str) -> frozenset[Origin]:
    """Secrets among the words of the command: the environment that a program inherits is none of them."""
    words = call.positional[:-1] if name.endswith(_GIVEN_LAST) else call.positional
    given = [*words, *(value for name, value in call.keywords.items() if name not in _NOT_DATA)]
    return frozenset(origin for value in given for origin in value.origins if origin.kind in _SECRETS)


def _code_origins(collector: Collector, call: Call, found: list[Extracted]) -> frozenset[Origin]:
    """Where the program, or the code that an interpreter is given, comes from. Plain arguments do not count."""
    ev = collector.ev
    origins: set[Origin] = set()
    for one in found:
        started = [commands.restored(path) for path in one.runs]
        code = [commands.restored(source) for _, source in one.inline]
        for text in (*started, *code):
            if len(text) == 1 and is_hole(text):
                origins |= ev.carried.get(text, frozenset())
            origins |= ev.written.get(text, frozenset())
            origins |= ev.written.get(f"{HERE}/{text}", frozenset())
    command = call.argument(0, "args", "cmd", "command", "argv")
    for value in (command, *(command.items or ())[:8]):
        if value.exact:
            origins |= {origin for origin in value.origins if origin.kind is OriginKind.DECODED}
    origins |= _standard_input(call, command)
    return frozenset(origins)


def _standard_input(call: Call, command: Known) -> frozenset[Origin]:
    """What an interpreter is fed."""
    program = (command.items[0] if command.items else command).texts
    words = [text.split()[0] if text.split() else "" for text in program[:4]]
    if not any(posixpath.basename(word) in commands.INTERPRETERS for word in words):
        return frozenset()
    origins = set(call.keywords["input"].origins) if "input" in call.keywords else set()
    for stream in ("stdin", "stdout"):
        given = call.keywords.get(stream)
        if given is not None and any("socket" in one for one in given.names):
            origins.add(Origin(OriginKind.DOWNLOAD, call.line, "socket.socket"))
        elif given is not None and stream == "stdin":
            origins |= given.origins
    return frozenset(origins)


def _own_code(collector: Collector, found: Extracted, line: int) -> None:
    """Files of the package that a command starts, and code that stands in it or was written to a file before."""
    for path in found.runs:
        text = commands.restored(path)
        script = collector.scripts.get(text) or collector.scripts.get(f"{HERE}/{text}")
        if script is not None:
            _script(collector, text, script, line)
        for own in collector.own_files(text):
            collector.runs[own] = None
    for language, source in found.inline:
        code = commands.restored(source)
        if language == "python":
            collector.code(fill(code, lambda _hole: "_hole_"), line)
        elif not has_hole(code):
            collector.inline[language, code] = None


def _script(collector: Collector, path: str, text: str, line: int) -> None:
    """A script that was written out of a constant and is started: what it does is done here."""
    if display(path).endswith((".sh", ".bash", ".bat", ".cmd", ".ps1", ".command")):
        collector.merge(collector.at(shell.extract_command(text, collector.ev.budget), line))
    else:
        collector.code(text, line)


def duplicate(collector: Collector, call: Call) -> None:
    """`os.dup2(socket, 0)` hands the program's own input and output to a connection."""
    if any("socket" in name for name in call.argument(0).names):
        origin = Origin(OriginKind.DOWNLOAD, call.line, "socket.socket")
        collector.add(FactId.PROCESS, call.line, "os.dup2", {origin})


DUPLICATES = frozenset({"os.dup2", "posix.dup2"})
NAMES = names.PROCESS | DUPLICATES
