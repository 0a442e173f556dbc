"""A shell that somebody far away drives: its input and output are a connection, or commands come over one.

Only connections of the plain kind count (sockets, web sockets, `nc`, `/dev/tcp`): what a client of a web service does
with an answer is another question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.core.specimen import Fact, FactId, FileFacts, Origin, OriginKind

SHELLS = frozenset({"sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "cmd", "powershell", "pwsh"})
_CONNECTIONS = re.compile(
    r"^(?:socket\.|ssl\.|net\.(?!sockets)|tls\.|asyncio\.open_connection|websockets?\.|/dev/(?:tcp|udp)$|dgram\."
    r"|(?:isomorphic-)?ws(?:$|\.)|WebSocket|socket\.io-client|(?:Deno|Bun)\.(?:connect|listen)"
    r"|(?:nc|ncat|netcat|telnet|socat|openssl)$)"
)
_LISTENS = re.compile(r"^(?:net|tls)\.createServer$|\.listen$")
_HANDS_OVER = re.compile(r"\.dup2$")  # makes a connection the program's own input and output
_TAKES_INPUT = re.compile(r"\.stdin\.write$|\.stdin\.end$")
_POWERSHELL_CONNECTION = "net.sockets.tcpclient"
_POWERSHELL_RUNS = "Invoke-Expression"
_PROGRAMMING = frozenset({"javascript", "typescript", "tsx", "python"})
_OTHER_LANGUAGES = re.compile(r"\b(?:perl|ruby|php|lua)\b")
_THEIR_CONNECTION = re.compile(r"TCPSocket|fsockopen|IO::Socket|use\s+Socket|socket\.tcp")
_THEIR_SHELL = re.compile(r"/bin/(?:ba|z|da|k)?sh\b|\bcmd\.exe\b|\bsh\s+-i\b|\bsh\s{0,4}<&|powershell")


@dataclass(frozen=True, slots=True)
class RemoteShell:
    """`sink` is the line where shell and connection meet, `started` starts the shell when that is another line.

    `host` is where it connects to, as far as that is known; `listens` says that it waits to be connected to.
    """

    sink: Fact
    started: Fact | None
    host: str | None
    listens: bool


def remote_shells(file: FileFacts) -> Iterator[RemoteShell]:
    """Each line of one file that gives a shell to a connection."""
    connections = [fact for fact in file.facts if fact.id is FactId.NETWORK and _is_connection(fact.detail)]
    shells = [fact for fact in file.facts if fact.id is FactId.PROCESS and _starts_shell(fact)]
    answers = _answers(file)
    for fact in file.facts:
        started = _meets(fact, file, shells, answers)
        if started is not None:
            yield _told(fact, started, connections)


def _meets(fact: Fact, file: FileFacts, shells: list[Fact], answers: set[int]) -> Fact | None:
    """The fact that starts the shell which this fact joins to a connection; None when it joins none."""
    match fact.id:
        case FactId.PROCESS if _from_connection(fact):
            return _driven(fact, shells, answers)
        case FactId.PROCESS | FactId.INSTALL_SCRIPT if _is_in_another_language(fact.evidence):
            return fact
        case FactId.NETWORK if _is_connection(fact.detail):
            lines = {origin.line for origin in fact.origins if origin.kind is OriginKind.PROCESS}
            return next((shell for shell in shells if shell.line in lines), None)
        case FactId.DYNAMIC_CODE if fact.detail == _POWERSHELL_RUNS:
            opened = any(other.detail == _POWERSHELL_CONNECTION for other in file.facts)
            return fact if opened else None
        case FactId.DYNAMIC_CODE if file.language not in _PROGRAMMING and _from_connection(fact):
            return fact  # `eval "$line"`
        case _:
            return None


def _driven(fact: Fact, shells: list[Fact], answers: set[int]) -> Fact | None:
    """For a process that a connection reaches: it is a shell, one of this file is, or its output goes back."""
    if _HANDS_OVER.search(fact.detail) or _TAKES_INPUT.search(fact.detail):
        return shells[0] if shells else None
    if fact.detail in SHELLS or _is_connection(fact.detail) or _starts_shell(fact):
        return fact
    return fact if fact.line in answers or fact.detail.startswith("$") else None


def _answers(file: FileFacts) -> set[int]:
    """The lines of programs whose output goes over a connection."""
    return {
        origin.line
        for fact in file.facts
        if fact.id is FactId.NETWORK and _is_connection(fact.detail)
        for origin in fact.origins
        if origin.kind is OriginKind.PROCESS
    }


def _told(fact: Fact, started: Fact, connections: list[Fact]) -> RemoteShell:
    hosts = fact.hosts or started.hosts or next((one.hosts for one in connections if one.hosts), ())
    servers = [one for one in connections if _LISTENS.search(one.detail)]
    clients = [one for one in connections if one not in servers and not one.detail.endswith((".write", ".end"))]
    return RemoteShell(
        fact, started if started is not fact else None, next(iter(hosts), None), bool(servers) and not clients
    )


def _is_connection(detail: str) -> bool:
    return _CONNECTIONS.match(detail) is not None


def _from_connection(fact: Fact) -> bool:
    return any(map(_is_received, fact.origins))


def _is_received(origin: Origin) -> bool:
    return origin.kind is OriginKind.DOWNLOAD and _is_connection(origin.detail)


def _starts_shell(fact: Fact) -> bool:
    """Whether it starts a shell that was given no command: it takes them from its input."""
    return not SHELLS.isdisjoint(fact.programs)


def _is_in_another_language(line: str) -> bool:
    """Code of a language that is not read: a connection and a shell in one line."""
    return bool(_OTHER_LANGUAGES.search(line) and _THEIR_CONNECTION.search(line) and _THEIR_SHELL.search(line))
