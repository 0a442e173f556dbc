"""An install step is told with its command: loudly when the old version had none, or another."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import install_script

SETUP = 'from setuptools import setup\nsetup(name="imgpress", version="3.0.0")\n'


class TestAlarm:
    def test_a_step_that_the_old_version_lacked_is_high_and_shows_its_line(self) -> None:
        new = npm(scripts={"test": "jest", "postinstall": "node scripts/setup.js"})
        (found,) = findings(install_script, new, npm(scripts={"test": "jest"}))
        assert told([found]) == ['high: its install step runs "postinstall": "node scripts/setup.js"']
        assert places(found) == ["package.json:6"]
        assert found.evidence[0].text == '"postinstall": "node scripts/setup.js"'
        assert (found.new, found.reach) == (True, "install")

    def test_a_step_of_a_package_that_is_new_is_medium(self) -> None:
        assert told(findings(install_script, npm(scripts={"install": "x"}))) == [
            'medium: its install step runs "install": "x"'
        ]

    def test_a_command_that_changed_is_said_to_have_changed(self) -> None:
        old, new = npm(scripts={"postinstall": "node a.js"}), npm(scripts={"postinstall": "node a.js && node b.js"})
        assert told(findings(install_script, new, old)) == [
            'high: its install step changed and runs "postinstall": "node a.js && node b.js"'
        ]

    def test_a_second_step_beside_an_old_one_is_told_as_new(self) -> None:
        old, new = npm(scripts={"install": "x"}), npm(scripts={"install": "x", "preinstall": "y"})
        found = findings(install_script, new, old)
        assert {(one.new, str(one.severity)) for one in found} == {(True, "high"), (False, "medium")}

    def test_a_change_behind_two_hundred_characters_is_a_change(self) -> None:
        command = "echo " + "x" * 500
        old, new = npm(scripts={"install": command}), npm(scripts={"install": f"{command}; node b.js"})
        assert findings(install_script, new, old)[0].severity == "high"

    def test_compiling_unasked_is_a_step(self) -> None:
        assert told(findings(install_script, npm({"binding.gyp": "{}"}))) == [
            "medium: installing it compiles native code with node-gyp"
        ]

    def test_a_bundled_package_brings_its_own(self) -> None:
        inner = '{"name": "x", "scripts": {"postinstall": "node x.js"}}'
        (found,) = findings(install_script, npm({"node_modules/x/package.json": inner}))
        assert places(found) == ["node_modules/x/package.json:1"]

    @pytest.mark.parametrize(
        ("more", "line"),
        [
            ("import os\nos.system('make')", "setup.py:4"),
            ("from subprocess import check_output as c\nc(['git', 'describe'])", "setup.py:4"),
            ("exec(__import__('base64').b64decode('cHJpbnQoMSk='))", "setup.py:3"),
            ("import urllib.request\nurllib.request.urlopen('https://drop.example')", "setup.py:4"),
        ],
    )
    def test_a_setup_py_that_does_more_than_call_setup_is_a_step(self, more: str, line: str) -> None:
        (found,) = findings(install_script, sdist({"setup.py": f"{SETUP}{more}\n"}), sdist({"setup.py": SETUP}))
        assert told([found]) == ["high: building it runs code of its own in setup.py"]
        assert places(found) == [line]

    def test_a_build_backend_in_the_tree_is_a_step(self) -> None:
        toml = '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n'
        assert told(findings(install_script, sdist({"pyproject.toml": toml, "own.py": ""}))) == [
            "medium: building it runs code of its own (build-backend = 'own')"
        ]


class TestInnocentTwin:
    @pytest.mark.parametrize("name", ["prepare", "prepublishOnly", "test", "build", "start"])
    def test_scripts_of_the_author_s_own_machine(self, name: str) -> None:
        assert findings(install_script, npm(scripts={name: "rollup -c && husky install"})) == []

    def test_the_same_step_as_before_is_not_new(self) -> None:
        """The shape of esbuild: every version has it."""
        step = npm({"install.js": ""}, scripts={"postinstall": "node install.js"})
        (found,) = findings(install_script, step, step)
        assert (found.new, str(found.severity)) == (False, "medium")

    @pytest.mark.parametrize(
        "more",
        [
            "exec(open('imgpress/version.py').read())",
            "import os\nhere = os.path.dirname(__file__)\nwith open(os.path.join(here, 'README.md')) as f:\n    text = f.read()",
            "import re, io\nversion = re.search('x', io.open('imgpress/__init__.py').read())",
            "import sys\nif sys.version_info < (3, 8):\n    raise SystemExit('too old')",
            "import os\nflags = os.environ.get('CFLAGS', '').split()",
        ],
    )
    def test_a_setup_py_that_reads_its_version_and_readme(self, more: str) -> None:
        assert findings(install_script, sdist({"setup.py": f"{SETUP}{more}\n", "imgpress/version.py": "v = 1"})) == []

    def test_a_setup_py_whose_lines_moved_is_the_same_step(self) -> None:
        old = sdist({"setup.py": f"{SETUP}import os\nos.system('make')\n"})
        new = sdist({"setup.py": f"{SETUP}\n\nimport os\nos.system('make all')\n"})
        (found,) = findings(install_script, new, old)
        assert not found.new
