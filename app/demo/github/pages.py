"""The pages of our GitHub, for a newcomer to look at and to press buttons on."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.demo.github.markdown import render
from app.demo.github.model import PullRequest
from app.demo.github.state import GitHub
from app.demo.github.views import latest, view

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
REFRESH = 2  # seconds between two looks while a check is awaited
VERDICTS = {
    "success": "passed",
    "failure": "failed",
    "neutral": "is neutral",
    "action_required": "needs a decision",
    "skipped": "was skipped",
    "cancelled": "was cancelled",
    "timed_out": "timed out",
    None: "runs",
}


def pages(github: GitHub) -> Blueprint:
    """All pages."""
    blueprint = Blueprint("pages", __name__)
    blueprint.add_app_template_filter(render, "markdown")
    blueprint.add_app_template_filter(_moment, "moment")
    blueprint.after_request(_fence)

    @blueprint.get("/")
    def home() -> str:
        with github.lock:
            pulls = [(pull, latest(github.checks(pull.repository, pull.head_sha))) for pull in github.pulls]
            return render_template("github/home.html", pulls=pulls[::-1], verdicts=VERDICTS)

    @blueprint.get("/<owner>/<name>/pull/<int:number>")
    def pull(owner: str, name: str, number: int) -> str:
        with github.lock:
            shown = view(github, _find(github, owner, name, number))
            return render_template("github/pull.html", view=shown, verdicts=VERDICTS, refresh=REFRESH)

    @blueprint.post("/<owner>/<name>/pull/<int:number>/offers/<int:place>")
    def press(owner: str, name: str, number: int, place: int) -> AnyResponse:
        _ours_only()
        with github.lock:
            offers = _find(github, owner, name, number).offers
        if place >= len(offers):
            abort(404)
        offers[place].press()
        return redirect(url_for("pages.pull", owner=owner, name=name, number=number), 303)

    @blueprint.post("/<owner>/<name>/pull/<int:number>/checks/<int:check>/rerequest")
    def rerequest(owner: str, name: str, number: int, check: int) -> AnyResponse:
        _ours_only()
        with github.lock:
            found = github.check_runs.get(check)
            if found is None or found.repository is not _find(github, owner, name, number).repository:
                abort(404)
        github.rerequest(found)
        return redirect(url_for("pages.pull", owner=owner, name=name, number=number), 303)

    return blueprint


def _find(github: GitHub, owner: str, name: str, number: int) -> PullRequest:
    repository = github.find_repository(f"{owner}/{name}")
    found = github.find_pull(repository, number) if repository else None
    if found is None:
        abort(404)
    return found


def _ours_only() -> None:
    """Buttons are pressed on these pages, not by a form on somebody else's."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)


def _fence(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _moment(time: datetime) -> str:
    return time.strftime("%d %b, %H:%M").lstrip("0")
