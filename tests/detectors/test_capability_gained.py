"""A version that can do more than the one before is told, the louder the less anybody asks for it."""

from __future__ import annotations

import base64

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import capability_gained

TALKS = "require('https').get('https://%s/v1');\n"
PLAIN = npm({"index.js": "module.exports = (a, b) => a + b;\n"})


class TestAlarm:
    @pytest.mark.parametrize(
        ("source", "patch", "minor", "says"),
        [
            ("require('child_process').execFileSync('convert', ['a']);", "high", "medium", "starts programs"),
            ("require('https').get('https://api.example/v1');", "high", "medium", "reaches the network"),
            ("module.exports = (t) => new Function(t)();", "high", "medium", "runs text as code"),
            ("const t = process.env.NPM_TOKEN;", "medium", "medium", "reads secrets"),
            ("process.dlopen(module, './x.node');", "medium", "medium", "uses native code"),
        ],
    )
    def test_a_new_capability_is_louder_in_a_patch(self, source: str, patch: str, minor: str, says: str) -> None:
        new = npm({"index.js": source})
        assert told(findings(capability_gained, new, PLAIN)) == [f"{patch}: its code {says}, which 2.4.0 did not"]
        assert told(findings(capability_gained, new, PLAIN, old="2.3.9")) == [
            f"{minor}: its code {says}, which 2.3.9 did not"
        ]

    def test_the_sample_of_an_image_library_that_begins_to_start_programs(self) -> None:
        old = wheel(
            {"imgpress/__init__.py": "from imgpress.convert import run\n", "imgpress/convert.py": "def run(p): ...\n"}
        )
        new = wheel(
            {
                "imgpress/__init__.py": "from imgpress.convert import run\n",
                "imgpress/convert.py": "import subprocess\n\n\ndef run(tool, path):\n    subprocess.run([tool, path])\n",
            }
        )
        (found,) = findings(capability_gained, new, old, old="2.3.4")
        assert told([found]) == ["medium: its code starts programs, which 2.3.4 did not"]
        assert places(found) == ["imgpress/convert.py:5"]

    def test_the_network_in_an_install_step_is_high_though_the_library_always_had_it(self) -> None:
        library = {"index.js": "exports.get = (u) => require('https').get(u);\n"}
        old = npm(library, scripts={"postinstall": "node setup.js"})
        new = npm(
            {**library, "setup.js": "require('https').get('https://drop.example/');"},
            scripts={"postinstall": "node setup.js"},
        )
        (found,) = findings(capability_gained, new, old, old="1.0.0")
        assert told([found]) == ["high: its install step reaches the network, which 1.0.0 did not"]
        assert places(found) == ["package.json:5", "setup.js:1"]

    def test_a_first_step_that_runs_unasked_is_told_softly_beside_its_own_rule(self) -> None:
        new = npm({"index.js": "module.exports = 1;"}, scripts={"postinstall": "echo thanks"})
        assert "medium: it runs code without being asked, which 2.4.0 did not" in told(
            findings(capability_gained, new, PLAIN)
        )

    @pytest.mark.parametrize(
        "source",
        [
            "const cp = 'child_pro' + 'cess'; require(cp)['ex' + 'ec']('id');",
            "const {['spa' + 'wn']: run} = require('node:child_process'); run('id');",
            "process.mainModule.require('child_process').exec('id');",
            "const m = require('module'); m.createRequire(__filename)('child_process').exec('id');",
            "import('node:child_process').then((c) => c.exec('id'));",
        ],
    )
    def test_split_names_hide_no_program(self, source: str) -> None:
        assert "high: its code starts programs, which 2.4.0 did not" in told(
            findings(capability_gained, npm({"index.js": source}), PLAIN)
        )

    def test_encoded_data_that_the_old_version_lacked(self) -> None:
        blob = base64.b64encode(bytes(at * 7 % 251 for at in range(3000))).decode()
        new = npm({"index.js": f"exports.table = '{blob}';\n"})
        assert told(findings(capability_gained, new, PLAIN)) == [
            "medium: its code holds encoded data, which 2.4.0 did not"
        ]

    @pytest.mark.parametrize(("old", "severity"), [("2.4.0", "medium"), ("2.3.0", "low")])
    def test_a_host_of_somebody_else_is_louder_in_a_patch(self, old: str, severity: str) -> None:
        before = npm({"index.js": TALKS % "api.shop.example"})
        new = npm({"index.js": TALKS % "api.shop.example" + TALKS % "stats.drop.invalid"})
        (found,) = findings(capability_gained, new, before, old=old)
        assert told([found]) == [f"{severity}: its code talks to stats.drop.invalid, which {old} did not"]
        assert places(found) == ["index.js:2"]

    def test_a_host_in_an_install_step_is_high(self) -> None:
        step = {"postinstall": "node setup.js"}
        old = npm({"setup.js": TALKS % "api.shop.example"}, scripts=step)
        new = npm({"setup.js": TALKS % "drop.invalid"}, scripts=step)
        assert told(findings(capability_gained, new, old, old="1.0.0")) == [
            "high: its install step talks to drop.invalid, which 1.0.0 did not"
        ]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "host", ["eu.api.shop.example", "shop.example", "localhost", "127.0.0.1", "API.SHOP.EXAMPLE"]
    )
    def test_another_host_of_the_same_owner_or_this_machine(self, host: str) -> None:
        before = npm({"index.js": TALKS % "api.shop.example"})
        assert findings(capability_gained, npm({"index.js": TALKS % host}), before) == []

    def test_code_that_moved_and_hosts_that_were_named_elsewhere(self) -> None:
        before = npm({"index.js": TALKS % "api.shop.example", "lib/b.js": TALKS % "b.invalid"})
        new = npm({"dist/index.js": TALKS % "b.invalid", "index.js": "require('./dist/index.js');\n"})
        assert findings(capability_gained, new, before) == []

    def test_encoded_data_that_grew(self) -> None:
        old, new = (
            npm({"index.js": f"exports.t = '{base64.b64encode(bytes(range(250)) * n).decode()}';\n"}) for n in (8, 9)
        )
        assert findings(capability_gained, new, old) == []

    def test_a_package_that_could_do_so_before(self) -> None:
        old = npm({"index.js": "require('child_process').exec('a');"})
        new = npm({"lib/run.js": "require('child_process').spawn('b');", "index.js": "require('./lib/run');"})
        assert findings(capability_gained, new, old) == []

    def test_a_package_that_is_new(self) -> None:
        assert findings(capability_gained, npm({"index.js": "require('https').get('https://api.example');"})) == []

    def test_tests_documents_and_examples(self) -> None:
        source = "require('child_process').exec('jest');"
        new = npm({"index.js": "", "test/run.js": source, "examples/a.js": source, "docs/build.js": source})
        assert findings(capability_gained, new, PLAIN) == []

    def test_a_build_script_that_nothing_loads_is_low(self) -> None:
        new = npm({"index.js": "module.exports = 1;", "tools/release.js": "require('child_process').exec('git tag');"})
        assert told(findings(capability_gained, new, PLAIN, old="2.3.0")) == [
            "low: a file that nothing in it loads starts programs, which 2.3.0 did not"
        ]

    def test_a_name_that_only_looks_like_it(self) -> None:
        source = "const re = /a/; re.exec('x'); const db = {}; db.exec?.('select 1'); exports.fetch = () => 1;\n"
        assert findings(capability_gained, npm({"index.js": source}), PLAIN) == []

    def test_comments_and_docstrings_are_no_code(self) -> None:
        text = '"""Use subprocess.run(["x"]) or eval("1")."""\n# os.system("id")\nVALUE = 1\n'
        assert (
            findings(capability_gained, wheel({"imgpress/__init__.py": text}), wheel({"imgpress/__init__.py": ""}))
            == []
        )

    def test_a_timer_is_no_eval(self) -> None:
        text = "const { setTimeout } = require('node:timers/promises'); module.exports = () => setTimeout(1000);"
        assert findings(capability_gained, npm({"index.js": text}), PLAIN) == []

    def test_choosing_a_module_by_name_is_no_eval(self) -> None:
        text = "import importlib\n\n\ndef load(name):\n    return importlib.import_module(name)\n"
        assert (
            findings(capability_gained, sdist({"imgpress/__init__.py": text}), sdist({"imgpress/__init__.py": ""}))
            == []
        )
