"""API tokens as text: minted from entropy, read strictly, stored as a keyed hash, shown without their secret.

`asy_<kind><version>_<id>_<secret><checksum>`: an id of 16 and a secret of 43 base62 characters (256 bits), and the
CRC-32 of everything before it. The checksum is for typing errors and for scanners; it is not security.
"""

from __future__ import annotations

import hashlib
import hmac
import string
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import re2

PREFIX = "asy"
VERSION = "1"
ID_LENGTH = 16
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
LENGTH = len(PREFIX) + 1 + 2 + 1 + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH
LONGEST_HEADER = 128
"""Whatever is longer is no token of ours, and is not looked at."""
ENTROPY = 64
"""Bytes that minting takes: enough for id and secret without a bias that could be measured."""
ANYWHERE = r"asy_[ubw]1_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}"
"""A token wherever it stands, be it within a longer word."""
PATTERN = rf"\b{ANYWHERE}\b"
"""For scanners (re2 and others): a double click selects all of it."""

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_LETTERS = frozenset(ALPHABET)
_ANYWHERE = re2.compile(ANYWHERE)


class Kind(StrEnum):
    """What a token is for."""

    API = "u"
    BOOTSTRAP = "b"
    WEBHOOK = "w"  # signs what we send; never accepted as a credential


class Malformed(StrEnum):
    """Why a text is no token of ours. None of these needs the database."""

    TOO_LONG = "it is longer than any token"
    PATTERN = "it does not look like a token of Assay"
    CHECKSUM = "its checksum is wrong: it looks truncated or mistyped"


@dataclass(frozen=True, slots=True)
class Token:
    """A whole token. `id` is public and safe to log; `text` is never logged, stored or shown twice."""

    kind: Kind
    id: str
    text: str = field(repr=False)

    @property
    def shown(self) -> str:
        """How people may see it."""
        return shown(self.kind, self.id)


@dataclass(frozen=True, slots=True)
class Pepper:
    """A key from the environment, never from the database. `id` says which one hashed a row."""

    id: str
    key: bytes = field(repr=False)


def mint(kind: Kind, entropy: bytes) -> Token:
    """A new token from `ENTROPY` bytes of the operating system's generator."""
    if len(entropy) != ENTROPY:
        raise ValueError(f"minting takes {ENTROPY} bytes of entropy, not {len(entropy)}")
    letters = _base62(int.from_bytes(entropy), ID_LENGTH + SECRET_LENGTH)
    token_id, secret = letters[:ID_LENGTH], letters[ID_LENGTH:]
    head = f"{PREFIX}_{kind}{VERSION}_{token_id}_{secret}"
    return Token(kind, token_id, head + _checksum(head))


def shown(kind: Kind, token_id: str) -> str:
    """How people may see a token of this id."""
    return f"{PREFIX}_{kind}{VERSION}_{token_id}_…"


def read_token(text: str) -> Token | Malformed:
    """Read what a client sent; nothing is trimmed, guessed or looked up."""
    if len(text) > LONGEST_HEADER:
        return Malformed.TOO_LONG
    parts = text.split("_")
    if len(text) != LENGTH or len(parts) != 4 or parts[0] != PREFIX or len(parts[1]) != 2 or parts[1][1] != VERSION:
        return Malformed.PATTERN
    kind, token_id, rest = parts[1][0], parts[2], parts[3]
    if kind not in set(Kind) or len(token_id) != ID_LENGTH or not _LETTERS.issuperset(token_id + rest):
        return Malformed.PATTERN
    if _checksum(text[:-CHECKSUM_LENGTH]) != text[-CHECKSUM_LENGTH:]:
        return Malformed.CHECKSUM
    return Token(Kind(kind), token_id, text)


def find_tokens(text: str) -> Iterator[Token]:
    """All texts with the form of a token and a right checksum, wherever they stand."""
    for match in _ANYWHERE.finditer(text):
        token = read_token(match.group())
        if isinstance(token, Token):
            yield token


def digest(token: Token, pepper: Pepper) -> bytes:
    """What is stored: 32 bytes of HMAC-SHA-256 over the whole token.

    A plain keyed hash suffices for a secret of 256 bits (NIST SP 800-63B asks for slow ones below 112).
    """
    return hmac.digest(pepper.key, token.text.encode("ascii"), hashlib.sha256)


def matches(token: Token, stored: bytes, pepper_id: str, peppers: Sequence[Pepper]) -> bool:
    """Whether this token was stored as that. Takes as long for a pepper that is not there any more."""
    key = next((pepper for pepper in peppers if pepper.id == pepper_id), None)
    same = hmac.compare_digest(digest(token, key or _NOBODY), stored)
    return same and key is not None


def nothing_stored() -> bytes:
    """What an unknown id is compared with, so that it takes as long as a wrong secret."""
    return bytes(hashlib.sha256().digest_size)


_NOBODY = Pepper("", b"\0" * 32)


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode("ascii")), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    letters = []
    for _ in range(length):
        number, digit = divmod(number, 62)
        letters.append(ALPHABET[digit])
    return "".join(reversed(letters))
