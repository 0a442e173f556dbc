"""Tokens on their way: in addresses, without TLS, and to the host that an answer names."""

from __future__ import annotations

import re

import re2

from worker.inspection.facts.token_handling.syntax import STRINGS, Source, upwards

_CARRIES = re2.compile(r"(?i)authorization|bearer\b|x-api-key|x-auth-token|private-token|access_?token|\bauth\s*[:=]")
_TALKS = re2.compile(
    r"(?i)\bfetch\(|axios|\brequests?\b|\bgot\b|superagent|needle|\.ajax\(|urlopen|httpx|aiohttp|session|client|"
    r"\bhttps?\.|\.(?:get|post|put|patch|delete|request)\("
)
_LINKS = re2.compile(r"(?i)reset|verif|confirm|invit|unsubscribe|activate|magic|signup|callback|preview")
_LOCAL = re2.compile(
    r"^(?:localhost|127\.|0\.0\.0\.0|10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|169\.254\.|host\.docker\.internal|"
    r"[a-z0-9-]+$|.*\.(?:local|internal|localhost|test|svc)$|(?:.*\.)?example\.(?:com|org|net)$)"
)


def in_url(source: Source, start: int, end: int) -> str | None:
    """A parameter of an address that is filled with a token. Links that are made to be sent to people do not count."""
    node = source.at(start, start + 1)
    if node is None or not any(one.type in STRINGS for one in upwards(node)):
        return None
    statement = source.statement_around(node)
    if not statement or _LINKS.search(statement):
        return None
    return source.content[start + 1 : end].partition(b"=")[0].decode("ascii").lower()


def tls_off(source: Source, start: int, end: int) -> str | None:
    """A request that carries a token and believes any server: both in one statement, and no option of the caller's."""
    node = source.at(start, end)
    statement = source.statement_around(node) if node is not None else ""
    if not (_CARRIES.search(statement) and _TALKS.search(statement)):
        return None
    return "request " + source.content[start:end].decode("ascii", "replace")


def tls_off_everywhere(source: Source, start: int, end: int) -> str | None:
    """The whole process believes any server from then on."""
    node = source.at(start, end)
    statement = source.statement_around(node) if node is not None else ""
    if source.language == "python" and "_create_unverified_context" not in statement:
        return None
    is_set = "=" in statement and not re.search(r"delete\s", statement)
    name = re.match(r"\w+", source.content[start:end].decode("ascii", "replace"))
    return f"process {name.group()}" if is_set and name else None


def clear_text(source: Source, start: int, end: int) -> str | None:
    """A request over `http://` to a host that is not near, with a token in the same statement."""
    node = source.at(start + 1, end)
    host = source.content[start + 1 : end].decode("ascii").removeprefix("http://").lower().rstrip(".")
    if node is None or _LOCAL.search(host) or "." not in host:
        return None
    call = source.call_around(node)
    text = source.text(call)
    return host if _CARRIES.search(text) and _TALKS.search(text) else None


def kept_on_redirect(source: Source, start: int, end: int) -> str | None:
    """A client that shows the token to whatever host an answer names."""
    node = source.at(start, end)
    clue = source.content[start:end].decode("ascii", "replace")
    if node is None:
        return None
    if clue.startswith("def "):
        function = next((one for one in upwards(node) if one.type == "function_definition"), None)
        body = source.text(function.child_by_field_name("body")) if function is not None else ""
        keeps = re.fullmatch(r'(?s)\s*(?:"""(?:[^"]|"(?!""))*"""\s*)?(?:pass|return(?: False| None)?|\.\.\.)\s*', body)
        return clue.removeprefix("def ").rstrip("(") if keeps else None
    if clue == "beforeRedirect":
        statement = source.statement_around(node)
        return clue if re.search(r"(?i)headers[.\[\"']+authorization[\"'\]]*\s*=[^=]", statement) else None
    return clue
