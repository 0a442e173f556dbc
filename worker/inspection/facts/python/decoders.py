"""Decoders of the standard library, run by us on constants: every one ends, and gives at most one mebibyte."""

from __future__ import annotations

import base64
import binascii
import bz2
import codecs
import lzma
import quopri
import zlib
from collections.abc import Callable
from urllib.parse import unquote, unquote_to_bytes

from worker.inspection.facts.python.known import Constant, as_text
from worker.inspection.facts.python.literals import MOST

_MEMORY = 64 << 20  # bytes that a decompressor may take


def decode(name: str, arguments: list[Constant]) -> str | bytes | None:
    """What a decoder of `DECODERS` gives for constants; None when it would fail, or is not run by us."""
    decoder = _RUN.get(name)
    if decoder is None or not arguments:
        return None
    try:
        if name in {"codecs.decode", "_codecs.decode"}:
            encoding = as_text(arguments[1]) if len(arguments) > 1 else "utf-8"
            return decode_as(arguments[0], encoding)
        if name in {"zlib.decompress", "zlib.decompressobj().decompress"} and len(arguments) > 1:
            bits = arguments[1]
            return _inflate(as_bytes(arguments[0]), bits if isinstance(bits, int) and -15 <= bits <= 47 else 15)
        return decoder(as_bytes(arguments[0]))
    except (ValueError, EOFError, OSError, OverflowError, LookupError, zlib.error, lzma.LZMAError):
        return None


def decode_as(value: Constant, encoding: str) -> str | bytes | None:
    """`value.decode(encoding)`, with the encodings of Python 2 that turn text into text. Raises what codecs raise."""
    plain = encoding.lower().replace("-", "_").removesuffix("_codec")
    if plain in {"rot13", "rot_13"}:
        return codecs.decode(as_text(value), "rot13")
    binary = {"base64": "base64.b64decode", "base_64": "base64.b64decode", "hex": "bytes.fromhex",
              "zlib": "zlib.decompress", "zip": "zlib.decompress", "bz2": "bz2.decompress", "bzip2": "bz2.decompress",
              "quopri": "quopri.decodestring"}.get(plain)  # fmt: skip
    if binary is not None:
        return _RUN[binary](as_bytes(value))
    if plain in {"unicode_escape", "raw_unicode_escape", "string_escape"}:
        return as_bytes(value).decode("raw_unicode_escape" if plain.startswith("raw") else "unicode_escape")
    return value.decode(encoding, "replace") if isinstance(value, bytes) else as_text(value)


def hides(encoding: str) -> bool:
    """Whether an encoding is none of text: base64, hexadecimal, rot13, escapes."""
    plain = encoding.lower().replace("_", "-")
    return not plain.startswith(("utf", "ascii", "latin", "cp", "iso", "idna", "punycode"))


def as_bytes(value: Constant) -> bytes:
    """A constant as the bytes that a decoder would take."""
    return value if isinstance(value, bytes) else as_text(value).encode("utf-8", "surrogatepass")


def _base64(data: bytes) -> bytes:
    data = data.translate(bytes.maketrans(b"-_", b"+/"))
    return base64.b64decode(data + b"=" * (-len(data.rstrip(b"=")) % 4))


def _inflate(data: bytes, bits: int) -> bytes:
    return zlib.decompressobj(bits).decompress(data, MOST)


def _unxz(data: bytes) -> bytes:
    return lzma.LZMADecompressor(memlimit=_MEMORY).decompress(data, MOST)


def _hexadecimal(data: bytes) -> bytes:
    return bytes.fromhex(data.decode("ascii"))


def _uuencoded(data: bytes) -> bytes:
    return b"".join(binascii.a2b_uu(line) for line in data.splitlines())


