"""Check runs and their annotations as JSON."""

from __future__ import annotations

from app.demo.github.model import CheckRun
from app.demo.github.shapes import people, pulls
from app.demo.github.shapes.addresses import Json, api, iso
from app.demo.github.world import World


def check_run(world: World, run: CheckRun) -> Json:
    """A check run. For forks, GitHub names no pull requests."""
    url = f"{api(world)}/repos/{run.repository.full_name}/check-runs/{run.id}"
    html = f"{world.address}/{run.repository.full_name}/runs/{run.id}"
    branches = [
        pull
        for pull in world.pulls
        if pull.head_repository is run.repository and pull.head_sha == run.head_sha and pull.state == "open"
    ]
    return {
        "id": run.id,
        "name": run.name,
        "node_id": f"CR_{run.id}",
        "head_sha": run.head_sha,
        "external_id": run.external_id or "",
        "url": url,
        "html_url": html,
        "details_url": run.details_url or html,
        "status": run.status,
        "conclusion": run.conclusion,
        "started_at": iso(run.started_at),
        "completed_at": iso(run.completed_at),
        "output": {
            "title": run.title,
            "summary": run.summary,
            "text": run.text,
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite},
        "app": people.app(world, run.app),
        "pull_requests": [pulls.pull_reference(world, pull) for pull in branches],
    }


def annotation(world: World, run: CheckRun, annotation: Json) -> Json:
    """One annotation of a check run."""
    shape = {"start_column": None, "end_column": None, "title": None, "raw_details": None} | annotation
    html = f"{world.address}/{run.repository.full_name}"
    return shape | {"blob_href": f"{html}/blob/{run.head_sha}/{annotation['path']}"}
