"""The step in the README works as it stands: its shell runs here, against a service and an issuer on loopback."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask import Flask, Response, jsonify, request
from werkzeug.serving import BaseWSGIServer, make_server

from app.core.policy import Conclusion
from app.store import MemoryStore
from app.token_settings import WorkflowSettings
from tests.builders import a_report
from tests.fakes.clock import FakeClock
from tests.fakes.oidc_issuer import ISSUER
from tests.store.test_deliveries import a_request
from tests.web.api.conftest import Service
from tests.web.conftest import SETTINGS

README = Path(__file__).parents[3] / "README.md"
RUNNERS_OWN = "what the runner shows to the issuer"
needs_tools = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("bash", "curl", "jq")), reason="needs what GitHub's runners have"
)


def step() -> tuple[dict[str, Any], dict[str, Any]]:
    """The job that the README shows, and its one step."""
    text = README.read_text("utf-8").partition("<!-- step -->\n```yaml\n")[2].partition("```\n<!-- /step -->")[0]
    job = yaml.safe_load(text)["jobs"]["assay"]
    (one,) = job["steps"]
    return job, one


@dataclass
class Runner:
    """A runner of GitHub Actions, as far as the step sees it."""

    service: Service
    assay: str
    issuer: str
    home: Path

    def run(self, head: str = "a" * 40) -> subprocess.CompletedProcess[str]:
        """Run the step's shell as GitHub does for `shell: bash`."""
        _, one = step()
        script = self.home / "step.sh"
        script.write_text(one["run"])
        tools = self.home / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "sleep").write_text("#!/bin/sh\n")  # the ten minutes
        (tools / "sleep").chmod(0o755)
        given = {
            "PATH": f"{tools}:{os.environ['PATH']}",
            "ASSAY": self.assay,
            "HEAD": head,
            "ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.issuer}/token?api-version=2.0",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN": RUNNERS_OWN,
            "GITHUB_STEP_SUMMARY": str(self.home / "summary.md"),
            "NO_PROXY": "*",
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        return subprocess.run(command, env=given, capture_output=True, text=True, timeout=60, check=False)

    @property
    def summary(self) -> str:
        """What the step shows on the run's page."""
        return (self.home / "summary.md").read_text("utf-8")


@pytest.fixture
def runner(clock: FakeClock, tmp_path: Path) -> Iterator[Runner]:
    """A service and the runner's own issuer, both on loopback."""
    servers: list[BaseWSGIServer] = []

    def serve(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    stub = Flask("where the service will be")
    assay = serve(stub)
    service = Service(
        MemoryStore(),
        clock,
        settings=replace(SETTINGS, trusted_hosts=("127.0.0.1",)),
        workflows=WorkflowSettings(ISSUER, assay),
    )
    stub.wsgi_app = service.app.wsgi_app  # type: ignore[method-assign]
    runners = Flask("the runner's issuer")

    @runners.get("/token")
    def token() -> Response:
        assert request.headers["Authorization"] == f"Bearer {RUNNERS_OWN}"
        return jsonify(count=1, value=service.workflow_token(aud=request.args["audience"]))

    yield Runner(service, assay, serve(runners), tmp_path)
    for server in servers:
        server.shutdown()
        server.server_close()


def reviewed(service: Service, conclusion: Conclusion, head: str = "a") -> None:
    """A review of this head has ended."""
    report = replace(a_report(conclusion=conclusion), head_sha=head * 40)
    service.store.reports.save(a_request(head=head), report, service.clock())


def test_it_asks_for_no_more_than_it_needs() -> None:
    job, one = step()
    assert job["permissions"] == {"id-token": "write"}
    assert one["env"]["HEAD"] == "${{ github.event.pull_request.head.sha }}"
    assert not re.search(r"\$\{\{", one["run"]), "no stranger's words in a shell's text"


@needs_tools
@pytest.mark.parametrize("conclusion", Conclusion)
def test_the_step_says_what_the_check_says(runner: Runner, conclusion: Conclusion) -> None:
    reviewed(runner.service, conclusion)
    ended = runner.run()
    assert f"Assay says: {conclusion}\n" in ended.stdout, ended.stderr
    fine = {Conclusion.SUCCESS, Conclusion.NEUTRAL, Conclusion.SKIPPED}
    assert ended.returncode == (0 if conclusion in fine else 1)
    assert runner.summary.startswith("## ")


@needs_tools
def test_its_token_is_masked_in_the_log_of_the_run(runner: Runner) -> None:
    reviewed(runner.service, Conclusion.SUCCESS)
    said = runner.run().stdout
    assert re.findall(r"^::add-mask::asy_u1_\w+$", said, re.MULTILINE)
    assert said.count("asy_") == 1


@needs_tools
def test_without_a_review_of_this_head_there_is_no_verdict(runner: Runner) -> None:
    reviewed(runner.service, Conclusion.SUCCESS, head="b")
    ended = runner.run()
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (1, "No verdict within ten minutes.")


@needs_tools
def test_when_no_token_is_given_the_step_fails(runner: Runner) -> None:
    runner.service.actions.down = True
    ended = runner.run()
    assert ended.returncode != 0
    assert "503" in ended.stderr
    assert ended.stdout == ""