_RUN: dict[str, Callable[[bytes], str | bytes]] = {
    "base64.b64decode": _base64,
    "base64.urlsafe_b64decode": _base64,
    "base64.standard_b64decode": _base64,
    "base64.decodebytes": _base64,
    "base64.decodestring": _base64,
    "binascii.a2b_base64": _base64,
    "base64.b32decode": lambda data: base64.b32decode(data, casefold=True),
    "base64.b32hexdecode": lambda data: base64.b32hexdecode(data, casefold=True),
    "base64.b16decode": lambda data: base64.b16decode(data, casefold=True),
    "base64.b85decode": base64.b85decode,
    "base64.a85decode": base64.a85decode,
    "binascii.unhexlify": binascii.unhexlify,
    "binascii.a2b_hex": binascii.unhexlify,
    "bytes.fromhex": _hexadecimal,
    "builtins.bytes.fromhex": _hexadecimal,
    "builtins.bytearray.fromhex": _hexadecimal,
    "binascii.a2b_uu": _uuencoded,
    "binascii.a2b_qp": binascii.a2b_qp,
    "codecs.decode": bytes,
    "_codecs.decode": bytes,
    "quopri.decodestring": quopri.decodestring,
    "zlib.decompress": lambda data: _inflate(data, 15),
    "zlib.decompressobj().decompress": lambda data: _inflate(data, 15),
    "gzip.decompress": lambda data: _inflate(data, 31),
    "bz2.decompress": lambda data: bz2.BZ2Decompressor().decompress(data, MOST),
    "bz2.BZ2Decompressor().decompress": lambda data: bz2.BZ2Decompressor().decompress(data, MOST),
    "lzma.decompress": _unxz,
    "lzma.LZMADecompressor().decompress": _unxz,
    "urllib.parse.unquote": lambda data: unquote(data.decode("utf-8", "replace")),
    "urllib.parse.unquote_plus": lambda data: unquote(data.decode("utf-8", "replace").replace("+", " ")),
    "urllib.parse.unquote_to_bytes": unquote_to_bytes,
    "urllib.unquote": lambda data: unquote(data.decode("utf-8", "replace")),
}

_ORDINARY = frozenset(name for name in _RUN if "unquote" in name or name == "_codecs.decode")

# What hides data from a reader. Those that are not in `_RUN` need a key, or run code while they decode.
DECODERS = (frozenset(_RUN) - _ORDINARY) | {
    "marshal.loads",
    "marshal.load",
    "gzip.GzipFile().read",
    "bz2.BZ2File().read",
    "uu.decode",
    "codecs.getdecoder()",
    "cryptography.fernet.Fernet().decrypt",
    "cryptography.fernet.MultiFernet().decrypt",
    "Crypto.Cipher.AES.new().decrypt",
    "Crypto.Cipher.ARC4.new().decrypt",
    "Crypto.Cipher.DES.new().decrypt",
    "Crypto.Cipher.DES3.new().decrypt",
    "Crypto.Cipher.Blowfish.new().decrypt",
    "Crypto.Cipher.ChaCha20.new().decrypt",
    "cryptography.hazmat.primitives.ciphers.Cipher().decryptor().update",
    "cryptography.hazmat.primitives.ciphers.Cipher().decryptor().finalize",
    "cryptography.hazmat.primitives.ciphers.aead.AESGCM().decrypt",
    "cryptography.hazmat.primitives.ciphers.aead.ChaCha20Poly1305().decrypt",
    "Crypto.Cipher.Salsa20.new().decrypt",
    "Crypto.Cipher.PKCS1_OAEP.new().decrypt",
    "Cryptodome.Cipher.AES.new().decrypt",
    "Cryptodome.Cipher.ARC4.new().decrypt",
    "Cryptodome.Cipher.DES3.new().decrypt",
    "Cryptodome.Cipher.ChaCha20.new().decrypt",
    "Cryptodome.Cipher.PKCS1_OAEP.new().decrypt",
    "nacl.public.Box().decrypt",
    "nacl.public.SealedBox().decrypt",
    "cryptocode.decrypt",
    "simplecrypt.decrypt",
    "onetimepad.decrypt",
    "nacl.secret.SecretBox().decrypt",
    "pyaes.AESModeOfOperationCTR().decrypt",
    "pyaes.AESModeOfOperationCBC().decrypt",
    "rsa.decrypt",
}
RUN_BY_US = frozenset(_RUN)
