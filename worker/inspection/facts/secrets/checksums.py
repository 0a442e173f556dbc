"""Checksums and structures that credentials carry in themselves: each says whether a text can be a real one.

The recipes are the providers' own, or were reproduced on their published examples.
"""

from __future__ import annotations

import base64
import binascii
import json
import uuid
import zlib
from typing import Any

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BECH32_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_DISCORD_EPOCH = 1_420_070_400_000  # milliseconds; its ids count from 2015
_DISCORD_END = 2_524_608_000_000  # 2050
_MOST_JSON = 8 << 10  # characters of a token that are decoded
_MACAROON = {"end": 0, "location": 1, "identifier": 2, "challenge": 4, "signature": 6}


def to_base(number: int, alphabet: str, width: int) -> str:
    """A number in the digits of an alphabet, padded with its first one."""
    digits = ""
    while number:
        number, digit = divmod(number, len(alphabet))
        digits = alphabet[digit] + digits
    return digits.rjust(width, alphabet[0])


def crc32_base62(body: str, checksum: str) -> bool:
    """GitHub's and npm's: the last six digits are the CRC32 of the random part (30 digits), without the prefix."""
    return to_base(zlib.crc32(body.encode()), BASE62, 6) == checksum


def gitlab_routable(token: str) -> bool:
    """GitLab's routable tokens end in the length of their payload and the CRC32 of all before it, in base 36."""
    head, _, tail = token.rpartition(".")
    payload = head.partition("-")[2].partition(".")[0]
    return (
        len(tail) == 9
        and to_base(len(payload), BASE36, 2) == tail[:2]
        and to_base(zlib.crc32(token[:-7].encode()), BASE36, 7) == tail[2:]
    )


def grafana(secret: str, checksum: str) -> bool:
    """Grafana's service accounts: CRC32 of prefix and secret, its bytes written from the lowest, in hexadecimal."""
    return zlib.crc32(f"glsa_{secret}".encode()).to_bytes(4, "little").hex() == checksum


def macaroon(encoded: str) -> bool:
    """PyPI's: a macaroon of version 2 in base64url; its identifier is a UUID, its end a signature of 32 bytes."""
    data = decoded(encoded)
    if data is None or data[:1] != b"\x02":
        return False
    fields: list[tuple[int, bytes]] = []
    at = 1
    while at < len(data):
        kind, at = data[at], at + 1
        if kind == _MACAROON["end"]:
            fields.append((kind, b""))
            continue
        size, at = _varint(data, at)
        if kind not in _MACAROON.values() or size < 0 or at + size > len(data):
            return False
        fields.append((kind, data[at : at + size]))
        at += size
    identifier = next((value for kind, value in fields if kind == _MACAROON["identifier"]), b"")
    signed = bool(fields) and fields[-1][0] == _MACAROON["signature"] and len(fields[-1][1]) == 32
    return signed and _is_uuid(identifier)


def bech32(text: str) -> bool:
    """Keys of age: Bech32 as in BIP 173, in capitals."""
    human, _, data = text.lower().rpartition("1")
    if not human or any(character not in _BECH32 for character in data):
        return False
    values = [ord(character) >> 5 for character in human] + [0] + [ord(character) & 31 for character in human]
    checksum = 1
    for value in values + [_BECH32.index(character) for character in data]:
        top, checksum = checksum >> 25, (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_BECH32_GENERATOR):
            checksum ^= generator if top >> bit & 1 else 0
    return checksum == 1


def aws_account(rest: str) -> bool:
    """The ids of AWS keys hold the number of their account, in base32: those since 2019 begin with a set bit."""
    number = int.from_bytes(base64.b32decode(rest)[:6], "big")
    return not number >> 47 or (number & 0x7FFFFFFFFF80) >> 7 < 10**12


def discord_bot(token: str) -> bool:
    """Discord's bots: the first part is the bot's id, whose time lies between 2015 and 2050."""
    number = (decoded(token.partition(".")[0]) or b"").decode("ascii", "replace")
    if not (number.isascii() and number.isdigit() and 17 <= len(number) <= 20):
        return False
    return _DISCORD_EPOCH < (int(number) >> 22) + _DISCORD_EPOCH < _DISCORD_END and int(number) >> 22 > 0


def jwt(token: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Header and claims of a JSON Web Token; None when it is none."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    header, claims = json_object(parts[0]), json_object(parts[1])
    return (header, claims) if header and claims and isinstance(header.get("alg"), str) else None


def json_object(encoded: str) -> dict[str, Any] | None:
    """The JSON object that a text in base64 or base64url holds; None when it holds none."""
    if len(encoded) > _MOST_JSON:
        return None
    try:
        value = json.loads(decoded(encoded) or b"")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def decoded(encoded: str) -> bytes | None:
    """Base64 or base64url, with its padding or without; None for anything else."""
    text = encoded.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None


def crc24(data: bytes) -> int:
    """OpenPGP's checksum of an armoured block (RFC 9580, section 6.1)."""
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1864CFB
    return crc & 0xFFFFFF


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while at < len(data) and shift <= 28:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
    return -1, at


def _is_uuid(text: bytes) -> bool:
    try:
        uuid.UUID(text.decode("ascii"))
    except (UnicodeDecodeError, ValueError):
        return len(text) == 16  # older ones hold its bytes
    return True
