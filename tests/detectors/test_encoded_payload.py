"""A blob that is decoded and run is told; decoding data, and caches of compiled code, are ordinary."""

from __future__ import annotations

import base64
import zlib

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import encoded_payload

INSTALL = {"postinstall": "node scripts/setup.js"}
PRINT_JS = base64.b64encode(b"console.log('harmless')").decode()
PRINT_PY = base64.b64encode(b"print('harmless')").decode()
PACKED = base64.b64encode(zlib.compress(b"print('harmless')")).decode()
HEX = b"print('harmless')".hex()
CODES = ",".join(str(byte) for byte in b"console.log('harmless')")
PERCENT = "".join(f"%{byte:02x}" for byte in b"console.log('harmless')")
HEX_JS = b"console.log('harmless')".hex()
BACKWARDS = 'console.log("harmless")'[::-1]
MASKED = ",".join(str(byte ^ 7) for byte in b"console.log('harmless')")


class TestAlarm:
    def test_it_says_how_and_where(self) -> None:
        source = f"const blob = '{PRINT_JS}';\nconst code = Buffer.from(blob, 'base64').toString();\neval(code);\n"
        (found,) = findings(encoded_payload, npm({"scripts/setup.js": source}, scripts=INSTALL))
        (line,) = told([found])
        assert line.startswith("critical: its install step decodes hidden data (")
        assert line.endswith(") and runs it")
        assert places(found) == ["package.json:5", "scripts/setup.js:2", "scripts/setup.js:3"]

    @pytest.mark.parametrize(
        "source",
        [
            f"eval(Buffer.from('{PRINT_JS}', 'base64').toString())",
            f"eval(atob('{PRINT_JS}'))",
            f"new Function(atob('{PRINT_JS}'))()",
            f"global['ev' + 'al'](Buffer['from']('{PRINT_JS}', 'ba' + 'se64').toString())",
            f"(0, eval)(String.fromCharCode({CODES}))",
            f"setTimeout(Buffer.from('{PRINT_JS}', 'base64').toString(), 0)",
            f"require('vm').runInNewContext(Buffer.from('{PRINT_JS.encode().hex()}', 'hex').toString())",
            f"require('child_process').execSync('node -e ' + atob('{PRINT_JS}'))",
            f"[].constructor.constructor(atob('{PRINT_JS}'))()",
            f"module._compile(Buffer.from('{PRINT_JS}', 'base64').toString(), 'x.js')",
            f"eval(unescape('{PERCENT}'))",
            f"eval(decodeURIComponent('{PERCENT}'))",
            f"eval(unescape(String.raw`{PERCENT}`))",
            f"eval(decodeURIComponent('{HEX_JS}'.replace(/../g, '%$&')))",
            f"eval(decodeURIComponent('{HEX_JS}'.replace(/../g, pair => '%' + pair)))",
            f"eval('{BACKWARDS}'.split('').reverse().join(''))",
            f"const turn = text => [...text].reverse().join(''); eval(turn('{BACKWARDS}'))",
            f"eval(String.fromCharCode(...[{MASKED}].map(code => code ^ 7)))",
            f"eval(Buffer.from([{MASKED}].map(code => code ^ 7)).toString())",
            f"eval(eval(\"require('buffer')\").Buffer.from('{PRINT_JS}', 'base64').toString())",
            f"function open(text) {{ return text.split('').map(shift).join('') }} eval(open('{'abcd' * 60}'))",
        ],
    )
    def test_the_ways_of_javascript(self, source: str) -> None:
        assert [
            found.severity for found in findings(encoded_payload, npm({"scripts/setup.js": source}, scripts=INSTALL))
        ] == ["critical"]
        assert [found.severity for found in findings(encoded_payload, npm({"index.js": source}))] == ["high"]

    @pytest.mark.parametrize(
        "source",
        [
            f"import base64\nexec(base64.b64decode('{PRINT_PY}'))\n",
            f"exec(__import__('base64').b64decode('{PRINT_PY}'))\n",
            f"import zlib, base64\nexec(zlib.decompress(base64.b64decode('{PACKED}')))\n",
            f"exec(bytes.fromhex('{HEX}').decode())\n",
            f"import codecs\nexec(codecs.decode('{HEX}', 'hex'))\n",
            "import marshal\nexec(marshal.loads(b'\\xe3\\x00\\x00'))\n",
            f"import base64\ngetattr(__builtins__, 'ex' + 'ec')(base64.b64decode('{PRINT_PY}'))\n",
            f"from base64 import b64decode as d\n_ = lambda s: exec(d(s))\n_('{PRINT_PY}')\n",
            f"import base64, subprocess, sys\nsubprocess.Popen([sys.executable, '-c', base64.b64decode('{PRINT_PY}').decode()])\n",
            f"import base64\nopen('/tmp/stage2.py', 'wb').write(base64.b64decode('{PRINT_PY}'))\nimport os\nos.system('python /tmp/stage2.py')\n",
            "exec(''.join(chr(c ^ 7) for c in [119, 117, 110, 105, 115]))\n",
        ],
    )
    def test_the_ways_of_python(self, source: str) -> None:
        assert [found.severity for found in findings(encoded_payload, sdist({"setup.py": source}))] == ["critical"]
        assert [found.severity for found in findings(encoded_payload, wheel({"imgpress/__init__.py": source}))] == [
            "high"
        ]

    @pytest.mark.parametrize(
        "command",
        [
            f"echo {PRINT_JS} | base64 -d | node",
            f'sh -c "$(echo {PRINT_JS} | base64 --decode)"',
            f"node -e \"eval(Buffer.from('{PRINT_JS}','base64').toString())\"",
        ],
    )
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert [found.severity for found in findings(encoded_payload, npm(scripts={"preinstall": command}))] == [
            "critical"
        ]

    def test_a_quote_of_three_or_a_pattern_before_it_hides_nothing(self) -> None:
        source = f"x = '\"\"\"'\ny = 'assets/*'\nimport base64\nexec(base64.b64decode('{PRINT_PY}'))  # '''\n"
        assert [found.severity for found in findings(encoded_payload, sdist({"setup.py": source}))] == ["critical"]

    def test_in_a_test_it_is_medium(self) -> None:
        source = f"import base64\nexec(base64.b64decode('{PRINT_PY}'))\n"
        assert [found.severity for found in findings(encoded_payload, wheel({"imgpress/tests/test_x.py": source}))] == [
            "medium"
        ]

    def test_byte_code_out_of_a_file_that_the_package_brings_is_no_cache(self) -> None:
        files: dict[str, str | bytes] = {
            "setup.py": "import marshal\nexec(marshal.load(open('imgpress/logo.bin', 'rb')))\n",
            "imgpress/logo.bin": b"\xe3\x00",
        }
        assert [one.severity for one in findings(encoded_payload, sdist(files))] == ["critical"]

    def test_code_in_a_picture_is_told(self) -> None:
        source = "const fs = require('fs');\nconst end = fs.readFileSync(__dirname + '/logo.png').subarray(99).toString();\neval(end);"
        (found,) = findings(encoded_payload, npm({"index.js": source, "logo.png": b"\x89PNG"}))
        assert told([found]) == ["high: its code runs code that is hidden in __dirname/logo.png"]
        assert places(found) == ["index.js:2", "index.js:3"]

    def test_a_data_file_is_no_picture(self) -> None:
        source = "new Function(require('fs').readFileSync(__dirname + '/template.txt', 'utf8'));"
        assert findings(encoded_payload, npm({"index.js": source, "template.txt": "return 1"})) == []


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            f"const icon = Buffer.from('{PRINT_JS}', 'base64'); module.exports = icon;",
            f"const wasm = Buffer.from('{PRINT_JS}', 'base64'); WebAssembly.instantiate(wasm);",
            "module.exports = (s) => JSON.parse(Buffer.from(s, 'base64').toString());",
            "setTimeout(() => atob('eA=='), 10);",
            "const name = decodeURIComponent(location.hash); module.exports = new Function('return ' + name);",
            "module.exports = (n) => String(n).split('').reverse().join('');",
            "document.write(unescape('%3Cscript src=%22/x.js%22%3E%3C/script%3E'));",
            "const render = new Function('data', compile('<p>{{ name }}</p>'));",
            "eval('module.exports = ' + ['a', 'b'].reverse().join('+'));",
        ],
    )
    def test_decoding_data_in_javascript(self, source: str) -> None:
        assert findings(encoded_payload, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            f"import base64\nLOGO = base64.b64decode('{PRINT_PY}')\n",
            "import zlib, json\n\n\ndef load(b):\n    return json.loads(zlib.decompress(b))\n",
            "def render(template, data):\n    exec(compile(template, 'template', 'exec'), data)\n",
            "import subprocess\nout = subprocess.run(['git'], capture_output=True).stdout.decode()\nsubprocess.run(['git', out])\n",
        ],
    )
    def test_decoding_data_in_python(self, source: str) -> None:
        assert findings(encoded_payload, wheel({"imgpress/__init__.py": source})) == []

    def test_a_cache_of_compiled_code_is_medium(self) -> None:
        """The shape of pytest's and coverage's loaders."""
        source = "import marshal\n\n\ndef run(path, scope):\n    with open(path, 'rb') as fp:\n        fp.seek(16)\n        code = marshal.load(fp)\n    exec(code, scope)\n"
        assert {
            str(found.severity) for found in findings(encoded_payload, wheel({"imgpress/__init__.py": source}))
        } <= {"medium"}

    def test_a_cache_of_compiled_code_is_medium_at_start_up_as_well(self) -> None:
        source = "import marshal\nwith open(path, 'rb') as fp:\n    exec(marshal.load(fp))\n"
        found = findings(encoded_payload, wheel({"a.pth": "import imgpress", "imgpress/__init__.py": source}))
        assert [one.severity for one in found] == ["medium"]

    def test_the_wasm_of_a_bundle_does_not_flow_through_positions_into_its_eval(self) -> None:
        """The shape of es-module-lexer in bundles."""
        source = """
            let wasm;
            function parse(text) {
              const start = wasm.ip(), end = wasm.ep();
              return unquote(text.slice(start, end)) || text.substring(wasm.is());
            }
            function unquote(text) { try { return (0, eval)(text) } catch {} }
            WebAssembly.compile(Buffer.from("AGFzbQEAAAABKwhgAAF/YAF/AX9gAABgAn9/AX9gBH9/f38AYAN/f38Bf2AB", "base64"))
              .then(WebAssembly.instantiate).then(({ exports: made }) => { wasm = made });
            module.exports = parse;
        """
        assert findings(encoded_payload, npm({"index.js": source})) == []

    def test_a_command_that_is_encoded_on_the_way_to_powershell(self) -> None:
        """The shape of `open` and `default-browser`."""
        source = """
            const { execFile } = require("child_process");
            module.exports = (raw) =>
              execFile("powershell", ["-NoProfile", "-EncodedCommand", Buffer.from(raw, "utf16le").toString("base64")]);
        """
        assert findings(encoded_payload, npm({"index.js": source})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = npm({"index.js": f"eval(atob('{PRINT_JS}'))"})
        assert [found.new for found in findings(encoded_payload, old, old)] == [False]
