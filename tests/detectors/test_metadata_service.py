"""Asking the cloud for the machine's credentials is told; clients of clouds, which always do, are told softly."""

from __future__ import annotations

import pytest

from app.core.package import Package
from app.core.specimen import ArtifactFacts, Specimen
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import metadata_service


def severities(artifact: ArtifactFacts, before: ArtifactFacts | None = None) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(metadata_service, artifact, before)]


JAVASCRIPT = [
    "fetch('http://169.254.169.254/latest/meta-data/iam/security-credentials/');",
    "fetch('http://169.254.' + '169.254/latest/');",
    "fetch(`http://${'169.254'}.169.254/latest/`);",
    "require('http').get({ host: 'metadata.google.internal', path: '/computeMetadata/v1/' });",
    "const { get: g } = require('http'); g('http://2852039166/latest/meta-data/');",
    "require('axios').get(Buffer.from('aHR0cDovLzE2OS4yNTQuMTY5LjI1NC9sYXRlc3Qv', 'base64').toString());",
    "require('child_process').execSync('curl -s http://169.254.169.254/latest/api/token');",
]
PYTHON = [
    "import requests\nrequests.get('http://169.254.169.254/latest/meta-data/')\n",
    "import urllib.request as u\nu.urlopen('http://' + '.'.join(['169', '254', '169', '254']) + '/latest/')\n",
    "r = __import__('requests')\ngetattr(r, 'ge' + 't')('http://100.100.100.200/latest/')\n",
    "import http.client\nc = http.client.HTTPConnection('metadata.google.internal')\nc.request('GET', '/')\n",
    "import os\nos.system('curl -H Metadata:true http://169.254.169.254/metadata/identity/oauth2/token')\n",
]


class TestAlarm:
    @pytest.mark.parametrize("source", JAVASCRIPT)
    def test_an_install_step_in_javascript_is_high(self, source: str) -> None:
        assert severities(npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == ["high"]

    @pytest.mark.parametrize("source", PYTHON)
    def test_a_setup_script_is_high(self, source: str) -> None:
        assert severities(sdist({"setup.py": source})) == ["high"]

    def test_a_command_of_the_manifest_is_high(self) -> None:
        (found,) = findings(
            metadata_service, npm(scripts={"postinstall": "curl http://169.254.169.254/latest/user-data"})
        )
        assert told([found]) == ["high: its install step asks a cloud's metadata service (169.254.169.254)"]
        assert places(found) == ["package.json:5"]

    def test_an_upgrade_that_begins_to_ask_is_high(self) -> None:
        before = npm({"index.js": "module.exports = 1;"})
        assert severities(npm({"index.js": JAVASCRIPT[0]}), before) == ["high"]

    def test_a_start_up_hook_is_high(self) -> None:
        line = "import urllib.request as u; u.urlopen('http://169.254.169.254/latest/').read()"
        assert severities(wheel({"a.pth": line})) == ["high"]


class TestInnocentTwin:
    @pytest.mark.parametrize("source", JAVASCRIPT)
    def test_imported_code_of_a_package_that_is_new_here_is_only_monitored(self, source: str) -> None:
        assert severities(npm({"index.js": source})) == ["medium"]

    def test_a_client_of_clouds_that_asks_in_many_files_is_told_once(self) -> None:
        """The shape of the SDKs: constants in one file, requests in others."""
        files = {
            "sdk/__init__.py": "from sdk import imds, ecs\n",
            "sdk/imds.py": "import requests\nURL = 'http://169.254.169.254/latest/api/token'\n\n\ndef token():\n    return requests.put(URL).text\n",
            "sdk/ecs.py": "HOST = 'http://169.254.170.2'\n",
        }
        assert severities(wheel(files)) == ["medium"]

    def test_a_client_of_clouds_that_begins_to_ask_in_an_upgrade(self) -> None:
        before, after = wheel({"sdk/__init__.py": ""}), wheel({"sdk/__init__.py": PYTHON[0]})
        package, previous = Package.parse("pypi/azure-identity@2.4.1"), Package.parse("pypi/azure-identity@2.4.0")
        (found,) = metadata_service.detect(Specimen(package, after, previous, before))
        assert found.severity == "medium"

    def test_what_the_old_version_asked_is_not_new_and_not_louder(self) -> None:
        old = npm({"index.js": JAVASCRIPT[0]})
        (found,) = findings(metadata_service, old, old)
        assert (found.severity, found.new) == ("medium", False)

    def test_tests_and_documents_are_told_softly(self) -> None:
        assert severities(npm({"test/x.js": JAVASCRIPT[0]})) == ["low"]
        assert findings(metadata_service, npm({"README.md": "Ask http://169.254.169.254/ for it."})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "fetch('https://api.example/metadata');",
            "// see http://169.254.169.254/latest/\nmodule.exports = 1;",
            "const net = '169.254.0.0/16'; module.exports = (ip) => ip.startsWith('169.254.');",
        ],
    )
    def test_other_addresses(self, source: str) -> None:
        assert findings(metadata_service, npm({"index.js": source})) == []
