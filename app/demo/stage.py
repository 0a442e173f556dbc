"""Everything that Assay runs on, started on loopback: Valkey, a GitHub, a registry, the web process and workers.

The web process and the workers are the real ones, started as an operator starts them; only what they talk to is ours.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import urllib3
import yaml

from app.clock import utc_now
from app.core.errors import AssayError
from app.demo.github import App, CheckRun, GitHub, GitHubServer, PullRequest
from app.demo.registry import RegistryServer
from app.valkey import running_valkey

START_SECONDS = 60.0
STOP_SECONDS = 20.0


class StageFailure(AssayError):
    """A part of the stage did not start; the message ends with what it printed last."""


@dataclass(slots=True)
class Stage:
    """The running parts. `web` is the App's address; `logs` is the folder of what the processes print."""

    github: GitHub
    server: GitHubServer
    registry: RegistryServer
    app: App
    web: str
    logs: Path
    environment: Mapping[str, str] = field(repr=False)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        """Start one of our commands as a process of its own."""
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *command],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        """Stop all processes, kindly first."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def wait_until_ready(self) -> None:
        """Wait until the web process answers and a worker has announced itself; raise `StageFailure` otherwise."""
        self.wait(self._is_ready, START_SECONDS, "Assay did not become ready")

    def check(self, pull: PullRequest) -> CheckRun | None:
        """The newest completed check run of the pull request's head."""
        runs = self.github.checks(pull.repository, pull.head_sha)
        return next((run for run in reversed(runs) if run.status == "completed"), None)

    def wait_for_check(self, pull: PullRequest, seconds: float = 120.0) -> CheckRun:
        """Wait until the head's check run is completed."""
        self.wait(lambda: self.check(pull) is not None, seconds, f"no check on pull request {pull.number}")
        found = self.check(pull)
        assert found is not None
        return found

    def wait(self, condition: Callable[[], bool], seconds: float, complaint: str) -> None:
        """Wait for a condition; a process that ends meanwhile is a failure, told with its last lines."""
        end = time.monotonic() + seconds
        while not condition():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise StageFailure(f"{name} ended with {process.returncode}:\n{self._last_lines(name)}")
            if time.monotonic() > end:
                tails = "\n".join(f"{name}:\n{self._last_lines(name)}" for name in self.processes)
                raise StageFailure(f"{complaint} within {seconds:.0f} s.\n{tails}")
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            answer = urllib3.request("GET", f"{self.web}/readyz", timeout=5, retries=False)
            return answer.status == 200 and bool(answer.json().get("workers"))
        except (urllib3.exceptions.HTTPError, ValueError):
            return False

    def _last_lines(self, name: str) -> str:
        path = self.logs / f"{name}.log"
        return "\n".join(path.read_text("utf-8", "replace").splitlines()[-15:]) if path.exists() else ""


@contextmanager
def raised_stage(*, workers: int = 2, port: int = 0, more: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """Start everything, and stop it when the block ends. `more` are further settings of web process and workers."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="assay-stage-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        valkey = stack.enter_context(running_valkey())
        registry = stack.enter_context(RegistryServer())
        github = GitHub(clock=utc_now)
        server = stack.enter_context(GitHubServer(github, port))
        stage = _furnished(github, server, registry, valkey.url, folder, more or {})
        stack.callback(stage.stop)
        stage.start("web", "serve")
        stage.start("worker", "work", "--workers", str(workers))
        stage.wait_until_ready()
        yield stage


def manifest() -> dict[str, object]:
    """The App's manifest, `app.yml`: what the App asks for."""
    path = Path(str(resources.files("app"))).parent / "app.yml"
    read = yaml.safe_load(path.read_text("utf-8"))
    assert isinstance(read, dict)
    return read


def _furnished(
    github: GitHub, server: GitHubServer, registry: RegistryServer, redis: str, folder: Path, more: Mapping[str, str]
) -> Stage:
    web = f"http://127.0.0.1:{_free_port()}"
    secret = secrets.token_urlsafe(32)
    asked = manifest()
    permissions, events = asked["default_permissions"], asked["default_events"]
    assert isinstance(permissions, dict)
    assert isinstance(events, list)
    app = github.create_app(
        "Assay", webhook_url=f"{web}/webhooks/github", secret=secret, permissions=permissions, events=events
    )
    key = folder / "app.pem"
    key.touch(0o600)
    key.write_text(app.pem, "ascii")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "ASSAY_"))}
    environment = {
        **kept,
        "ASSAY_ENV": "development",
        "ASSAY_BIND": web.removeprefix("http://"),
        "ASSAY_PUBLIC_URL": web,
        "DATABASE_URL": f"sqlite:///{folder / 'assay.db'}",
        "REDIS_URL": redis,
        "GITHUB_API_URL": server.base_url,
        "GITHUB_APP_ID": str(app.id),
        "GITHUB_PRIVATE_KEY_PATH": str(key),
        "GITHUB_WEBHOOK_SECRET": secret,
        "ASSAY_WRITE_INTERVAL": "0",
        "ASSAY_NPM_SCOPES": f"@harbour={registry.endpoints.npm}",
        "PYTHONUNBUFFERED": "1",
        **more,
    }
    return Stage(github, server, registry, app, web, folder, environment)


def _free_port() -> int:
    """A port that was free a moment ago: GitHub has to know the App's address before the App runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port
