"""Our check run: found or created, set in progress, completed with every annotation once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from app.core.errors import ForgeUnavailable
from app.core.policy import Conclusion
from app.core.ports import Annotation, CheckOutput
from app.github import answers
from app.github.client import Client, create_once
from app.github.permissions import ANNOTATIONS, CHECK, CHECKS, CREATE_CHECK, UPDATE_CHECK
from app.github.texts import MESSAGE, SUMMARY, TITLE, cut, cut_bytes, cut_line

NAME = "Assay"
PAGE = 50  # annotations that GitHub takes in one request
ROUNDS = 3  # times that a failed page is looked at and sent again


def cancel_check(client: Client, app: answers.App, head_sha: str, external_id: str, output: CheckOutput) -> None:
    """Complete our check run of this commit and external id as cancelled, unless it is complete or not there."""
    run = _find(client, app, head_sha, external_id)
    if run is not None and run.status != "completed":
        complete_check(client, run.id, Conclusion.CANCELLED, output)


def start_check(client: Client, app: answers.App, head_sha: str, external_id: str) -> int:
    """Find our check run of this commit and external id, or create it; set it in progress. Return its id."""

    def find() -> answers.CheckRun | None:
        return _find(client, app, head_sha, external_id)

    def create() -> answers.CheckRun:
        body = {
            "name": NAME,
            "head_sha": head_sha,
            "external_id": external_id,
            "status": "in_progress",
            "started_at": _iso(client.clock()),
        }
        return client.send(CREATE_CHECK, answers.CheckRun, body)

    run = find() or create_once(create, find)
    if run.status != "in_progress":
        client.send(UPDATE_CHECK, answers.CheckRun, {"status": "in_progress"}, check=run.id)
    return run.id


def _find(client: Client, app: answers.App, head_sha: str, external_id: str) -> answers.CheckRun | None:
    query = {"check_name": NAME, "filter": "all"}
    for run in client.pages(CHECKS, answers.CheckRun, item="check_runs", query=query, sha=head_sha):
        ours = run.app is not None and run.app.id == app.id
        if ours and run.name == NAME and run.external_id == external_id:
            return run
    return None


def progress(client: Client, check_id: int, title: str, summary: str) -> None:
    """Update a check run in progress, or not: it is not worth a second try."""
    body = {"status": "in_progress", "output": _output(title, summary)}
    client.send(UPDATE_CHECK, answers.Nothing, body, once=True, check=check_id)


def complete_check(client: Client, check_id: int, conclusion: Conclusion, output: CheckOutput) -> None:
    """Complete it. The first request carries the conclusion and 50 annotations, the next ones 50 each.

    Annotations append, so a request that carries some is never repeated blindly: after a failure, and when an earlier
    run died half way, GitHub is asked which it has.
    """
    wanted = [_annotation(annotation) for annotation in output.annotations]
    for attempt in range(1, ROUNDS + 1):
        try:
            missing = wanted and _missing(client, check_id, wanted)
            for body in _pages(client, conclusion, output, missing):
                once = bool(body["output"].get("annotations"))
                client.send(UPDATE_CHECK, answers.Nothing, body, once=once, check=check_id)
        except ForgeUnavailable:
            if attempt == ROUNDS:
                raise
        else:
            return


def _pages(
    client: Client, conclusion: Conclusion, output: CheckOutput, annotations: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    shown = _output(output.title, output.summary)
    completed = {"status": "completed", "conclusion": conclusion.value, "completed_at": _iso(client.clock())}
    if output.details_url is not None:
        completed["details_url"] = output.details_url
    for start in range(0, max(len(annotations), 1), PAGE):
        page = list(annotations[start : start + PAGE])
        body = {"output": shown | ({"annotations": page} if page else {})}
        yield completed | body if start == 0 else body


def _missing(client: Client, check_id: int, wanted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    if client.send(CHECK, answers.CheckRun, check=check_id).output.annotations_count == 0:
        return list(wanted)
    there = Counter(
        (found.path, found.start_line, found.annotation_level, _plain(found.title), _plain(found.message))
        for found in client.pages(ANNOTATIONS, answers.Annotation, check=check_id)
    )
    missing = []
    for annotation in wanted:
        identity = (
            annotation["path"],
            annotation["start_line"],
            annotation["annotation_level"],
            _plain(annotation["title"]),
            _plain(annotation["message"]),
        )
        if there[identity]:
            there[identity] -= 1
        else:
            missing.append(annotation)
    return missing


def _annotation(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": max(annotation.line, 1),
        "end_line": max(annotation.line, 1),
        "annotation_level": annotation.level,
        "title": cut_line(annotation.title, TITLE),
        "message": cut_bytes(annotation.message, MESSAGE),
    }


def _output(title: str, summary: str) -> dict[str, Any]:
    return {"title": cut_line(title, TITLE), "summary": cut(summary, SUMMARY)}


def _plain(text: str | None) -> str:
    return " ".join((text or "").split())


def _iso(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")
