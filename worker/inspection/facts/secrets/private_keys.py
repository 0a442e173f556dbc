"""Private keys in text: a block counts when what stands in it is the structure of a key that no passphrase protects."""

from __future__ import annotations

import re2

from worker.inspection.facts.secrets.checksums import crc24, decoded

LARGEST = 16 << 10  # bytes of a block; an RSA key of 16,384 bits takes 13 KB
_BEGIN, _END = b"-----BEGIN ", b"-----END "
_BREAKS = re2.compile(r"(?:\\+r)?\\+n|\r?\n|\r")
_JOINS = re2.compile(r"""["'`]\s*[+,.&\\]?\s*["'`]""")  # between two strings that are written one after the other
_LEADERS = "#* \t"  # of a line in a comment; a slash is a digit of base64
_SMALLEST = 256  # bits of a modulus
_OPENSSH = b"openssh-key-v1\0"
_PGP_SECRET = 5  # the tag of a packet that holds a secret key


def body_of(content: bytes, start: int) -> tuple[int, int] | None:
    """Where the body of the block that begins at `start` lies; None when the block does not end soon."""
    line_end = content.find(b"-----", start + len(_BEGIN), start + 80)
    if line_end < 0:
        return None
    begin = line_end + 5
    end = content.find(_END, begin, begin + LARGEST)
    return (begin, end) if end > begin else None


def unprotected(label: str, body: str) -> bytes | None:
    """The key material of a block that holds an unprotected private key; None for anything else.

    `label` is what stands after BEGIN ("RSA PRIVATE KEY"); `body` is the text up to END, lines broken or with
    the two characters of an escape in their place.
    """
    lines = [line.strip("\"'`\\ \t").lstrip(_LEADERS) for line in _BREAKS.split(_JOINS.sub("", body))]
    lines = [line.removeprefix("// ") for line in lines]
    lines = [line for line in lines if line]
    if any(":" in line for line in lines) and not label.startswith("PGP"):
        return None  # "Proc-Type: 4,ENCRYPTED", or prose
    if label.startswith("PGP"):
        return _pgp([line for line in lines if ":" not in line])
    data = decoded("".join("".join(lines).split()))
    if data is None:
        return None
    known = _openssh(data) if data.startswith(_OPENSSH) else _der(data)
    return data if known else None


def _der(data: bytes) -> bool:
    """PKCS#1 and DSA (a row of integers), PKCS#8, or SEC 1."""
    outer = _elements(data)
    if len(outer) != 1 or outer[0][0] != 0x30:
        return False
    inner = _elements(outer[0][1])
    tags = [tag for tag, _ in inner]
    if not inner or tags[0] != 0x02 or len(inner[0][1]) > 1:
        return False
    if tags[1:3] == [0x30, 0x04]:  # PKCS#8: version, algorithm, key
        return len(inner[2][1]) >= 16 and [tag for tag, _ in _elements(inner[1][1])][:1] == [0x06]
    if tags[1:2] == [0x04]:  # SEC 1: version, scalar
        return 20 <= len(inner[1][1]) <= 66
    numbers = [value for tag, value in inner if tag == 0x02]
    return len(numbers) >= 6 and len(numbers[1].lstrip(b"\0")) * 8 >= _SMALLEST and _varied(numbers[1])


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """The elements of a DER value, one level; empty when the lengths do not fit."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(data) and len(found) < 32:
        tag, size = data[at], data[at + 1]
        at += 2
        if size >= 0x80:
            width = size - 0x80
            if not 0 < width <= 3 or at + width > len(data):
                return []
            size, at = int.from_bytes(data[at : at + width], "big"), at + width
        if at + size > len(data):
            return []
        found.append((tag, data[at : at + size]))
        at += size
    return found if at == len(data) else []


def _openssh(data: bytes) -> bool:
    """OpenSSH's own form, without a cipher; both copies of its check number are the same."""
    cipher, at = _string(data, len(_OPENSSH))
    if cipher != b"none":
        return False
    _, at = _string(data, at)  # key derivation
    _, at = _string(data, at)  # its options
    _, at = _string(data, at + 4)  # how many keys; the public one
    private, _ = _string(data, at)
    return len(private or b"") > 64 and private is not None and private[:4] == private[4:8]


def _string(data: bytes, at: int) -> tuple[bytes | None, int]:
    size = int.from_bytes(data[at : at + 4], "big")
    if at + 4 + size > len(data):
        return None, len(data)
    return data[at + 4 : at + 4 + size], at + 4 + size


def _pgp(lines: list[str]) -> bytes | None:
    """An armoured block with a right checksum whose first packet is a secret key."""
    if not lines or not lines[-1].startswith("="):
        return None
    data, checksum = decoded("".join(lines[:-1])), decoded(lines[-1][1:])
    if not data or checksum is None or crc24(data).to_bytes(3, "big") != checksum:
        return None
    tag = data[0] & 0x3F if data[0] & 0x40 else data[0] >> 2 & 0x0F
    return data if data[0] & 0x80 and tag == _PGP_SECRET else None


def _varied(number: bytes) -> bool:
    return len(set(number)) > 16
