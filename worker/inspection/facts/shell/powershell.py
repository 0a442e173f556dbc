"""PowerShell, statement by statement: a small reader of its own, for there is no grammar of it here."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import replace

import re2
from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from app.core.vital_places import PROJECT, vital_place
from worker.inspection.facts.folders import FOLDERS
from worker.inspection.facts.found import WHOLE
from worker.inspection.facts.hosts import hosts_in
from worker.inspection.facts.shell.data import NOTHING, Data, constant
from worker.inspection.facts.shell.machine import Machine
from worker.inspection.facts.vocabulary import credential_file

_STATEMENTS = 20_000
_LONGEST = 1 << 16  # characters of one statement
_ASSIGNS = re2.compile(r"(?s)^\s*\$(\w+)\s*\+?=\s*(.*)$")
_USES = re2.compile(r"\$(\w+)")
_HOME = re2.compile(r"(?i)\$home\b")
_VARIABLE = re2.compile(r"(?i)\$\{?env:(\w+)\}?")
_ALL_VARIABLES = re2.compile(r"(?i)(?:get-childitem|gci|dir|ls)\s+env:|getenvironmentvariables\(")
_FETCHES = re2.compile(
    r"(?i)\b(invoke-webrequest|iwr|invoke-restmethod|irm|start-bitstransfer|curl|wget)(?:\.exe)?\b"
    r"|\.(download(?:string|file|data)|upload(?:string|file|data|values)|getstringasync|postasync)"
    r"|(net\.sockets\.tcpclient|resolve-dnsname)"
)
_DECODES = re2.compile(r"(?i)(frombase64string|io\.compression\.\w+stream)")
_BLOB = re2.compile(r"""['"]([A-Za-z0-9+/]{8,}={0,2})['"]""")
_RUNS_CODE = re2.compile(r"(?i)(?:^|[\s|;&({.])(iex|invoke-expression|\[scriptblock\]::create|invoke-command|icm)\b")
_STARTS = re2.compile(
    r"""(?i)(?:^|[\s|;({])(?:start-process|saps|invoke-item|ii|start|&)\s+(?:-filepath\s+)?['"]?([^\s'"|;)]+)"""
)
_TARGET = re2.compile(r"""(?i)(?:-outfile|-o|-destination|-filepath|-path)\s+['"]?([^\s'";|)]+)""")
_SAVES = re2.compile(r"""(?i)downloadfile\([^,]+,\s*['"]?([^'")]+)""")
_WRITES = re2.compile(
    r"(?i)\b(set-content|add-content|out-file|new-itemproperty|set-itemproperty|writealltext|writeallbytes)\b"
)
_KEY = re2.compile(r"(?i)(hk(?:cu|lm):[^\s'\";]+)")
_TASK = re2.compile(r"(?i)\b(register-scheduledtask|new-scheduledtask|schtasks|new-service)\b")
_CLIPBOARD = re2.compile(r"(?i)\b(get|set)-clipboard\b|clipboard\]::(get|set)text")
_REMOVES = re2.compile(r"(?i)^(?:.*[\s|;({])?(?:remove-item|ri|rm|rd|del|erase|rmdir)\s")
_CLEARS = re2.compile(r"(?i)\b(clear-disk|format-volume|initialize-disk)\b|\b(win32_shadowcopy)\b.*\bdelete\b")
_TEXTS = re2.compile(r"""['"]([^'"]+)['"]|([~$%\\/.\w:-]+)""")
_JOINED = re2.compile(r"""['"]\s*\+\s*['"]""")


def encoded(shell: Machine, node: Node | int, blob: Data) -> None:
    """`-EncodedCommand`: UTF-16 in base64."""
    shell.add(FactId.DECODE, node, "-EncodedCommand")
    text = _plain_text(blob.text)
    if text is None and not blob.origins:  # whatever the caller makes: nobody can say that it was hidden
        shell.add(FactId.PROCESS, node, "powershell")
        return
    origin = Origin(OriginKind.DECODED, shell.line(node), "-EncodedCommand")
    shell.add(FactId.PROCESS, node, "powershell", blob.origins | {origin})
    if text is not None:
        command(shell, node, constant(text))


def _plain_text(blob: str) -> str | None:
    try:
        data = base64.b64decode(blob + "=" * (-len(blob) % 4), validate=True)
    except (ValueError, binascii.Error):
        return None
    wide = len(data) > 1 and data[1::2].count(0) > len(data) // 4
    return data.decode("utf-16-le" if wide else "utf-8", "replace")


def command(shell: Machine, node: Node | int, code: Data) -> Data:
    """PowerShell code in a command line: its facts, and what it prints as far as that is a download."""
    printed = NOTHING
    for _, statement in statements(code.text):
        shell.budget.check()
        found = _statement(shell, node, statement)
        printed = replace(printed, origins=printed.origins | found.origins, hosts=printed.hosts + found.hosts)
    return printed


def script(shell: Machine, text: str) -> None:
    """A `.ps1` file."""
    for line, statement in statements(text):
        shell.budget.check()
        _statement(shell, line, statement)


def statements(text: str) -> Iterator[tuple[int, str]]:
    """Statements with their 1-based line: cut at line ends and semicolons outside of quotes; comments left out."""
    line = start_line = 1
    piece: list[str] = []
    quote = ""
    count = 0
    comment = False
    for at, character in enumerate(text):
        if character == "\n":
            line += 1
        if comment:
            comment = character != "\n"
            continue
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#" and text[at - 1 : at] in {"", "\n", " ", ";"}:
            comment = True
            continue
        elif (character == "\n" and piece[-1:] not in (["`"], ["|"])) or character == ";":
            if piece:
                yield start_line, "".join(piece)[:_LONGEST]
                count += 1
            piece, start_line = [], line
            if count >= _STATEMENTS:
                return
            continue
        piece.append(character)
    if piece:
        yield start_line, "".join(piece)[:_LONGEST]


