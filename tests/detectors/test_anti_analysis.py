"""Asking whether somebody watches is told, louder where nobody asked or where it hides harm; asking for a build is not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import anti_analysis

NAMES = "const os = require('os');\nconst known = ['vmware', 'virtualbox', 'sandbox', 'cuckoo'];\nif (known.some((word) => os.hostname().includes(word))) process.exit();\n"
HIDDEN = "eval(Buffer.from('Y29uc29sZS5sb2coMSk=', 'base64').toString());"
WIPES = "require('fs').rmSync(require('os').homedir(), { recursive: true });"


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(anti_analysis, artifact)]


def installs(source: str) -> ArtifactFacts:
    """A tarball whose install step runs this source."""
    return npm({"a.js": source}, scripts={"postinstall": "node a.js"})


class TestAlarm:
    @pytest.mark.parametrize(
        ("source", "asks"),
        [
            (NAMES, "a sandbox, a virtual machine"),
            ("setInterval(() => { debugger; }, 50);", "a debugger"),
            ("(function () {}.constructor('debugger')());", "a debugger"),
            ("if (/TracerPid:\\s+[1-9]/.test(require('fs').readFileSync('/proc/self/status', 'utf8'))) process.exit(0);", "a debugger"),
            ("if (Object.values(require('os').networkInterfaces()).flat().some((one) => one.mac.startsWith('08:00:27'))) process.exit();", "a virtual machine"),
            ("require('child_process').exec('systemd-detect-virt', (error, out) => { if (!error) process.exit(); });", "a virtual machine"),
        ],
    )  # fmt: skip
    def test_javascript_that_looks_whether_it_is_watched(self, source: str, asks: str) -> None:
        assert told(findings(anti_analysis, npm({"index.js": source}))) == [
            f"medium: its code looks whether it is watched ({asks})"
        ]
        assert severities(installs(source)) == ["high"]

    @pytest.mark.parametrize(
        ("source", "asks"),
        [
            ("import socket, sys\nif socket.gethostname().lower() in ('sandbox', 'vbox', 'malware'):\n    sys.exit()\n", "a sandbox, a virtual machine"),
            ("import ctypes\nif ctypes.windll.kernel32.IsDebuggerPresent():\n    raise SystemExit\n", "a debugger"),
            ("import sys\nif sys.gettrace() is not None: sys.exit(0)\n", "a debugger"),
            ("import os\nif os.getlogin() == 'WDAGUtilityAccount':\n    os._exit(0)\n", "a sandbox"),
            ("import psutil\nif any(one.name().lower() in ('wireshark.exe', 'processhacker.exe', 'x64dbg.exe') for one in psutil.process_iter()):\n    exit()\n", "tools of analysts"),
        ],
    )  # fmt: skip
    def test_python_that_looks_whether_it_is_watched(self, source: str, asks: str) -> None:
        assert told(findings(anti_analysis, sdist({"setup.py": source}))) == [
            f"high: its install step looks whether it is watched ({asks})"
        ]

    def test_a_shell_that_looks_whether_it_is_watched(self) -> None:
        assert severities(npm(scripts={"postinstall": "grep -q 'TracerPid: 0' /proc/self/status || exit 0"})) == [
            "high"
        ]

    def test_beside_hidden_code_it_is_high_and_both_lines_are_shown(self) -> None:
        (found,) = findings(anti_analysis, npm({"index.js": NAMES + HIDDEN}))
        assert told([found]) == [
            "high: its code looks whether it is watched (a sandbox, a virtual machine), beside hidden code"
        ]
        assert places(found) == ["index.js:2", "index.js:4"]

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            (f"if (Intl.DateTimeFormat().resolvedOptions().timeZone === 'Europe/Minsk') {WIPES}", "the place), beside a deletion"),
            (f"fetch('https://ipapi.co/json').then((answer) => answer.json()).then((found) => {{ if (found.country === 'BY') {WIPES} }});", "the place), beside a deletion"),
            (f"setTimeout(() => {{ {HIDDEN} }}, 15 * 60 * 1000);", "a delay), beside hidden code"),
        ],
    )  # fmt: skip
    def test_the_place_and_a_delay_are_told_beside_what_is_dangerous(self, source: str, says: str) -> None:
        assert told(findings(anti_analysis, npm({"index.js": source}))) == [
            f"medium: its code looks where it runs or waits ({says}"
        ]

    def test_a_delay_in_python(self) -> None:
        source = "import base64, time\ntime.sleep(600)\nexec(base64.b64decode('cHJpbnQoMSk='))\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["medium"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            # the shapes of ci-info, supports-color, test runners, clocks, caches, is-docker, frames, and lists of words
            "const { env } = process; exports.isCI = Boolean(env.CI || env.GITHUB_ACTIONS || env.TRAVIS || env.BUILD_NUMBER);",
            "if ('CI' in process.env && ['TRAVIS', 'CIRCLECI', 'GITLAB_CI'].some((sign) => sign in process.env)) exports.level = 1;",
            "const flags = process.execArgv.filter((one) => !one.startsWith('--inspect')); module.exports = (file) => require('child_process').fork(file, { execArgv: flags });",
            "exports.zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;",
            "setTimeout(() => { cache.clear(); }, 10 * 60 * 1000);",
            "exports.isDocker = () => require('fs').existsSync('/.dockerenv');",
            "frame.setAttribute('sandbox', 'allow-scripts'); const kinds = ['virus', 'malware', 'sandbox', 'triage'];",
            "exports.machines = ['vmware', 'qemu'];",
            "// asks neither IsDebuggerPresent nor TracerPid\nmodule.exports = 1;",
            "function stop() { debugger; }",
            WIPES,
        ],
    )  # fmt: skip
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(anti_analysis, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import sys\n\n\ndef is_traced():\n    return sys.gettrace() is not None\n",
            "import locale\nlocale.setlocale(locale.LC_ALL, '')\nprint(locale.getlocale())\n",
            "import time\n\n\ndef wait():\n    time.sleep(600)\n",
            '"""Knows `IsDebuggerPresent` and "vmware", "vbox", "qemu"."""\nimport os\nprint(os.name)\n',
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(anti_analysis, wheel({"imgpress/__init__.py": source})) == []

    def test_a_library_that_describes_the_machine_is_no_warning(self) -> None:
        """The shape of systeminformation: it names all makers of virtual machines."""
        source = "exports.virtual = (model) => ['virtualbox', 'vmware', 'qemu', 'parallels'].some((name) => model.toLowerCase().includes(name));"
        assert severities(npm({"index.js": source})) == ["medium"]

    def test_in_a_test_it_is_low(self) -> None:
        assert severities(npm({"test/x.js": NAMES + HIDDEN})) == ["low"]

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = installs(NAMES)
        assert [found.new for found in findings(anti_analysis, old, old)] == [False]
