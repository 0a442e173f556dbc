"""Programs that talk to the network: where to, with what data, and where the answer goes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

import re2
from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.hosts import host_of, hosts_in, is_host
from worker.inspection.facts.shell import spreading
from worker.inspection.facts.shell.data import NOTHING, Data, origins_of
from worker.inspection.facts.shell.machine import Machine
from worker.inspection.facts.vocabulary import is_metadata_host

_FETCHERS = frozenset({"curl", "wget", "http", "https", "xh", "aria2c", "lynx", "fetch", "axel", "links"})
_SOCKETS = frozenset({"nc", "ncat", "netcat", "telnet", "socat", "openssl"})
_REMOTE = frozenset({"ssh", "scp", "sftp", "rsync", "ftp", "tftp", "lftp", "ssh-copy-id"})
_NAMES = frozenset({"dig", "nslookup", "host", "ping", "drill"})
_CLOUD = {"git": frozenset({"clone", "fetch", "pull", "push", "ls-remote"}), "gh": frozenset({"api", "gist", "repo"}),
          "aws": frozenset({"s3", "s3api", "sts", "secretsmanager", "ssm"}), "gsutil": frozenset({"cp", "rsync"}),
          "certutil": frozenset({"-urlcache", "-verifyctl"}), "bitsadmin": frozenset({"/transfer"}),
          "mshta": frozenset(), "regsvr": frozenset(), "msiexec": frozenset()}  # fmt: skip
PROGRAMS = _FETCHERS | _SOCKETS | _REMOTE | _NAMES | frozenset(_CLOUD)

_UNKNOWN = re2.compile(r"\$\([^)]*\)|\$\{[^}]*\}|\$\w+|`[^`]*`")

# Options that take a value which is neither an address nor a file to send.
_VALUES = frozenset(
    {"-H", "--header", "-A", "--user-agent", "-e", "--referer", "-u", "--user", "-b", "--cookie", "-c", "--cookie-jar",
     "-X", "--request", "-m", "--max-time", "--connect-timeout", "--retry", "--retry-delay", "-x", "--proxy", "-w",
     "--write-out", "-r", "--range", "--cacert", "--cert", "--key", "-U", "--tries", "-t", "-T", "--timeout", "-P",
     "--directory-prefix", "-p", "-i", "-l", "-F", "-o", "-L", "-D", "-J", "--method", "--body-data"}
)  # fmt: skip
_DATA = ("-d", "--data", "-F", "--form", "-T", "--upload-file", "--post-data", "--post-file", "--json", "--body-file")
_STANDARD_INPUT = frozenset({"-", "@-", ".", "@/dev/stdin", "/dev/stdin"})


def run(shell: Machine, node: Node, name: str, words: list[Data], given: Data) -> Data:
    """Run one of `PROGRAMS`."""
    arguments = words[1:]
    if name in _FETCHERS:
        return _fetch(shell, node, name, arguments, given)
    texts = [word.text for word in arguments]
    if name in {"git", "gh"}:
        found = spreading.of_repositories(shell, node, name, texts)
        if found is not None:
            return found
    if name in _CLOUD:
        if _CLOUD[name] and not _CLOUD[name].intersection(texts):
            return Data(origins=given.origins)
        return _cloud(shell, node, name, arguments)
    if name == "openssl" and "s_client" not in texts:
        return Data(origins=given.origins | origins_of(arguments))
    if name == "rsync" and not any(":" in text for text in texts):
        return NOTHING
    hosts = _first_host([_address(text) for text in texts])
    sent = origins_of(arguments) | given.origins | origins_of(_sent_files(shell, node, arguments))
    shell.add(FactId.NETWORK, node, name, sent, hosts)
    origin = frozenset({Origin(OriginKind.DOWNLOAD, shell.line(node), name)})
    if name in _SOCKETS and any(
        text in {"-e", "-c", "--exec", "--sh-exec"} or "exec:" in text.lower() for text in texts
    ):
        shell.add(FactId.PROCESS, node, name, origin, hosts)
    return Data(origins=origin, hosts=hosts) if name in _SOCKETS | _REMOTE else NOTHING


def _fetch(shell: Machine, node: Node, name: str, arguments: list[Data], given: Data) -> Data:
    """`curl` and its kin."""
    hosts = _hosts(arguments)
    sent = set(origins_of(arguments))
    for data in _sent_files(shell, node, arguments, bare=False):
        sent |= data.origins
    if any(word.text in _STANDARD_INPUT or word.text.endswith("=@-") for word in arguments):
        sent |= given.origins
    shell.add(FactId.NETWORK, node, name, frozenset(sent), hosts)
    kind = OriginKind.METADATA_SERVICE if any(map(is_metadata_host, hosts)) else OriginKind.DOWNLOAD
    detail = hosts[0] if kind is OriginKind.METADATA_SERVICE else name
    answer = Data(origins=frozenset({Origin(kind, shell.line(node), detail)}), hosts=hosts)
    target = _target(name, arguments)
    if target is None or target in {"-", "/dev/stdout"}:
        return answer
    shell.write(node, target, answer)
    return NOTHING


def _hosts(arguments: list[Data]) -> tuple[str, ...]:
    found: list[str] = []
    takes_value = False
    for word in arguments:
        found += hosts_in(_address(word.text))
        is_option = word.text.startswith("-")
        if not is_option and not takes_value and "://" not in word.text and "=" not in word.text:
            host = host_of(_address(word.text))
            if host is not None and _is_name(host):
                found.append(host)
        takes_value = is_option and (word.text in _VALUES or word.text in _DATA)
    return tuple(dict.fromkeys(found))


def _address(text: str) -> str:
    """A word with the parts that are not known as holes: `$(id).drop.example` is still a host."""
    return str(_UNKNOWN.sub(lambda _match: "\U00100000", text)) if "$" in text or "`" in text else text


def _is_name(host: str) -> bool:
    """A dotted name or an address; no file name is meant where a program expects a host."""
    return (
        is_host(host) and ("." in host or host == "localhost") and not host.endswith((".sh", ".json", ".txt", ".zip"))
    )


def _target(name: str, arguments: list[Data]) -> str | None:
    """The file that a download goes to; None for standard output."""
    texts = [word.text for word in arguments]
    for at, text in enumerate(texts):
        if text in {"-o", "--output", "--out"} or (text == "-O" and name != "curl"):
            return texts[at + 1] if at + 1 < len(texts) else None
        if text.startswith(("--output=", "--output-document=")):
            return text.partition("=")[2]
        if text == "--output-document" and at + 1 < len(texts):
            return texts[at + 1]
        if (
            name == "curl"
            and text.startswith("-")
            and not text.startswith("--")
            and text[-1:] == "o"
            and text[1:2] != "o"
        ):
            return texts[at + 1] if at + 1 < len(texts) else None
        if name == "wget" and text.startswith("-") and not text.startswith("--") and "O" in text:
            return text.partition("O")[2] or (texts[at + 1] if at + 1 < len(texts) else None)
    remote_name = name in {"wget", "aria2c", "axel"} or any(
        text == "--remote-name" or (text[:1] == "-" and text[:2] != "--" and "O" in text) for text in texts
    )
    address = next((text for text in texts if "://" in text), texts[-1] if texts else "")
    return posixpath.basename(address.partition("?")[0].rstrip("/")) or None if remote_name else None


def _sent_files(shell: Machine, node: Node, arguments: list[Data], *, bare: bool = True) -> list[Data]:
    """Files that the arguments send: `-d @file`, `-F x=@file`, `-T file`, `--post-file=file`; or just named."""
    found = []
    for at, word in enumerate(arguments):
        before = arguments[at - 1].text if at else ""
        text = word.text
        if text.startswith(("--post-file=", "--body-file=", "--upload-file=")):
            text = "@" + text.partition("=")[2]
        elif before in {"-T", "--upload-file", "--post-file", "--body-file"} and not text.startswith("-"):
            text = "@" + text
        name, at_sign, path = text.rpartition("@")
        is_sent = at_sign and (not name or name.endswith("=") or name in _DATA)
        if is_sent and path and path != "-":
            found.append(shell.content(node, Data(path.partition(";")[0])))
        elif bare and text.startswith(("~", "/", "%")) and not at_sign and not text.startswith(("/bin/", "/usr/bin/")):
            found.append(shell.content(node, Data(text)))
    return found


def _cloud(shell: Machine, node: Node, name: str, arguments: list[Data]) -> Data:
    hosts = tuple(dict.fromkeys(host for word in arguments for host in hosts_in(_address(word.text))))
    if name in {"regsvr", "mshta", "msiexec"}:
        if hosts:
            origin = frozenset({Origin(OriginKind.DOWNLOAD, shell.line(node), name)})
            shell.add(FactId.NETWORK, node, name, hosts=hosts)
            shell.add(FactId.PROCESS, node, name, origin, hosts)
        return NOTHING
    sent = origins_of([*arguments, *_sent_files(shell, node, arguments)])
    shell.add(FactId.NETWORK, node, name, sent, hosts)
    answer = Data(origins=frozenset({Origin(OriginKind.DOWNLOAD, shell.line(node), name)}), hosts=hosts)
    if name in {"certutil", "bitsadmin"} and arguments:
        shell.write(node, arguments[-1].text, answer)
        return NOTHING
    return answer if name in {"gh", "aws", "gsutil"} else NOTHING


def _first_host(texts: Iterable[str]) -> tuple[str, ...]:
    for text in texts:
        urls = hosts_in(text)
        if urls:
            return urls
        if text.startswith(("-", "+", "/", "~", "@")):
            continue
        host = host_of(text.rpartition("@")[2].replace("tcp:", "").replace("TCP:", ""))
        if host is not None and _is_name(host):
            return (host,)
    return ()
