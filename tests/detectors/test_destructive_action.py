"""Wiping a home, a system or a disk is told, however it is written; cleaning up after oneself is not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import destructive_action

HOME = "require('os').homedir()"
WALK = "const fs = require('fs'), path = require('path');\nfunction walk(dir) {\n  for (const name of fs.readdirSync(dir)) {\n    const each = path.join(dir, name);\n    if (fs.statSync(each).isDirectory()) walk(each); else fs.writeFileSync(each, 'x');\n  }\n}\n"
ENCRYPT = """import os
from cryptography.fernet import Fernet


def lock(path):
    data = open(path, "rb").read()
    open(path, "wb").write(Fernet(b"key").encrypt(data))


for root, folders, files in os.walk(os.path.expanduser("~")):
    for name in files:
        lock(os.path.join(root, name))
"""


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(destructive_action, artifact)]


def says(artifact: ArtifactFacts) -> str:
    """The one thing that it tells."""
    (line,) = told(findings(destructive_action, artifact))
    return line


class TestAlarm:
    @pytest.mark.parametrize(
        ("source", "what"),
        [
            (f"require('fs').rmSync({HOME}, {{ recursive: true, force: true }});", "deletes the home folder (~)"),
            ("const { promises: f } = require('fs'); f['r' + 'm'](process.env.HOME, { recursive: true });", "deletes the home folder (~)"),
            (f"require('rimraf')(require('path').join({HOME}, '*'), () => {{}});", "deletes the home folder (~/*)"),
            ("import { rimraf } from 'rimraf'; rimraf(['dist', '/etc']);", "deletes the system (/etc)"),
            ("import { deleteAsync } from 'del'; deleteAsync(['~/**'], { force: true });", "deletes the home folder (~/**)"),
            (f"const fs = require('fs'), path = require('path'), home = {HOME}; fs.readdirSync(home).forEach((f) => fs.rmSync(path.join(home, f), {{ recursive: true }}));", "deletes the home folder (~/*)"),
            (f"{WALK}walk({HOME});", "overwrites the home folder (~/*)"),
            ("import { userInfo } from 'node:os'; import { rm } from 'node:fs/promises'; await rm(userInfo().homedir, { recursive: true });", "deletes the home folder (~)"),
            (f"require('shelljs').rm('-rf', {HOME});", "deletes the home folder (~)"),
            ("require('child_process').exec('rm -rf ~/*');", "deletes the home folder (~/*)"),
            ("require('child_process').spawn('rm', ['-rf', '--no-preserve-root', '/']);", "deletes a whole disk (/)"),
            ("require('child_process').execSync(process.platform === 'win32' ? 'rd /s /q C:\\\\' : 'true');", "deletes a whole disk (C:)"),
            ("require('fs').writeFileSync('/dev/sda', Buffer.alloc(512));", "overwrites a whole disk (/dev/sda)"),
        ],
    )  # fmt: skip
    def test_the_ways_of_javascript(self, source: str, what: str) -> None:
        assert says(npm({"index.js": source})) == f"critical: its code {what}"

    @pytest.mark.parametrize(
        ("source", "what"),
        [
            ("import shutil, os\nshutil.rmtree(os.path.expanduser('~'))\n", "deletes the home folder (~)"),
            ("from pathlib import Path\nimport shutil as s\ngetattr(s, 'rm' + 'tree')(Path.home(), ignore_errors=True)\n", "deletes the home folder (~)"),
            ("import os\nfor root, folders, files in os.walk('/home'):\n    for name in files:\n        os.remove(os.path.join(root, name))\n", "deletes the home folder (/home/*)"),
            ("from pathlib import Path\nfor path in Path.home().rglob('*'):\n    path.unlink()\n", "deletes the home folder (~/*)"),
            ("import glob, os\nfor name in glob.glob('/home/**/*', recursive=True):\n    os.remove(name)\n", "deletes the home folder (/home/**/*)"),
            ("import os\nfor name in os.listdir('/'):\n    os.remove('/' + name)\n", "deletes a whole disk (/*)"),
            ("import os\nfor entry in os.scandir('/home'):\n    os.remove(entry.path)\n", "deletes the home folder (/home/*)"),
            ("import os\n\n\ndef clear(path):\n    for name in os.listdir(path):\n        each = os.path.join(path, name)\n        if os.path.isdir(each):\n            clear(each)\n        else:\n            os.remove(each)\n\n\nclear('/home')\n", "deletes the home folder (/home/*)"),
            (ENCRYPT, "overwrites the home folder (~/*)"),
            ("import os\nos.system('format c: /y')\n", "overwrites a whole disk (c:)"),
            ("import subprocess\nsubprocess.call('vssadmin delete shadows /all /quiet', shell=True)\n", "deletes the backups"),
            ("import shutil\nshutil.rmtree('C:\\\\Windows\\\\System32')\n", "deletes the system (C:/Windows/System32)"),
            ("open(r'\\\\.\\PhysicalDrive0', 'wb').write(b'0' * 512)\n", "overwrites a whole disk (//./PhysicalDrive0)"),
        ],
    )  # fmt: skip
    def test_the_ways_of_python(self, source: str, what: str) -> None:
        assert says(sdist({"setup.py": source})) == f"critical: its install step {what}"

    @pytest.mark.parametrize(
        "command",
        [
            "rm -rf ~",
            "sudo rm -r -f $HOME/*",
            "cd / && rm -rf *",
            "D=/; rm -rf ${D}",
            "for f in ~/*; do rm -rf \"$f\"; done",
            "find ~ -type f -delete",
            "find / -exec shred {} +",
            "dd if=/dev/zero of=/dev/sda",
            "mkfs.ext4 /dev/sda1",
            "cat /dev/urandom > /dev/nvme0n1",
            "mv ~ /dev/null",
            "rd /s /q C:\\",
            "del /f /s /q C:\\*",
            "npx rimraf /",
            "rm -rf ~/Documents ~/Desktop",
            'powershell -c "Remove-Item -Recurse -Force $HOME"',
        ],
    )  # fmt: skip
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert severities(npm(scripts={"postinstall": command})) == ["critical"]

    def test_a_date_before_it_hides_nothing_and_the_line_is_shown(self) -> None:
        source = f"if (new Date().getMonth() === 3) {{\n  require('fs').rmSync({HOME}, {{ recursive: true }});\n}}\n"
        (found,) = findings(destructive_action, npm({"a.js": source}, scripts={"postinstall": "node a.js"}))
        assert told([found]) == ["critical: its install step deletes the home folder (~)"]
        assert places(found) == ["package.json:5", "a.js:2"]

    @pytest.mark.parametrize(
        "path", ["require('path').resolve(process.cwd(), '..') + path.sep", "__dirname + '/../..'"]
    )
    def test_the_folders_around_it_are_critical(self, path: str) -> None:
        source = f"const path = require('path'); require('fs').rmSync({path}, {{ recursive: true }});"
        assert severities(npm({"index.js": source})) == ["critical"]

    def test_the_folder_that_imported_code_is_run_in_is_high(self) -> None:
        assert severities(npm({"index.js": "require('fs').rmSync(process.cwd(), { recursive: true });"})) == ["high"]

    def test_what_nothing_loads_is_high(self) -> None:
        assert severities(npm({"index.js": "", "extra/wipe.sh": "rm -rf ~\n"})) == ["high"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "command",
        [
            "rm -rf dist",
            "rm -rf ./build node_modules/.cache ../dist",
            "rm -rf /var/lib/apt/lists/* /tmp/build",
            "rm -rf ~/.cache/tool",
            "cd build && rm -rf *",
            "rm -rf .",
            "rm -f ~/.toolrc *.tgz",
            'rm -rf "$TMP" "${PREFIX:?}/lib"',
            "find . -name '*.pyc' -delete",
            "find ~/.cache/tool -type f -delete",
            "dd if=/dev/zero of=image.bin count=1",
            "mv notes.txt /dev/null",
            "rimraf dist coverage",
            "del /q dist\\*.js",
            "echo 'never run rm -rf / again'",
        ],
    )
    def test_cleaning_in_a_shell(self, command: str) -> None:
        assert findings(destructive_action, npm(scripts={"postinstall": command})) == []

    @pytest.mark.parametrize(
        "source",
        [
            # the shapes of temporary folders, build scripts, caches, rimraf itself, and formatters
            "const fs = require('fs'), os = require('os'), path = require('path'); const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'x-')); fs.rmSync(dir, { recursive: true });",
            "require('fs').rmSync('dist', { recursive: true }); require('rimraf').sync(require('path').join(__dirname, '..', 'dist'));",
            f"require('fs').rmSync(require('path').join({HOME}, '.tool', 'cache'), {{ recursive: true }});",
            "module.exports = (dir) => require('fs').rmSync(dir, { recursive: true, force: true });",
            "const fs = require('fs'); fs.readdirSync('.').filter((f) => f.endsWith('.tgz')).forEach((f) => fs.unlinkSync(f));",
            f"const fs = require('fs'), path = require('path'); fs.readdirSync('templates').forEach((f) => fs.rmSync(path.join({HOME}, '.tool', f)));",
            f"{WALK}module.exports = walk;",
        ],
    )  # fmt: skip
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(destructive_action, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import shutil, tempfile\npath = tempfile.mkdtemp()\nshutil.rmtree(path)\n",
            "import shutil\nfor name in ('build', 'dist'):\n    shutil.rmtree(name, ignore_errors=True)\n",
            "import os\nfor root, folders, files in os.walk('.'):\n    for name in files:\n        if name.endswith('.pyc'):\n            os.remove(os.path.join(root, name))\n",
            "import os, shutil\n\n\ndef clear():\n    shutil.rmtree(os.path.expanduser('~/.cache/tool'))\n",
            "import os\n\n\ndef clear(module):\n    folder = os.path.dirname(module.__file__)\n    for name in os.listdir(folder):\n        os.remove(os.path.join(folder, name))\n",
            "import os\n\n\ndef rollback(folders):\n    for each in sorted(folders):\n        names = os.listdir(each)\n        if names:\n            os.rmdir(os.path.join(each, names[0]))\n",
            "import os\n\n\ndef uninstall():\n    for name in os.listdir('templates'):\n        os.remove(os.path.join(os.path.expanduser('~'), name))\n",
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(destructive_action, wheel({"imgpress/__init__.py": source})) == []

    def test_in_a_test_it_is_low(self) -> None:
        assert severities(npm({"test/x.js": "require('child_process').execSync('rm -rf ~');"})) == ["low"]

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = npm(scripts={"postinstall": "rm -rf ~"})
        assert [found.new for found in findings(destructive_action, old, old)] == [False]

    def test_old_logs_in_a_folder_that_nobody_knows_are_no_disk(self) -> None:
        """The shape of the standard library's rotating handlers."""
        source = (
            "import os\n\n\nclass Handler:\n    def old(self):\n        folder, name = os.path.split(self.baseFilename)\n"
            "        return [os.path.join(folder, one) for one in os.listdir(folder)]\n\n"
            "    def rotate(self):\n        for path in self.old():\n            os.remove(path)\n"
        )
        assert findings(destructive_action, wheel({"imgpress/__init__.py": source})) == []
