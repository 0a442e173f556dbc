"""Code that was hidden on purpose is told; minified, bundled, generated code and data in code are ordinary."""

from __future__ import annotations

import base64
import marshal
import zlib

import pytest

from tests.detectors.artifacts import findings, npm, places, told, wheel
from worker.detectors import encoded_payload, obfuscated_code

TABLE = ",".join(f"'{word}'" for word in ("log", "harmless", "split", "join", "length", "1234abcd"))
HEX_NAMES = (
    f"const _0x4a1f=[{TABLE}];(function(_0x2b7c11,_0x5d03aa){{const _0x1e9f=function(_0x33c0de){{"
    "while(--_0x33c0de){_0x2b7c11['push'](_0x2b7c11['shift']());}};_0x1e9f(++_0x5d03aa);}(_0x4a1f,0x1b3));"
    "console[_0x4a1f[0x0]](_0x4a1f[0x1]);\n"
)
ROTATOR = (
    f"function t(){{const a=[{TABLE}];t=function(){{return a;}};return t();}}(function(a,b){{const c=a();while(!![]){{try{{"
    "const d=-parseInt(e(0x1))/0x1+parseInt(e(0x2))/0x2*(parseInt(e(0x3))/0x3);if(d===b)break;else c['push'](c['shift']());"
    "}catch(f){c['push'](c['shift']());}}}(t,0x8a3f));function e(a){return t()[a];}\n"
)
PACKER = (
    "eval(function(p,a,c,k,e,d){while(c--)if(k[c])p=p.replace(new RegExp('\\\\b'+c+'\\\\b','g'),k[c]);return p}"
    "('0.1(\"2\")',3,3,'console|log|harmless'.split('|'),0,{}))\n"
)
FLOW = (
    "const order='2|0|1'['split']('|'),steps={};let at=0x0;while(!![]){switch(order[at++]){case'0':console.log('b');continue;"
    "case'1':console.log('c');continue;case'2':console.log('a');continue;}break;}\n"
)
SIX = "[][(![]+[])[+[]]+([![]]+[][[]])[+!+[]+[+[]]]" + "+(!![]+[])[+!+[]]" * 20 + "]\n"
FACES = "ﾟωﾟﾉ= /｀ｍ´）ﾉ ~┻━┻ //*´∇｀*/ ['_']; o=(ﾟｰﾟ) =_=3; c=(ﾟΘﾟ) =(ﾟｰﾟ)-(ﾟｰﾟ);" + "(ﾟДﾟ)[ﾟωﾟ];" * 9 + "\n"
SYMBOLS = '$=~[];$={___:++$,$$$$:(![]+"")[$],__$:++$,$_$_:(![]+"")[$],_$_:++$};\n'


def escaped(text: str, form: str) -> str:
    return "".join(form % ord(character) for character in text)


WORDS = [
    "console",
    "harmless",
    "constructor",
    "prototype",
    "environment",
    "toString",
    "substring",
    "process",
    "require",
]
CODES = "+".join(f"chr({ord(character)})" for character in "print('harmless')")
NUMBERS = ",".join(str(byte) for byte in b"print('harmless and quiet')")


