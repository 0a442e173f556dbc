"""What webhooks carry, after GitHub's webhook models."""

from __future__ import annotations

from typing import Any

from app.demo.github.model import Account, CheckRun, PullRequest, Repository
from app.demo.github.shapes import checks, people, pulls, repositories
from app.demo.github.shapes.addresses import Json
from app.demo.github.world import World


def pull_request(world: World, pull: PullRequest, action: str, sender: Account, **extra: Any) -> Json:
    """`pull_request`; `synchronize` has `before` and `after` as well."""
    body = {"action": action, "number": pull.number, "pull_request": pulls.pull(world, pull)}
    return body | extra | _around(world, pull.repository, sender)


def check_run(world: World, run: CheckRun, action: str, sender: Account) -> Json:
    """`check_run`."""
    check = checks.check_run(world, run)
    suite = {
        "id": run.suite,
        "head_sha": run.head_sha,
        "head_branch": None,
        "status": run.status,
        "conclusion": run.conclusion,
        "pull_requests": check["pull_requests"],
    }
    return {"action": action, "check_run": check | {"check_suite": suite}} | _around(world, run.repository, sender)


def _around(world: World, repository: Repository, sender: Account) -> Json:
    body = {
        "repository": repositories.repository(world, repository),
        "sender": people.account(world, sender),
    }
    if repository.owner.type == "Organization":
        body["organization"] = people.organisation(world, repository.owner)
    return body
