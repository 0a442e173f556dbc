"""Our App on our own GitHub, judged: what the tests of the client and of our GitHub start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import urllib3
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from app.core.ports import Forge, Phase
from app.demo.github import App, GitHub, GitHubServer, Installation, PullRequest, Repository
from app.demo.github.model import Account
from app.github.door import GitHubDoor
from tests.fakes.clock import FakeClock
from tests.github.judge import VERSION, Judge

MANIFEST: dict[str, Any] = yaml.safe_load(Path(__file__).parents[2].joinpath("app.yml").read_text())
FILES = {
    "package.json": '{\n  "name": "shop",\n  "dependencies": {\n    "left": "1.0.0"\n  }\n}\n',
    "package-lock.json": "".join(f"line {number}\n" for number in range(1, 41)),
    "src/web/package.json": "{}\n",
}


@dataclass
class Loopback:
    """A repository `harbour/shop`, our App installed on it, a door that opens it, and who watches."""

    github: GitHub
    server: GitHubServer
    judge: Judge
    clock: FakeClock
    app: App
    installation: Installation
    repository: Repository
    naps: list[float] = field(default_factory=list)

    def door(self, **changes: Any) -> GitHubDoor:
        values: dict[str, Any] = {
            "app_id": self.app.id,
            "private_key": self.app.pem,
            "base_url": self.server.base_url,
            "write_interval": 0.0,
            "clock": self.clock,
            "sleep": self.nap,
        } | changes
        return GitHubDoor(values.pop("app_id"), values.pop("private_key"), values.pop("base_url"), **values)

    def open(self, phase: Phase = Phase.WRITE, **changes: Any) -> AbstractContextManager[Forge]:
        return self.door(**changes).open(self.installation.id, self.repository.id, self.repository.full_name, phase)

    def nap(self, seconds: float) -> None:
        """Sleep without sleeping."""
        self.naps.append(seconds)
        self.clock.advance(seconds)

    def pull(self, changes: Mapping[str, str] | None = None, **more: Any) -> PullRequest:
        """A pull request that changes lines 20 and 21 of the lockfile and adds a file."""
        lines = FILES["package-lock.json"].replace("line 20\nline 21\n", "line twenty\nline twenty-one\n")
        changed = (
            changes if changes is not None else {"package-lock.json": lines, "new/requirements.txt": "a==1\nb==2\n"}
        )
        return self.github.open_pull(self.repository, "Bump left", changed, **more)

    def request(
        self, method: str, path: str, credential: str = "", body: bytes | None = None, **headers: str
    ) -> urllib3.BaseHTTPResponse:
        """Ask our GitHub without our client."""
        names = {"X-GitHub-Api-Version": VERSION} | {name.replace("_", "-"): text for name, text in headers.items()}
        if credential:
            names["Authorization"] = f"Bearer {credential}"
        with urllib3.PoolManager(retries=False) as pool:
            return pool.request(
                method, f"{self.server.base_url}{path}", body=body, headers=names, redirect=False, timeout=5
            )

    def token(self, **permissions: str) -> str:
        """A token for the repository, minted behind the counter."""
        with self.github.lock:
            chosen = permissions or dict(self.installation.permissions)
            return self.github.tokens.mint(self.installation, frozenset({self.repository.id}), chosen).value


@cache
def a_key() -> RSAPrivateKey:
    """One key for all tests of this process: making one takes longer than most tests."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@contextmanager
def loopback(clock: FakeClock, **app: Any) -> Iterator[Loopback]:
    """Serve it; at the end, whatever the judge found is the test's failure."""
    github, judge = GitHub(clock), Judge()
    owner: Account = github.organisation("harbour")
    repository = github.repository("harbour/shop", FILES)
    values = {
        "permissions": MANIFEST["default_permissions"],
        "events": MANIFEST["default_events"],
        "secret": "not a secret",
        "key": a_key(),
    } | app
    ours = github.create_app("Assay", owner=owner, **values)
    installation = github.install(ours, owner, [repository])
    with GitHubServer(github, middleware=judge.watch) as server:
        yield Loopback(github, server, judge, clock, ours, installation, repository)
    for delivery in github.deliveries:
        judge.judge_webhook(delivery.event, delivery.payload)
    assert not judge.violations, "\n".join(judge.violations)
