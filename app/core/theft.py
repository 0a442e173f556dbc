"""Secrets that a file reads and that leave for somebody else than their issuer: by a data flow, or in one file.

Shared by the rule that tells them and by those that leave such lines to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core import stores
from app.core.evidence import UNASKED
from app.core.finding import Reach, Severity
from app.core.providers import is_home, is_local, is_registry, owner_of_file, owner_of_variable, shares_a_word
from app.core.specimen import Fact, FactId, FileFacts, Origin, OriginKind
from app.core.vocabulary import credential_file, is_secret_variable

_SENDS = frozenset({FactId.NETWORK, FactId.PROCESS})  # a program counts when it is known which host it talks to
# What no program sends anywhere for its own work.
_NEVER_SENT = frozenset(
    {
        "SSH keys",
        "PGP keys",
        "shell history",
        "system passwords",
        *stores.KINDS,
    }
)
_LOGS_IN = frozenset({"SSH keys"})
_REMOTE_SHELLS = ("ssh", "paramiko", "fabric", "sftp", "scp", "rsync")


@dataclass(frozen=True, slots=True)
class Theft:
    """A secret, the line that sends it (or something), and how grave that is."""

    origin: Origin
    sink: Fact
    host: str | None
    severity: Severity
    flows: bool  # a data flow leads from one to the other; otherwise they share a file


def thefts(file: FileFacts) -> list[Theft]:
    """What one file takes away, the gravest first: by data flow if there is any, otherwise what shares the file."""
    found = list(_by_flow(file)) or list(_by_file(file))
    return sorted(found, key=lambda theft: -theft.severity.rank)


def _by_flow(file: FileFacts) -> Iterator[Theft]:
    """Secrets that a local data flow leads to the network."""
    for sink in file.facts:
        if sink.id not in _SENDS or (sink.id is FactId.PROCESS and not sink.hosts):
            continue
        for origin in sink.origins:
            if _is_login(origin, sink):
                continue
            severity = _graveness(origin, sink.hosts, file.reach)
            hosts = _hosts_of_call(file, sink)
            if severity is Severity.CRITICAL and _goes_home_too(origin, hosts) and file.reach not in UNASKED:
                # One call for the addresses of several callers: which of them gets the secret is not known.
                severity = Severity.HIGH if _strangers(origin, hosts) else Severity.MEDIUM
            if severity is not None:
                yield Theft(origin, sink, _stranger(origin, sink.hosts), severity, flows=True)


def _by_file(file: FileFacts) -> Iterator[Theft]:
    """Credentials that are read in a file that talks to somebody else than their issuer, and runs by itself."""
    if file.reach not in UNASKED and file.reach is not Reach.IMPORT:
        return
    secrets = [_secret(fact) for fact in file.facts]
    sinks = [fact for fact in file.facts if fact.id is FactId.NETWORK or (fact.id is FactId.PROCESS and fact.hosts)]
    for origin in filter(None, secrets):
        kept = credential_file(origin.detail) if origin.kind is OriginKind.CREDENTIAL_FILE else None
        if kept is None and file.reach not in UNASKED:
            continue  # a token of the environment alone is what every client of a service reads
        for sink in sinks:
            host = _stranger(origin, sink.hosts)
            if _is_login(origin, sink):
                continue
            if host is not None or (not sink.hosts and (file.reach in UNASKED or kept in _NEVER_SENT - _LOGS_IN)):
                has_business = kept is None and any(_goes_home_too(origin, other.hosts) for other in sinks)
                yield Theft(origin, sink, host, Severity.MEDIUM if has_business else Severity.HIGH, flows=False)


def _secret(fact: Fact) -> Origin | None:
    """A fact as the secret that it reads, or None."""
    if fact.id is FactId.CREDENTIAL_FILE:
        return Origin(OriginKind.CREDENTIAL_FILE, fact.line, fact.detail)
    if fact.id is FactId.ENVIRONMENT and is_secret_variable(fact.detail) and owner_of_variable(fact.detail):
        return Origin(OriginKind.ENVIRONMENT, fact.line, fact.detail)
    return None


def _graveness(origin: Origin, hosts: Sequence[str], reach: Reach) -> Severity | None:
    """How grave it is that this origin reaches these hosts (none: nobody knows which)."""
    stranger = _stranger(origin, hosts)
    if hosts and stranger is None:
        return None
    unasked = reach in UNASKED
    match origin.kind:
        case OriginKind.CREDENTIAL_FILE:
            if stranger or unasked or credential_file(origin.detail) in _NEVER_SENT:
                return Severity.CRITICAL
            return Severity.MEDIUM
        case OriginKind.METADATA_SERVICE:
            return Severity.CRITICAL if stranger or unasked else None
        case OriginKind.ENVIRONMENT if is_secret_variable(origin.detail):
            if owner_of_variable(origin.detail) is None:
                return Severity.HIGH if unasked else None
            return Severity.CRITICAL if stranger or unasked else None
        case _:
            return None


def _is_login(origin: Origin, sink: Fact) -> bool:
    """Whether a client for remote shells uses a key: it proves that it has it, and does not send it."""
    if origin.kind is not OriginKind.CREDENTIAL_FILE or credential_file(origin.detail) not in _LOGS_IN:
        return False
    return any(client in sink.detail.lower() for client in _REMOTE_SHELLS)


def _stranger(origin: Origin, hosts: Sequence[str]) -> str | None:
    """The first host that has no business with the secret, or None."""
    return next((host for host in hosts if not is_local(host) and not _may_know(origin, host)), None)


def _hosts_of_call(file: FileFacts, sink: Fact) -> list[str]:
    """The hosts of one call, which is a fact for each of its callers."""
    return [host for fact in file.facts if (fact.line, fact.detail) == (sink.line, sink.detail) for host in fact.hosts]


def _goes_home_too(origin: Origin, hosts: Sequence[str]) -> bool:
    """Whether the issuer of the secret is among these hosts."""
    return any(not is_local(host) and _may_know(origin, host) for host in hosts)


def _strangers(origin: Origin, hosts: Sequence[str]) -> list[str]:
    """The hosts that have no business with the secret and are no public registry, which many a client asks as well."""
    return [host for host in hosts if not is_local(host) and not _may_know(origin, host) and not is_registry(host)]


def _may_know(origin: Origin, host: str) -> bool:
    if origin.kind is OriginKind.CREDENTIAL_FILE:
        owner = owner_of_file(credential_file(origin.detail) or "")
        return owner is not None and is_home(owner, host)
    if origin.kind is OriginKind.ENVIRONMENT and origin.detail != "*":
        owner = owner_of_variable(origin.detail)
        return shares_a_word(origin.detail, host) if owner is None else is_home(owner, host)
    return False