def _statement(shell: Machine, node: Node | int, statement: str) -> Data:
    statement = _HOME.sub("~", _JOINED.sub("", statement.replace("`", "")))
    statement = _VARIABLE.sub(lambda match: FOLDERS.get(match.group(1).upper(), match.group(0)), statement)
    assigned = _ASSIGNS.match(statement)
    body = assigned.group(2) if assigned is not None else statement
    hosts = hosts_in(body) or next(
        (shell.variables[one].hosts for one in _USES.findall(body) if one in shell.variables), ()
    )
    origins = _origins(shell, node, body)
    fetched = _FETCHES.search(body)
    if fetched is not None:
        name = next(group for group in fetched.groups() if group).lower()
        shell.add(FactId.NETWORK, node, name, frozenset(origins), hosts)
        origins.add(Origin(OriginKind.DOWNLOAD, shell.line(node), name))
    decoded = _DECODES.search(body)
    if decoded is not None:
        shell.add(FactId.DECODE, node, decoded.group(1).lower())
        origins.add(Origin(OriginKind.DECODED, shell.line(node), decoded.group(1).lower()))
    found = Data(origins=frozenset(origins), hosts=hosts)
    _removes(shell, node, body)
    for way in _CLIPBOARD.findall(body):
        reads = "get" in "".join(way).lower()
        shell.add(FactId.CLIPBOARD, node, "reads: Get-Clipboard" if reads else "writes: Set-Clipboard", found.origins)
    _writes(shell, node, body, found, fetched=fetched is not None)
    _runs(shell, node, body, found)
    if assigned is not None:
        value = next((one for one, _ in _TEXTS.findall(body) if one), "")
        shell.variables[assigned.group(1)] = replace(found, text=value)
    return found


def _removes(shell: Machine, node: Node | int, body: str) -> None:
    """`Remove-Item -Recurse ~`, and what clears disks."""
    if _REMOVES.search(body) and "-r" in body.lower():
        for quoted, bare in _TEXTS.findall(body):
            path = (quoted or bare).replace("\\", "/")
            if vital_place(path) not in (None, PROJECT):
                shell.add(FactId.WIPE, node, f"deletes {path}"[:200])
    cleared = _CLEARS.search(body)
    if cleared is not None:
        place = "a disk" if cleared.group(1) else "the backups"
        shell.add(FactId.WIPE, node, f"{'overwrites' if cleared.group(1) else 'deletes'} {place}")


def _origins(shell: Machine, node: Node | int, body: str) -> set[Origin]:
    line = shell.line(node)
    origins: set[Origin] = set()
    for name in dict.fromkeys(_VARIABLE.findall(body)):
        if name.upper() not in {"PATH", "OS", "COMPUTERNAME", "PROCESSOR_ARCHITECTURE"}:
            shell.add(FactId.ENVIRONMENT, node, name)
            origins.add(Origin(OriginKind.ENVIRONMENT, line, name))
    if _ALL_VARIABLES.search(body):
        origins.add(Origin(OriginKind.ENVIRONMENT, line, WHOLE))
    for name in dict.fromkeys(_USES.findall(body)):
        if name in shell.variables:
            origins |= shell.variables[name].origins
    for quoted, bare in _TEXTS.findall(body):
        path = (quoted or bare)[:1_024].replace("\\", "/")
        if len(path) > 3 and credential_file(path) is not None:
            shell.add(FactId.CREDENTIAL_FILE, node, path[:200])
            origins.add(Origin(OriginKind.CREDENTIAL_FILE, line, path[:200]))
    return origins


def _writes(shell: Machine, node: Node | int, body: str, found: Data, *, fetched: bool) -> None:
    target = _SAVES.search(body) or (_TARGET.search(body) if fetched or _WRITES.search(body) else None)
    key = _KEY.search(body)
    if key is not None and _WRITES.search(body):
        shell.add(FactId.FILE_WRITE, node, key.group(1)[:200], found.origins)
    elif target is not None:
        shell.write(node, _path(shell, target.group(1)), found)
    task = _TASK.search(body)
    if task is not None:
        shell.add(FactId.FILE_WRITE, node, task.group(1).lower())


def _runs(shell: Machine, node: Node | int, body: str, found: Data) -> None:
    code = _RUNS_CODE.search(body)
    if code is not None:
        shell.add(FactId.DYNAMIC_CODE, node, "Invoke-Expression", found.origins, found.hosts)
        for blob in _BLOB.findall(body)[:4]:
            text = _plain_text(blob)
            if text is not None and _DECODES.search(body) and text.isprintable():
                command(shell, node, constant(text))
    started = _STARTS.search(body)
    path = started.group(1) if started is not None else body.strip().split(" ")[0].strip("'\"")
    if started is not None or path.startswith((".\\", "./")) or path in shell.written:
        shell.started(node, Data(_path(shell, path)), "powershell")


def _path(shell: Machine, text: str) -> str:
    """A path with the variables that hold constants, and with folders as other languages say them."""
    text = text.strip("'\"() ")
    if text.startswith("$") and text[1:] in shell.variables:
        text = shell.variables[text[1:]].text or text
    return text.replace("\\", "/")
