"""One pass over the bytes of a file → the credentials in it, whatever the file is called.

The pass looks for clues only (600 MB/s where there are none); a clue is then read, proved, and held against examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import re2

from app.core.secret import Mark
from app.core.specimen import Fact, FactId
from worker.inspection.facts.secrets import private_keys
from worker.inspection.facts.secrets.checksums import decoded
from worker.inspection.facts.secrets.formats import FORMATS, Format
from worker.inspection.facts.secrets.placeholders import entropy, is_placeholder, is_published

MOST_CLUES = 20_000  # of one file that are followed
MOST_FACTS = 100  # of one file
_REACH = 8 << 10  # bytes after a clue that are looked at
_BEFORE = 40  # characters of the line that are shown
_AROUND = 2 << 10  # bytes around a key's id in which its secret is looked for
_LINES = 5
_SECRET_BITS = 4.3  # AWS secrets are forty random characters
_LOGINS = 20  # of one container configuration


@dataclass(frozen=True, slots=True)
class Secret:
    """One credential. `start` and `end` are its place in the content; `value` is what makes it itself."""

    credential: str
    prefix: str
    start: int
    end: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Search:
    """What one file holds. `complete` is False when it had more clues than are followed."""

    secrets: tuple[Secret, ...] = ()
    complete: bool = True


def search(content: bytes) -> Search:
    """All credentials of a file, in its order."""
    found: list[Secret] = []
    after = 0
    for count, clue in enumerate(_CLUES.finditer(content)):
        if count == MOST_CLUES:
            return Search(tuple(found), complete=False)
        if clue.start() < after:
            continue
        for secret in _read(content, clue.start()):
            found.append(secret)
            after = max(after, secret.end)
    return Search(tuple(found))


def told(content: bytes, secrets: tuple[Secret, ...]) -> Iterator[Fact]:
    """What may be told of them: the mark, and the beginning of the line."""
    seen, line = 0, 1
    for secret in secrets[:MOST_FACTS]:
        if secret.start > seen:
            line, seen = line + content.count(b"\n", seen, secret.start), secret.start
        mark = Mark.of(secret.credential, secret.prefix, secret.value)
        yield Fact(FactId.SECRET, line, mark.text(), f"{_line_before(content, secret.start)}{mark.prefix}…")


def _read(content: bytes, at: int) -> Iterator[Secret]:
    if content.startswith(b"-----", at):
        yield from _private_key(content, at)
    elif content.startswith((b"AKIA", b"ASIA", b"ABIA", b"ACCA"), at):
        yield from _aws(content, at)
    elif content.startswith(b'"auths"', at):
        yield from _container_logins(content, at)
    elif content.startswith(_ENCODED, at):
        yield from _encoded(content, at)
    else:
        for form in FORMATS:
            secret = _token(content, at, form)
            if secret is not None:
                yield secret
                return


def _token(content: bytes, at: int, form: Format) -> Secret | None:
    start = max(0, at - form.back)
    text = content[start : at + _REACH].decode("latin-1")
    match = form.whole.search(text[: form.back + _REACH]) if form.back else form.whole.match(text)
    if match is None or not form.proof(*match.groups()) or (form.examples and is_placeholder(match.group(1))):
        return None
    token = match.group(1)
    prefix = token[:4] if form.own_prefix else ""
    return Secret(form.credential, prefix, start + match.start(1), start + match.end(1), token.encode("latin-1"))


def _private_key(content: bytes, at: int) -> Iterator[Secret]:
    place = private_keys.body_of(content, at)
    if place is None:
        return
    label = content[at : at + 80].removeprefix(b"-----BEGIN ").partition(b"-----")[0].decode("latin-1")
    key = private_keys.unprotected(label, content[slice(*place)].decode("latin-1"))
    if key is None or is_published(key):
        return
    around = content[max(0, at - _AROUND) : place[1] + _AROUND]
    account = b"service_account" in around and b"private_key" in around
    credential = "pgp-private-key" if label.startswith("PGP") else "gcp-service-account" if account else "private-key"
    yield Secret(credential, "", *place, key)


def _aws(content: bytes, at: int) -> Iterator[Secret]:
    """A key's id, and the secret beside it where there is one: only the two together open anything."""
    key_id = content[at : at + 20]
    if (
        _is_word(content[at - 1 : at])
        or _is_word(content[at + 20 : at + 21])
        or is_placeholder(key_id.decode("latin-1"))
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


def _container_logins(content: bytes, at: int) -> Iterator[Secret]:
    """`"auths": {"host": {"auth": "…"}}`, as Docker's configuration has it: name and password in base64."""
    text = content[at : at + _AROUND].decode("latin-1")
    for count, match in enumerate(_AUTH.finditer(text)):
        login = decoded(match.group(1)) or b""
        name, colon, password = login.partition(b":")
        readable = login.isascii() and login.decode("ascii", "replace").isprintable()
        stand_in = is_placeholder(password.decode("latin-1")) or password.startswith((b"$", b"<", b"{"))
        if count < _LOGINS and colon and name and len(password) >= 8 and readable and not stand_in:
            yield Secret("docker-login", "", at + match.start(1), at + match.end(1), match.group(1).encode("latin-1"))


def _encoded(content: bytes, at: int) -> Iterator[Secret]:
    """What a text in base64 begins with, one layer deep: so configuration and manifests carry keys."""
    run = _BASE64.match(content[at : at + private_keys.LARGEST].decode("latin-1"))
    plain = decoded(run.group()) if run else None
    for secret in search(plain).secrets if plain and not plain.startswith(_ENCODED) else ():
        yield Secret(secret.credential, secret.prefix, at, at + run.end(), secret.value)
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


def _line_before(content: bytes, start: int) -> str:
    begin = content.rfind(b"\n", max(0, start - _BEFORE * 4), start) + 1
    begin = max(begin, start - _BEFORE * 4)
    return content[begin:start].decode("utf-8", "replace").lstrip()[-_BEFORE:]


def _is_random(text: str) -> bool:
    kinds = (str.islower, str.isupper, str.isdigit)
    return entropy(text) >= _SECRET_BITS and all(any(kind(character) for character in text) for kind in kinds)


def _is_word(byte: bytes) -> bool:
    return byte.isalnum() or byte in (b"_", b"+", b"/")


def _over_bytes(pattern: bytes) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(pattern, options=options)


_AWS_SECRET = re2.compile(r"(?:^|[^A-Za-z0-9/+=_-])([A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=_-]|$)")
_AUTH = re2.compile(r'"auth"\s*:\s*"([A-Za-z0-9+/]{8,400}={0,2})"')
_BASE64 = re2.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_ENCODED = (b"Z2hwX", b"Z2hvX", b"Z2hzX", b"Z2h1X", b"Z2hyX", b"bnBtX", b"cHlwaS1BZ0", b"Z2xwYXQt", b"LS0tLS1CRUdJTi")
_SPECIAL = (
    rb"(?:Z2h[vwzy1]X|bnBtX|cHlwaS1BZ0|Z2xwYXQt|LS0tLS1CRUdJTi)[A-Za-z0-9+/_-]{40}",  # `ghp_`, `npm_` … in base64
    rb"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY(?: BLOCK)?-----",
    rb"A(?:KIA|SIA|BIA|CCA)[A-Z2-7]{16}",
    rb'"auths"',
)
_CLUES = _over_bytes(b"|".join(b"(?:" + clue + b")" for clue in (*_SPECIAL, *(form.clue for form in FORMATS))))
