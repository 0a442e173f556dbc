"""Secrets that must be read again, encrypted with a key that is not in the database: AES-256-GCM, bound to a place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

NONCE = 12
"""Bytes of entropy that sealing takes (NIST SP 800-38D: a random nonce of 96 bits; far below 2^32 uses of a key)."""


@dataclass(frozen=True, slots=True)
class SealingKey:
    """A key from the environment. `id` says which one sealed something, and gives nothing away."""

    id: str
    key: bytes = field(repr=False)


class CannotOpen(ValueError):
    """What was sealed cannot be opened: its key is gone, or it was changed or moved. The text is a sentence."""


def sealing_key(text: str) -> SealingKey:
    """A key from what the operator set. The id is made of it, so that nobody has to number them."""
    key_id = hashlib.sha256(b"assay sealing key id\0" + text.encode()).hexdigest()[:12]
    return SealingKey(key_id, HKDF(SHA256(), 32, salt=None, info=b"assay sealing key").derive(text.encode()))


def seal(secret: str, place: str, key: SealingKey, nonce: bytes) -> bytes:
    """Encrypt a text for one place: whoever may write rows cannot move it to another."""
    if len(nonce) != NONCE:
        raise ValueError(f"sealing takes {NONCE} bytes of entropy, not {len(nonce)}")
    return nonce + AESGCM(key.key).encrypt(nonce, secret.encode(), place.encode())


def unseal(sealed: bytes, place: str, key_id: str, keys: Sequence[SealingKey]) -> str:
    """The text that was sealed for this place; raise `CannotOpen`."""
    key = next((one for one in keys if one.id == key_id), None)
    if key is None:
        raise CannotOpen("The key that it was encrypted with is not set any more.")
    try:
        return AESGCM(key.key).decrypt(sealed[:NONCE], sealed[NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("It was changed in the database, or does not belong where it stands.") from error
