"""One pass over the bytes of a file → the credentials in it, whatever the file is called.

The pass looks for clues only (600 MB/s where there are none); a clue is then read, proved, and held against examples.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import re2

from app.core.secret import Mark
from app.core.specimen import Fact, FactId
from worker.inspection.facts.secrets import pairs, private_keys
from worker.inspection.facts.secrets.checksums import decoded
from worker.inspection.facts.secrets.formats import FORMATS, Format
from worker.inspection.facts.secrets.placeholders import is_placeholder, is_published
from worker.inspection.facts.secrets.secret import Secret

MOST_CLUES = 20_000  # of one file that are followed
MOST_FACTS = 100  # of one file
_REACH = 4 << 10  # bytes after a clue that are looked at
_BEFORE = 40  # characters of the line that are shown
_AROUND = 2 << 10  # bytes around a key in which a word says whose it is
_NEAR = 300  # bytes around a credential in which its provider is named
_PREFIX = 4
_SPLIT = 160  # bytes after a start in which the first of several texts ends
_PIECES = 640  # bytes in which all of them stand
_LARGEST_SOURCE = 4 << 20  # bytes of a text in an address of data


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
    elif content.startswith(_AWS_IDS, at):
        yield from pairs.aws(content, at)
    elif content.startswith(b'"auths"', at):
        yield from pairs.container_logins(content, at)
    elif content.startswith(_ENCODED, at):
        yield from _encoded(content, at)
    elif content.startswith(_TWILIO_IDS, at):
        yield from pairs.twilio(content, at)
    elif content.startswith(_KEY_STORE, at):
        yield Secret("pkcs12-store", "", at, at + len(_KEY_STORE), content[max(0, at - 8) : at + _REACH])
    elif content.startswith(_DATA_ADDRESS, at):
        yield from _data_address(content, at)
    else:
        secret = _token(content, at) or _split_token(content, at)
        if secret is not None:
            yield secret


def _token(content: bytes, at: int) -> Secret | None:
    """The credential of one of the formats that begins at a clue, or around it."""
    inside_a_word = _is_inside_a_word(content, at)
    text = content[at : at + _REACH].decode("latin-1")
    for form in _BY_START.get(content[at : at + 2], ()):
        secret = None if form.bounded and inside_a_word else _read_as(form, text, exact=True)
        if secret is not None and _is_near(form, content, at):
            return replace(secret, start=at + secret.start, end=at + secret.end)
    for form, clue in _BY_MIDDLE:
        if clue.match(content, at, at + _REACH):
            start = max(0, at - form.back)
            secret = _read_as(form, content[start : at + _REACH].decode("latin-1"), exact=False)
            if secret is not None and _is_near(form, content, at):
                return replace(secret, start=start + secret.start, end=start + secret.end)
    return None


def _read_as(form: Format, text: str, *, exact: bool) -> Secret | None:
    match = form.whole.match(text) if exact else form.whole.search(text[: form.back + _REACH])
    if match is None or not form.proof(*match.groups()) or (form.examples and is_placeholder(match.group(1))):
        return None
    token = match.group(1)
    prefix = next((start for start in form.starts if token.startswith(start)), "")[:_PREFIX]
    return Secret(form.credential, prefix, match.start(1), match.end(1), token.encode("latin-1"))


def _split_token(content: bytes, at: int) -> Secret | None:
    """A credential that is written as texts one after another: what is between the quotes is left out."""
    text = content[at : at + _PIECES].decode("latin-1")
    joins = list(_JOINS.finditer(text, 0, _SPLIT))
    if not joins or _is_inside_a_word(content, at):
        return None
    joined = "".join([text[: joins[0].start()], _JOINS.sub("", text[joins[0].start() :])])
    for form in _BY_START.get(content[at : at + 2], ()):
        secret = _read_as(form, joined, exact=True)
        if secret is not None and form.near is None:
            left_out = sum(join.end() - join.start() for join in joins if join.start() <= secret.end)
            return replace(secret, start=at, end=min(at + secret.end + left_out, len(content)))
    return None


def _data_address(content: bytes, at: int) -> Iterator[Secret]:
    """Text that stands in a file as the address of its own data: so bundles carry their sources."""
    begin = content.find(b"base64,", at, at + _BEFORE * 3) + len(b"base64,")
    run = _BASE64_BYTES.match(content, begin, begin + _LARGEST_SOURCE)  # ends where the address does
    plain = decoded(run.group().decode("ascii")) if run else None
    for secret in search(plain).secrets if plain and not any(nested in plain for nested in _DATA_ADDRESS) else ():
        yield Secret(secret.credential, secret.prefix, begin, run.end(), secret.value)


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


def _encoded(content: bytes, at: int) -> Iterator[Secret]:
    """What a text in base64 begins with, one layer deep: so configuration and manifests carry keys."""
    run = _BASE64.match(content[at : at + private_keys.LARGEST].decode("latin-1"))
    plain = decoded(run.group()) if run else None
    for secret in search(plain).secrets if plain and not plain.startswith(_ENCODED) else ():
        yield Secret(secret.credential, secret.prefix, at, at + run.end(), secret.value)
        return


def _line_before(content: bytes, start: int) -> str:
    begin = content.rfind(b"\n", max(0, start - _BEFORE * 4), start) + 1
    begin = max(begin, start - _BEFORE * 4)
    return content[begin:start].decode("utf-8", "replace").lstrip()[-_BEFORE:]


def _is_inside_a_word(content: bytes, at: int) -> bool:
    """Whether what begins there goes on from something before; the end of an escape (`%3D`) does not count."""
    before = content[max(0, at - 6) : at]
    return bool(_ENDS_IN_WORD.search(before)) and not _ENDS_IN_ESCAPE.search(before)


def _is_near(form: Format, content: bytes, at: int) -> bool:
    """Whether the provider is named near by, for a form that says little itself."""
    return form.near is None or bool(form.near.search(content[max(0, at - _NEAR) : at + _NEAR].decode("latin-1")))


def _over_bytes(pattern: bytes) -> Any:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    options.max_mem = 32 << 20  # bytes of states: with RE2's usual 8 MiB the one pass takes a third longer
    return re2.compile(pattern, options=options)


def _begins_encoded(start: str) -> bytes:
    """What stands in base64 for a text that begins so, without the character that what follows decides as well."""
    return b64encode(start.encode())[: len(start) * 8 // 6]


def _clue(form: Format) -> bytes:
    begins = "|".join(map(re2.escape, form.starts))
    return f"(?:{begins}){form.then}".encode() if begins else form.then.encode()


def _by_start() -> dict[bytes, tuple[Format, ...]]:
    found: dict[bytes, list[Format]] = {}
    for form in FORMATS:
        for start in dict.fromkeys(start[:2].encode() for start in form.starts):
            found.setdefault(start, []).append(form)
    return {start: tuple(forms) for start, forms in found.items()}


_BY_START = _by_start()
_BY_MIDDLE = tuple((form, _over_bytes(form.then.encode())) for form in FORMATS if not form.starts)
_STARTS = tuple(dict.fromkeys(start for form in FORMATS for start in form.starts if len(start) > 3))
_BASE64 = re2.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_BASE64_BYTES = _over_bytes(rb"[A-Za-z0-9+/_-]+={0,2}")
_JOINS = re.compile(r"""["'`]\s{0,20}[+.&\\]?\s{0,20}["'`]""")
_ENDS_IN_WORD = re2.compile(rb"[A-Za-z0-9_-]$")
_ENDS_IN_ESCAPE = re2.compile(rb"(?:\\[nrtbfv]|%[0-9A-Fa-f]{2}|\\x[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4})$")
_AWS_IDS = (b"AKIA", b"ASIA", b"ABIA", b"ACCA", b"A3T")
_TWILIO_IDS = (b"AC", b"SK")
_KEY_STORE = b"\x02\x01\x030"  # the version of PKCS#12, and the sequence after it
_DATA_ADDRESS = (b"data:application/json", b"data:text/", b"data:application/javascript")
_KEY_BLOCK = "-----BEGIN "
_ENCODED = (  # an address is seldom the beginning; tokens of ours are looked for as they are
    *(_begins_encoded(start) for start in _STARTS if "/" not in start and start != "asy_"),
    _begins_encoded(_KEY_BLOCK),
)
_SPECIAL = (
    b"(?:" + b"|".join(map(re2.escape, _ENCODED)) + rb")[A-Za-z0-9+/_-]{24}",
    rb"-----BEGIN [A-Z0-9 ]{0,20}PRIVATE KEY(?: BLOCK)?-----",
    rb"A(?:KIA|SIA|BIA|CCA|3T[A-Z0-9])[A-Z2-7]{16}",
    rb"(?:AC|SK)[0-9a-f]{32}",
    rb"(?s)\x02\x01\x030[\x80\x82\x83].{0,3}\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01",
    rb'"auths"',
    rb"data:(?:application/json|text/[a-z]{1,20}|application/javascript)[^,\s]{0,40};base64,",
    b"(?:" + "|".join(map(re2.escape, _STARTS)).encode() + rb")"
    rb"[A-Za-z0-9_.-]{0,40}[\"'`][ \t\r\n]{0,20}[+.\\]?[ \t\r\n]{0,20}[\"'`]",
)
_CLUES = _over_bytes(b"|".join(b"(?:" + clue + b")" for clue in (*_SPECIAL, *map(_clue, FORMATS))))
