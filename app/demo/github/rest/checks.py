"""Calls about check runs."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from msgspec import UNSET

from app.demo.github.model import CheckRun
from app.demo.github.refusals import Refusal, invalid, malformed, not_found
from app.demo.github.rest.bodies import AnnotationBody, CheckChange, NewCheck
from app.demo.github.rest.routes import Answer, Ask, listed, of_repository
from app.demo.github.shapes import checks

LONGEST_MESSAGE = 64 * 1024  # bytes


def create(ask: Ask) -> Answer:
    """POST /repos/{owner}/{repo}/check-runs."""
    body = ask.body(NewCheck)
    if ask.repository.objects.commit(body.head_sha) is None:
        raise Refusal(422, f"No commit found for SHA: {body.head_sha}")
    run = CheckRun(
        id=next(ask.world.ids),
        app=ask.app,
        repository=ask.repository,
        suite=ask.world.suite(ask.app, ask.repository, body.head_sha),
        name=body.name,
        head_sha=body.head_sha,
        status="queued",
        started_at=ask.world.clock(),
    )
    _apply(ask, run, body)
    ask.world.check_runs[run.id] = run
    return Answer(201, checks.check_run(ask.world, run))


def update(ask: Ask) -> Answer:
    """PATCH /repos/{owner}/{repo}/check-runs/{id}; annotations are added to those that are there."""
    run = _find(ask)
    if run.app is not ask.app:
        raise Refusal(403, "Invalid app_id `" + str(ask.app.id) + "` - check run can only be modified by its App.")
    _apply(ask, run, ask.body(CheckChange))
    return Answer(200, checks.check_run(ask.world, run))


def show(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/check-runs/{id}."""
    return Answer(200, checks.check_run(ask.world, _find(ask)))


def list_for_ref(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/commits/{ref}/check-runs; `filter` is latest (of each name) or all."""
    repository = ask.repository
    sha = repository.branches.get(ask.parts["ref"], ask.parts["ref"])
    if repository.objects.commit(sha) is None:
        raise not_found()
    name = ask.query.get("check_name")
    runs = [
        run
        for run in ask.world.check_runs.values()
        if run.repository is repository and run.head_sha == sha and name in {None, run.name}
    ]
    if ask.query.get("filter", "latest") == "latest":
        runs = list({(run.app.id, run.name): run for run in runs}.values())
    page, following = ask.page(runs)
    shown = [checks.check_run(ask.world, run) for run in page]
    return Answer(200, {"total_count": len(runs), "check_runs": shown}, following)


def list_annotations(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/check-runs/{id}/annotations."""
    run = _find(ask)
    return listed(ask, run.annotations, lambda annotation: checks.annotation(ask.world, run, annotation))


ROUTES = (
    of_repository("POST", "/check-runs", create, "checks", "write"),
    of_repository("PATCH", "/check-runs/<int:check>", update, "checks", "write"),
    of_repository("GET", "/check-runs/<int:check>", show, "checks", "read"),
    of_repository("GET", "/check-runs/<int:check>/annotations", list_annotations, "checks", "read"),
    of_repository("GET", "/commits/<ref>/check-runs", list_for_ref, "checks", "read"),
)  # fmt: skip


def _find(ask: Ask) -> CheckRun:
    run = ask.world.check_runs.get(ask.parts["check"])
    if run is None or run.repository is not ask.repository:
        raise not_found()
    return run


def _apply(ask: Ask, run: CheckRun, body: CheckChange) -> None:
    if body.status == "completed" and body.conclusion is UNSET:
        raise invalid("CheckRun", "conclusion", "a completed check run needs a conclusion", "missing_field")
    if body.output is not UNSET:
        for annotation in body.output.annotations:
            _check(annotation)
    run.name = run.name if body.name is UNSET else body.name
    run.external_id = run.external_id if body.external_id is UNSET else body.external_id
    run.details_url = run.details_url if body.details_url is UNSET else body.details_url
    run.started_at = run.started_at if body.started_at is UNSET else _read_time("started_at", body.started_at)
    if body.status is not UNSET:
        run.status = body.status
        if body.status != "completed":
            run.conclusion = run.completed_at = None
    if body.conclusion is not UNSET:  # GitHub sets the status by itself
        run.status, run.conclusion, run.completed_at = "completed", body.conclusion, ask.world.clock()
    if body.completed_at is not UNSET:
        run.completed_at = _read_time("completed_at", body.completed_at)
    if body.actions is not UNSET:
        run.actions = [msgspec.to_builtins(action) for action in body.actions]
    if body.output is not UNSET:
        run.title, run.summary = body.output.title, body.output.summary
        run.text = run.text if body.output.text is UNSET else body.output.text
        run.annotations.extend(msgspec.to_builtins(annotation) for annotation in body.output.annotations)


def _check(annotation: AnnotationBody) -> None:
    if annotation.end_line < annotation.start_line:
        raise malformed("end_line must not be before start_line")
    if len(annotation.message.encode()) > LONGEST_MESSAGE:
        raise malformed("an annotation's message is at most 64 KB")
    columns = annotation.start_column is not UNSET or annotation.end_column is not UNSET
    if columns and annotation.start_line != annotation.end_line:
        raise malformed("columns are for annotations of one line")


def _read_time(name: str, text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise invalid("CheckRun", name, "is not a time like 2026-01-31T12:00:00Z", "invalid") from None
