"""What has the form of a credential and is none: examples that vendors publish, and what people write for one."""

from __future__ import annotations

from collections import Counter
from math import log2

from app.core.secret import fingerprint

_WORDS = (
    "example",
    "placeholder",
    "changeme",
    "redacted",
    "dummy",
    "yourtoken",
    "your_token",
    "1234567890",
    "0123456789",
    "abcdefghij",
    "deadbeef",
)
_RUN = 6  # the same character so often in a row
_BITS = 3.0  # of entropy a character; random base62 of 36 characters has 4.3 to 4.9
# Examples of documentation and keys of emulators, by fingerprint: the demonstration tokens of JSON Web Tokens, the keys
# of the Azure storage and Cosmos emulators, the example of Discord's documentation; the key with which a well-known SSH
# client tries whether the machine knows Ed25519; the tokens by which GitHub, Grafana and age explain their checksums.
PUBLISHED: frozenset[str] = frozenset(
    {
        "7f75367e7881",
        "da816f9f2c16",
        "c794fa6d20c6",
        "0011cc25eb43",
        "aa6547439583",
        "02f7ce3c263f",
        "b73968ba56e2",
        "976b57ee8acd",
        "6b59c03c3072",
        "789eb04ae4c0",
    }
)


def is_placeholder(value: str) -> bool:
    """Whether a text is an example or a stand-in rather than a secret."""
    lowered = value.lower()
    return (
        any(word in lowered for word in _WORDS)
        or any(character * _RUN in value for character in set(value))
        or entropy(value) < _BITS
        or is_published(value.encode())
    )


def is_published(value: bytes) -> bool:
    """Whether everybody has it, and it opens nothing."""
    return fingerprint(value) in PUBLISHED


def entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits a character."""
    total = len(text)
    return -sum(count / total * log2(count / total) for count in Counter(text).values()) if total else 0.0
