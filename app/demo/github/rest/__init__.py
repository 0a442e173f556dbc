"""The REST API of our GitHub: every request passes faults, credentials, permissions and paging here."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, request

from app.demo.github import graphql
from app.demo.github.faults import Fault
from app.demo.github.refusals import Refusal, not_found
from app.demo.github.rest import apps, checks, comments, git, pulls
from app.demo.github.rest.routes import Answer, Ask, Route
from app.demo.github.shapes.addresses import api
from app.demo.github.world import World

PREFIX = "/api/v3"
ROUTES: tuple[Route, ...] = (*apps.ROUTES, *git.ROUTES, *pulls.ROUTES, *checks.ROUTES, *comments.ROUTES)
HOURLY = 5_000


class Moved(Refusal):
    """301: the repository has another name now."""

    def __init__(self, location: str) -> None:
        super().__init__(301, "Moved Permanently", headers={"Location": location})

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        return {
            "message": self.message,
            "url": self.headers["Location"],
            "documentation_url": "https://docs.github.com",
        }


def rest_api(world: World) -> Blueprint:
    """All routes, and GraphQL."""
    blueprint = Blueprint("rest", __name__)
    for route in ROUTES:
        endpoint = f"{route.method} {route.rule}".replace(".", "-")
        blueprint.add_url_rule(
            PREFIX + route.rule, endpoint, _view(world, route), methods=[route.method], provide_automatic_options=False
        )
    blueprint.add_url_rule("/api/graphql", "graphql", lambda: _graphql(world), methods=["POST"])
    blueprint.add_url_rule(
        f"{PREFIX}/<path:rest>", "unknown", lambda **_: _json(world, 404, not_found().body()),
        methods=["GET", "POST", "PATCH", "PUT", "DELETE"],
    )  # fmt: skip
    return blueprint


def rewritten(world: World, path: str) -> str:
    """`/repositories/{id}/…`, where redirects and links of GitHub lead → `/repos/{owner}/{name}/…`."""
    parts = path.removeprefix(f"{PREFIX}/repositories/").split("/", 1)
    if not path.startswith(f"{PREFIX}/repositories/") or not parts[0].isdigit():
        return path
    found = world.repositories.get(int(parts[0]))
    return path if found is None else f"{PREFIX}/repos/{found.full_name}/{'/'.join(parts[1:])}".rstrip("/")


def _view(world: World, route: Route) -> Callable[..., Response]:
    def view(**parts: Any) -> Response:
        return _failing(world, lambda: _answer(world, route, parts))

    return view


def _graphql(world: World) -> Response:
    def run() -> Response:
        with world.lock:
            try:
                token = world.tokens.read_token(request.headers.get("Authorization", ""))
            except Refusal as refusal:
                return _json(world, refusal.status, refusal.body())
            return _json(world, 200, graphql.answer(world, token, request.get_data()))

    return _failing(world, run)


def _failing(world: World, work: Callable[[], Response]) -> Response:
    fault = world.faults.take(request.method, request.path)
    if fault is None:
        return work()
    if fault.after:
        work()
    return _fail(world, fault)


def _answer(world: World, route: Route, parts: Mapping[str, Any]) -> Response:
    with world.lock:
        try:
            ask = Ask(world, parts, request.args, request.get_data())
            _identify(ask, route)
            answer = route.handle(ask)
        except Refusal as refusal:
            return _json(world, refusal.status, refusal.body(), refusal.headers)
        headers = {} if answer.next_page is None else {"Link": _link(world, ask, answer)}
        return _json(world, answer.status, answer.body, headers)


def _identify(ask: Ask, route: Route) -> None:
    """Who asks, for which repository, and may they."""
    header = request.headers.get("Authorization", "")
    if route.needs is None:
        ask.caller = ask.world.tokens.read_app(header, ask.world.apps)
        return
    ask.token = ask.world.tokens.read_token(header)
    if "owner" in ask.parts:
        full_name = f"{ask.parts['owner']}/{ask.parts['name']}"
        found = ask.world.find_repository(full_name)
        if found is None:
            former = ask.world.find_former(full_name)
            if former is None or not ask.token.sees(former):
                raise not_found()
            raise Moved(_by_id(ask.world, former.id))
        if not ask.token.sees(found):
            raise not_found()
        ask.repository_found = found
    ask.token.require(*route.needs)


def _link(world: World, ask: Ask, answer: Answer) -> str:
    base = _by_id(world, ask.repository.id) if ask.repository_found else f"{world.address}{request.path}?"
    path, _, query = base.partition("?")
    kept = [pair for pair in query.split("&") if pair and not pair.startswith("page=")]
    if not ask.repository_found:
        kept = [f"{name}={value}" for name, value in request.args.items() if name != "page"]
    return f'<{path}?{"&".join([*kept, f"page={answer.next_page}"])}>; rel="next"'


def _by_id(world: World, number: int) -> str:
    """This very request's address with the repository's id instead of its name."""
    tail = request.path.removeprefix(f"{PREFIX}/repos/").split("/", 2)[2:]
    query = request.query_string.decode()
    return "/".join([f"{api(world)}/repositories/{number}", *tail]) + (f"?{query}" if query else "")


def _json(world: World, status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    raw = b"" if body is None else json.dumps(body).encode()
    response = Response(raw, status, content_type="application/json; charset=utf-8")
    response.headers["X-GitHub-Api-Version-Selected"] = request.headers.get("X-GitHub-Api-Version", "2022-11-28")
    response.headers["X-RateLimit-Limit"] = str(HOURLY)
    response.headers["X-RateLimit-Remaining"] = str(HOURLY - 1)
    response.headers["X-RateLimit-Reset"] = str(int(world.clock().timestamp()) + 3600)
    response.headers.update(headers or {})
    if status == 200 and request.method == "GET":
        tag = f'W/"{hashlib.sha256(raw).hexdigest()}"'
        response.headers["ETag"] = tag
        if request.headers.get("If-None-Match") == tag:
            response.status_code, response.data = 304, b""
    return response


def _fail(world: World, fault: Fault) -> Response:
    if fault.status == 0:
        line: socket.socket | None = request.environ.get("werkzeug.socket")
        if line is not None:
            line.shutdown(socket.SHUT_RDWR)
        return Response(b"", 500)
    if fault.body is not None:
        return Response(fault.body, fault.status, fault.headers, content_type="text/html; charset=utf-8")
    return _json(world, fault.status, Refusal(fault.status, fault.message).body(), fault.headers)