class TestAlarm:
    @pytest.mark.parametrize(
        ("source", "way"),
        [
            (HEX_NAMES, "names made of hexadecimal numbers"),
            (HEX_NAMES.replace("_0x", "a0_0x"), "names made of hexadecimal numbers"),
            ("".join(f"var _$_{at:04x}=[{at}];_$_{at:04x}[0];\n" for at in range(40, 50)), "names made of hexadecimal numbers"),
            (ROTATOR, "a table of strings that is shuffled"),
            (ROTATOR.replace("['push']", ".push").replace("['shift']", ".shift"), "a table of strings that is shuffled"),
            (PACKER, "a packer"),
            (PACKER.replace("function(p,a,c,k,e,d)", "function (q, b, m, w, x, r)"), "a packer"),
            (FLOW, "steps in an order that is spelled out elsewhere"),
            (FLOW.replace("['split']", ".split"), "steps in an order that is spelled out elsewhere"),
            (SIX, "code without letters"),
            (FACES, "code without letters"),
            (SYMBOLS, "code without letters"),
            (f"const w=[{','.join(repr(word) for word in WORDS)}];".replace("'", '"'), None),
            ("const w=['" + "','".join(escaped(word, "\\x%02x") for word in WORDS) + "'];", "letters written as escapes"),
            ("const w=['" + "','".join(escaped(word, "\\u%04x") for word in WORDS) + "'];", "letters written as escapes"),
            ("const w=['" + "','".join(escaped(word, "\\u{%x}") for word in WORDS) + "'];", "letters written as escapes"),
            ("var " + ";var ".join(f"O0O{at:08b}".replace("1", "O") + f"={at}" for at in range(12)), "names that look alike"),
            ("module.exports = 1;" + " " * 300 + "console.log('harmless');\n", "code behind a long blank"),
            ("module.exports = 1;\n//" + "\t" * 300 + "x\n", None),
        ],
    )  # fmt: skip
    def test_the_ways_of_javascript(self, source: str, way: str | None) -> None:
        expected = [f"high: its code is hidden from readers (index.js: {way})"] if way else []
        assert told(findings(obfuscated_code, npm({"index.js": source}))) == expected

    @pytest.mark.parametrize(
        ("source", "way"),
        [
            (f"exec({CODES})\n", "text made of character codes"),
            (f"exec(bytes([{NUMBERS}]))\n", "text made of character codes"),
            (f"eval ( bytearray( ( {NUMBERS} ) ) )\n", "text made of character codes"),
            (f"exec(''.join(map(chr, [{NUMBERS}])))\n", "text made of character codes"),
            (f"exec(''.join(chr(x) for x in [{NUMBERS}]))\n", "text made of character codes"),
            (f"exec(marshal.loads({marshal.dumps(compile('1', 'x', 'eval'))!r}))\n", "stored byte code"),
            (f"exec(__import__('marshal').loads({b'harmless'!r}))\n", "stored byte code"),
            ("from pyarmor_runtime_000000 import __pyarmor__\n__pyarmor__(__name__, __file__, b'PY')\n", "a tool that encrypts code"),
            ("from pytransform import pyarmor_runtime\npyarmor_runtime()\n", "a tool that encrypts code"),
            ("".join(f"{'I' + 'l' * at + 'I' * (12 - at)} = {at}\n" for at in range(11)), "names that look alike"),
            ("w = ['" + "', '".join(escaped(word, "\\%o") for word in WORDS) + "']\n", "letters written as escapes"),
            ("import os" + " " * 400 + "; print('harmless')\n", "code behind a long blank"),
            ("import os;" + " " * 400 + "print('harmless')\n", "code behind a long blank"),
        ],
    )  # fmt: skip
    def test_the_ways_of_python(self, source: str, way: str) -> None:
        found = told(findings(obfuscated_code, wheel({"imgpress/__init__.py": source})))
        told_elsewhere = findings(encoded_payload, wheel({"imgpress/__init__.py": source}))
        if told_elsewhere:
            assert (found, {finding.severity for finding in told_elsewhere}) == ([], {"high"})
        else:
            assert found == [f"high: its code is hidden from readers (imgpress/__init__.py: {way})"]

    def test_what_nothing_loads_is_medium_unless_an_upgrade_brings_it(self) -> None:
        new = npm({"index.js": "module.exports = 1;\n", "dist/extra.js": HEX_NAMES})
        assert [found.severity for found in findings(obfuscated_code, new)] == ["medium"]
        assert [found.severity for found in findings(obfuscated_code, new, npm({"index.js": ""}))] == ["high"]

    def test_an_upgrade_that_brings_it_is_high(self) -> None:
        old = npm({"index.js": "module.exports = 1;\n"})
        (found,) = findings(obfuscated_code, npm({"index.js": HEX_NAMES}), old)
        assert told([found]) == ["high: its code is hidden from readers (index.js: names made of hexadecimal numbers)"]
        assert found.new
        assert places(found) == ["index.js:1", "index.js:1"]

    def test_an_install_step_that_nobody_can_read_is_high_though_the_package_is_new(self) -> None:
        (found,) = findings(obfuscated_code, npm({"setup.js": PACKER}, scripts={"postinstall": "node setup.js"}))
        assert told([found]) == ["high: its install step is hidden from readers (setup.js: a packer)"]
        assert places(found) == ["package.json:5", "setup.js:1"]

    def test_the_name_of_the_file_hides_nothing(self) -> None:
        files = {"index.js": "require('./logo.png');\n", "logo.png": HEX_NAMES}
        assert "high: its code is hidden from readers (logo.png: names made of hexadecimal numbers)" in told(
            findings(obfuscated_code, npm(files))
        )

    def test_the_line_is_that_of_the_hidden_code(self) -> None:
        (found,) = findings(
            obfuscated_code, npm({"index.js": "let a = 1;\n" * 40 + "a = 2;" + " " * 200 + "eval(a);\n"})
        )
        assert places(found) == ["index.js:41"]
        assert found.evidence[0].text == "eval(a);"

    def test_padding_around_it_hides_nothing(self) -> None:
        plain = "exports.add = (left, right) => left + right;\n" * 4000
        assert len(findings(obfuscated_code, npm({"index.js": plain + HEX_NAMES + plain}))) == 1


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            # terser, esbuild, webpack, rollup
            '!function(e,t){"object"==typeof exports?t(exports):t(e.a={})}(this,function(e){"use strict";var t=!0,n=!1;e.x=t});' * 30,
            'var a=Object.defineProperty;var b=(c,d)=>()=>(c&&(d=c(c=0)),d);var e=b(()=>{"use strict"});export{e as default};' * 30,
            '(()=>{var e={123:(e,t,r)=>{e.exports=r(456)},456:e=>{e.exports="x"}},t={};function r(o){var n=t[o];return n}})();' * 30,
            # numbers in hexadecimal, and tables
            "const K=[" + ",".join(f"0x{at * 2654435761 % 2**32:08x}" for at in range(256)) + "];",
            'const CHARS=["' + '","'.join(f"\\x{at:02x}" for at in range(256)) + '"];',
            'const ID=/[A-Za-z\\xaa\\xb5\\xba\\xc0-\\xd6\\xd8-\\xf6' + "".join(f"\\u{at:04x}-\\u{at + 9:04x}" for at in range(0x300, 0x900, 16)) + "]/;",
            'const WASM="' + base64.b64encode(bytes(range(256)) * 40).decode() + '";',
            'var HEAP="' + "".join(f"\\x{at * 97 % 256:02x}" for at in range(4096)) + '";',
            # loops over queues, machines and orders that are no hiding
            "while (queue.length) { list.push(queue.shift()); }\n" * 5,
            "const w = parseInt(a), h = parseInt(b), d = parseInt(c); rows.push(rows.shift());\n",
            "while (true) { switch (code[at++]) { case 1: push(); continue; case 2: return; } }\n",
            "const months = '1|2|3'.split('|'); switch (months[0]) { case '1': break; }\n",
            # somebody else's packed code, as an example or to be unpacked
            f"const sample = {PACKER.strip()!r};\n",
            "if (/^\\s*eval\\(function\\(p,a,c,k,e,[rd]\\)/.test(source)) unpack(source);\n",
            # one helper whose name ends in a number
            "var _0x1 = 1; function f() { return _0x1; }\n",
            "const banner = `\n" + " " * 220 + "* welcome *\n`;\n",
            "const blank = '" + " " * 400 + "';\n",
        ],
    )  # fmt: skip
    def test_minified_bundled_and_generated_javascript(self, source: str) -> None:
        assert findings(obfuscated_code, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            # a serialized descriptor, a table of a codec, a picture, a regular expression
            "DESCRIPTOR = pool.AddSerializedFile(b'\\n\\x0e\\x66oo.proto\\x12\\x03\\x66oo\"%\\n\\x05Hello" + "\\x12\\x0c\\n\\x04name" * 90 + "')\n",
            "decoding_table = (\n" + "".join(f"    '\\x{at:02x}' #  0x{at:02X}\n" for at in range(256)) + ")\n",
            "ICON = b'" + "".join(f"\\x{byte:02x}" for byte in zlib.compress(bytes(range(256)) * 4)) + "'\n",
            "def name(code):\n    return chr(code) + chr(code + 1)\n",
            "with open(path, 'rb') as file:\n    code = marshal.load(file)\n",
            "l1 = 1\nIl = 2\nO0 = 3\n",
            f"DATA = base64.b64decode('{base64.b64encode(bytes(1000)).decode()}')\n",
            "exec(compile(source, filename, 'exec'), namespace)\n",
            "# " + "from pytransform import pyarmor_runtime\n",
        ],
    )  # fmt: skip
    def test_generated_python_and_data(self, source: str) -> None:
        assert findings(obfuscated_code, wheel({"imgpress/__init__.py": source})) == []

    def test_what_was_hidden_before_is_not_new_wherever_it_stands(self) -> None:
        old = npm({"dist/core.js": HEX_NAMES})
        for after in (old, npm({"lib/core.js": HEX_NAMES}), npm({"lib/core.js": HEX_NAMES + "\n"})):
            assert [(found.severity, found.new) for found in findings(obfuscated_code, after, old)] == [
                ("medium", False)
            ]

    def test_fixtures_of_tests_are_low(self) -> None:
        assert [found.severity for found in findings(obfuscated_code, npm({"test/packed.js": PACKER}))] == ["low"]

    def test_a_blob_that_is_decoded_and_run_is_told_once(self) -> None:
        source = f"exec(__import__('marshal').loads(__import__('base64').b64decode('{base64.b64encode(b'x' * 90).decode()}')))\n"
        found = wheel({"imgpress/__init__.py": source})
        assert findings(obfuscated_code, found) == []
        assert len(findings(encoded_payload, found)) == 1
