r"""What a case cannot show as text stands in it as `⟦…⟧`, and is written out when the case is packed.

So encoded payloads stay readable, invisible characters visible, and no long line has to be kept. The innermost goes first.

`⟦U+202E⟧`              the character
`⟦bytes: 7f 45 4c 46⟧`  these bytes
`⟦500 times: text⟧`     the text so many times, `#` in it being the number; `\n` ends a line
`⟦name: text⟧`          the text, encoded by the `ENCODINGS` of that name
"""

from __future__ import annotations

import base64
import codecs
import gzip
import importlib.util
import marshal
import re
import zlib
from collections.abc import Callable

_INNERMOST = re.compile(r"⟦([^⟦⟧]*)⟧")


_BYTE_CODE = importlib.util.MAGIC_NUMBER + bytes(12)  # what a file of byte code of this interpreter begins with


def _raw(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


ENCODINGS: dict[str, Callable[[str], str]] = {
    "base64": lambda text: _base64(_bytes(text)),
    "base32": lambda text: base64.b32encode(_bytes(text)).decode(),
    "base85": lambda text: base64.b85encode(_bytes(text)).decode(),
    "hex": lambda text: _bytes(text).hex(),
    "gzip": lambda text: _base64(gzip.compress(_bytes(text), mtime=0)),
    "zlib": lambda text: _base64(zlib.compress(_bytes(text))),
    "marshal": lambda text: _base64(marshal.dumps(compile(text, "payload", "exec"))),
    "byte code": lambda text: _raw(_BYTE_CODE + marshal.dumps(compile(text, "payload", "exec"))),
    "blanks": lambda text: "".join("\\t" if bit == "1" else " " for byte in _bytes(text) for bit in f"{byte:08b}"),
    "reversed": lambda text: text[::-1],
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "codes": lambda text: ",".join(str(ord(character)) for character in text),
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in _bytes(text)),
    "hex escapes": lambda text: "".join(f"\\x{byte:02x}" for byte in _bytes(text)),
    "unicode escapes": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "xor 23": lambda text: ",".join(str(byte ^ 23) for byte in _bytes(text)),
    "xor 23 hex": lambda text: bytes(byte ^ 23 for byte in _bytes(text)).hex(),
    "utf-16 base64": lambda text: _base64(text.encode("utf-16-le")),  # what PowerShell's -EncodedCommand takes
}


def written_out(text: str) -> bytes:
    """The bytes that a text with `⟦…⟧` stands for; ValueError for one that nobody knows."""
    while (found := _INNERMOST.search(text)) is not None:
        text = text[: found.start()] + _meant(found[1]) + text[found.end() :]
    return _bytes(text)


def _meant(mark: str) -> str:
    name, colon, text = mark.partition(": ")
    if name.startswith("U+") and not colon:
        return chr(int(name.replace("U+", "0x"), 0))
    if name == "bytes":
        return _raw(bytes.fromhex(text))
    if name.endswith(" times"):
        one = text.replace("\\n", "\n")
        return "".join(one.replace("#", str(number)) for number in range(int(name.split()[0])))
    if name not in ENCODINGS:
        raise ValueError(f"⟦{mark}⟧ means nothing; see tests/corpus/markup.py")
    return ENCODINGS[name](text)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
