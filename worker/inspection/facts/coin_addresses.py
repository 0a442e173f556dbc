"""Addresses of cryptocurrencies in constants, proved by their checksums where they have one, and patterns of them.

Sources: Bitcoin's developer reference (base58check), BIP 173 and 350 (bech32), the documentation of each coin.
"""

from __future__ import annotations

import hashlib

import re2

ADDRESS = re2.compile(
    rb"[\"'`,|]((?:[13LMDTX49][1-9A-HJ-NP-Za-km-z]{24,35})|(?:bc1|ltc1)[ac-hj-np-z02-9]{38,60}|0x[0-9a-fA-F]{40})[\"'`,|]"
)
"""What may be an address: a text of the right length and letters, alone between quotes; see `coin_of`."""

_PATTERNS: tuple[tuple[str, bytes], ...] = (
    ("Ethereum", rb"0x\)?\[[0-9aAfF\\d-]{5,12}\]\{40\}"),
    ("Bitcoin", rb"\[13\]\[|\[13\]\{1\}\[|bc1\)?\[|bc1q?\)?\[|\(bc1\|\[13\]|\(\?:bc1\|\[13\]|\[13bm\]|\[123mn\]"),
    ("Litecoin", rb"\[LM3\]\[|\[LM3\]\{1\}\[|ltc1\)?\["),
    ("Monero", rb"4\[0-9AB\]|\[48\]\[0-9AB\]"),
    ("Tron", rb"T\[A-Za-z1-9\]\{33\}|T\[1-9A-HJ-NP-Za-km-z\]\{33\}|T\[a-zA-Z0-9\]\{33\}|T\[A-Za-z0-9\]\{33\}"),
    ("Dogecoin", rb"D\{1\}\[5-9A-HJ-NP-U\]|D\[5-9A-HJ-NP-U\]"),
    ("Ripple", rb"r\[0-9a-zA-Z\]\{24,34\}|r\[1-9A-HJ-NP-Za-km-z\]\{2[4-9],3[345]\}"),
)  # fmt: skip
PATTERN = re2.compile(b"|".join(b"(" + pattern + b")" for _, pattern in _PATTERNS))
"""Regular expressions of addresses, as code writes them; see `pattern_of`."""

_ALPHABET = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS = {letter: value for value, letter in enumerate(_ALPHABET)}
_VERSIONS = {
    0x00: "Bitcoin",
    0x05: "Bitcoin",
    0x30: "Litecoin",
    0x32: "Litecoin",
    0x1E: "Dogecoin",
    0x41: "Tron",
    0x4C: "Dash",
}
_BECH32 = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKS = frozenset({1, 0x2BC830A3})  # of bech32 and of bech32m
_COINS = {b"bc": "Bitcoin", b"ltc": "Litecoin"}


def pattern_of(group: int) -> str:
    """The coin whose group of `PATTERN` was found (1 is the first)."""
    return _PATTERNS[group - 1][0]


def coin_of(text: bytes) -> str | None:
    """The coin of an address; None when its checksum is wrong, or when it is nobody's."""
    if text.startswith(b"0x"):
        return None if len(set(text[2:].lower())) < 8 else "Ethereum"
    if text.startswith((b"bc1", b"ltc1")):
        return _COINS[text.partition(b"1")[0]] if _is_bech32(text) else None
    return _base58(text)


def _base58(text: bytes) -> str | None:
    number = 0
    for letter in text:
        number = number * 58 + _DIGITS[letter]
    if number.bit_length() > 200:
        return None
    raw = number.to_bytes(25, "big")
    check = hashlib.sha256(hashlib.sha256(raw[:21]).digest()).digest()[:4]
    return _VERSIONS.get(raw[0]) if check == raw[21:] else None


def _is_bech32(text: bytes) -> bool:
    name, _, data = text.partition(b"1")
    values = [letter >> 5 for letter in name] + [0] + [letter & 31 for letter in name]
    values += [_BECH32.index(letter) for letter in data]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for at, generator in enumerate(_GENERATORS):
            check ^= generator if top >> at & 1 else 0
    return check in _CHECKS
