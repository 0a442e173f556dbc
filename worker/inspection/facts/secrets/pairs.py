"""Credentials of two halves that stand near each other, and logins that stand in the file of a known tool."""

from __future__ import annotations

from collections.abc import Iterator

import re2

from worker.inspection.facts.secrets import checksums
from worker.inspection.facts.secrets.placeholders import entropy, is_placeholder, is_plain_password
from worker.inspection.facts.secrets.secret import Secret

_AROUND = 2 << 10  # bytes around a key's id in which its secret is looked for
_LINES = 5
_SECRET_BITS = 4.3  # AWS secrets are forty random characters
_LOGINS = 20  # of one container configuration
_AWS_SECRET = re2.compile(r"(?:^|[^A-Za-z0-9/+=_-])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=_-]|$)")
_TWILIO_SECRET = re2.compile(r"(?:^|[^A-Za-z0-9/+=_-])([0-9a-f]{32}|[A-Za-z0-9]{32})(?:[^A-Za-z0-9/+=_-]|$)")
_TWILIO = re2.compile("(?i)twilio")
_AUTH = re2.compile(r'"auth"\s*:\s*"([A-Za-z0-9+/]{8,400}={0,2})"')


def aws(content: bytes, at: int) -> Iterator[Secret]:
    """A key's id, and the secret beside it where there is one: only the two together open anything."""
    key_id = content[at : at + 20]
    if (
        _is_word(content[at - 1 : at])
        or _is_word(content[at + 20 : at + 21])
        or is_placeholder(key_id.decode("latin-1"))
        or not checksums.aws_account(key_id[4:].decode("latin-1"))
    ):
        return
    prefix = key_id[:4].decode("latin-1")
    start, end = _lines_around(content, at, at + 20)
    for match in _AWS_SECRET.finditer(content[start:end].decode("latin-1")):
        text = match.group(1)
        if _is_random(text) and not is_placeholder(text):
            place = start + match.start(1)
            yield Secret("aws-key", prefix, at, at + 20, text.encode("latin-1"))
            yield Secret("aws-key", prefix, place, place + len(text), text.encode("latin-1"))
            return
    yield Secret("aws-key-id", prefix, at, at + 20, key_id)


def container_logins(content: bytes, at: int) -> Iterator[Secret]:
    """`"auths": {"host": {"auth": "…"}}`, as Docker's configuration has it: name and password in base64."""
    text = content[at : at + _AROUND].decode("latin-1")
    for count, match in enumerate(_AUTH.finditer(text)):
        login = checksums.decoded(match.group(1)) or b""
        name, colon, password = login.partition(b":")
        readable = login.isascii() and login.decode("ascii", "replace").isprintable()
        stand_in = is_plain_password(password.decode("latin-1")) or password.startswith((b"$", b"<", b"{"))
        if count < _LOGINS and colon and name and len(password) >= 8 and readable and not stand_in:
            yield Secret("docker-login", "", at + match.start(1), at + match.end(1), match.group(1).encode("latin-1"))


def twilio(content: bytes, at: int) -> Iterator[Secret]:
    """The id of an account or of a key, and the secret beside it; the id alone opens nothing and is not told."""
    if _is_word(content[at - 1 : at]) or _is_word(content[at + 34 : at + 35]):
        return
    start, end = _lines_around(content, at, at + 34)
    around = content[start:end].decode("latin-1")
    if not _TWILIO.search(around):
        return
    for match in _TWILIO_SECRET.finditer(around):
        text = match.group(1)
        if not is_placeholder(text) and any(map(str.isdigit, text)):
            place = start + match.start(1)
            yield Secret("twilio-key", "", place, place + len(text), text.encode("latin-1"))
            return


def _lines_around(content: bytes, start: int, end: int) -> tuple[int, int]:
    """Five lines before and after, but not far."""
    first, last = start, end
    for _ in range(_LINES + 1):
        first = content.rfind(b"\n", max(0, start - _AROUND), first)
        if first < 0:
            first = max(0, start - _AROUND)
            break
    for _ in range(_LINES + 1):
        last = content.find(b"\n", last + 1, end + _AROUND)
        if last < 0:
            last = min(len(content), end + _AROUND)
            break
    return first, last


def _is_random(text: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return entropy(text) >= _SECRET_BITS and all(any(kind(character) for character in text) for kind in kinds)


def _is_word(byte: bytes) -> bool:
    return byte.isalnum() or byte in (b"_", b"+", b"/")
