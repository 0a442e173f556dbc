"""The table's routes on Flask: admit, read, handle, answer, note; and the headers that every answer bears."""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Callable
from email.utils import format_datetime
from urllib.parse import urlencode

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from app.core.errors import StoreUnavailable
from app.log import bound
from app.rate_limit import Standing
from app.web.api import problems
from app.web.api.door import Door, Limited
from app.web.api.intake import read_input
from app.web.api.problems import BY_STATUS, RETRY_SECONDS, Problem
from app.web.api.repeats import answer_once, read_key
from app.web.api.route import PREFIX, Call, Document, Lines, Reply, Route
from app.web.api.watch import Watch

log = logging.getLogger(__name__)

ROOT = "/api/"
PLAIN = {
    "not_found": "There is nothing at this address.",
    "method_not_allowed": "This address does not take that method.",
    "timeout": "The request did not arrive in time.",
    "too_large": "The body is too large for this route.",
    "unavailable": "The database does not answer. Try again in a minute.",
    "internal_error": "Its log says what, under this request's id.",
}


def view(route: Route, door: Door, watch: Watch) -> Callable[..., Response]:
    """The function that Flask calls for a route."""

    def serve(**path: str) -> Response:
        with bound(request_id=request_id(), route=route.name):
            request.max_content_length = route.largest
            try:
                call = door.admit(request, route, request_id())
            except Exception as error:  # noqa: BLE001 (every failure is an answer)
                problem = _problem(error)
                log.info("request refused", extra={"status": problem.status, "code": problem.code})
                return problems.answer(problem, request_id(), oauth=route.oauth)
            g.call = call
            try:
                response = _answered(route, call, path)
            except Exception as error:  # noqa: BLE001
                response = problems.answer(_problem(error), request_id(), oauth=route.oauth)
            if call.credential is not None:
                watch.used(call, route, request, response.status_code)
            log.info("request answered", extra={"status": response.status_code, "holder": _holder(call)})
            return response

    return serve


def answer_http_error(error: HTTPException) -> Response:
    """What Flask itself refuses: an unknown address, another method, a name that is not ours."""
    response = problems.answer(_problem(error), request_id())
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def answer_fault(error: Exception) -> Response:
    """What should not happen outside a route."""
    return problems.answer(_problem(error), request_id())


def request_id() -> str:
    """This request's id: ours, never the client's, so that nobody can write into our log under another's."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(12)
    return str(g.request_id)


def register_headers(app: Flask) -> None:
    """Set the headers of every answer below `/api/`."""

    @app.after_request
    def set_headers(response: Response) -> Response:
        if not request.path.startswith(ROOT):
            return response
        headers = response.headers
        headers["X-Request-Id"] = request_id()
        headers["Vary"] = "Authorization"
        call: Call | None = g.get("call")
        standing: Standing | None = call.standing if call else g.get("standing")
        if standing is not None:
            name, most, seconds = standing.limit.name, standing.limit.most, standing.limit.seconds
            headers["RateLimit-Policy"] = f'"{name}";q={most};w={seconds}'
            headers["RateLimit"] = f'"{name}";r={standing.left};t={standing.reset}'
        if call is not None and call.credential is not None:
            one = call.credential
            ends = min(one.expires_at, one.superseded_at or one.expires_at)
            headers["Token-Expires"] = format_datetime(ends, usegmt=True)
        if not response.is_streamed:
            digest = hashlib.sha256(response.get_data()).digest()
            headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(digest).decode()}:"
            if response.status_code == 200 and request.method in {"GET", "HEAD"}:
                response.set_etag(digest.hex()[:32])
                response.make_conditional(request)
        return response


def _answered(route: Route, call: Call, path: dict[str, str]) -> Response:
    key = read_key(route, request)
    given = read_input(route, request)

    def handle() -> Reply:
        return route.handle(call, **path, **given)

    if key is None:
        return _response(route, handle())
    return answer_once(route, call, request, key, handle, lambda reply: _response(route, reply))


def _response(route: Route, reply: Reply) -> Response:
    body = reply.body
    if isinstance(body, Document):
        response = Response(body.text, status=route.status, content_type=body.media_type)
        response.headers["Content-Disposition"] = f'attachment; filename="{body.filename}"'
        return response
    if isinstance(body, Lines):
        response = Response(body.texts, status=route.status, content_type=body.media_type)
        response.call_on_close(body.over)
        return response
    text = body.model_dump_json(exclude_none=body.sparse)
    response = Response(text, status=route.status, mimetype="application/json")
    if reply.made:
        response.headers["Location"] = PREFIX + reply.made
    if reply.next is not None:
        query = urlencode({**request.args.to_dict(), "cursor": reply.next})
        response.headers["Link"] = f'<{request.base_url}?{query}>; rel="next"'
    return response


def _problem(error: Exception) -> Problem:
    match error:
        case Limited():
            g.standing = error.standing
            return error
        case Problem():
            return error
        case StoreUnavailable():
            log.error("database out of reach", extra={"why": str(error)})
            return Problem("unavailable", PLAIN["unavailable"], retry=RETRY_SECONDS)
        case HTTPException():
            code = BY_STATUS.get(error.code or 500, "invalid_input")
            code = "not_found" if (error.code or 500) < 400 else code
            return Problem(code, PLAIN.get(code) or error.description or error.name)
        case _:
            log.error("fault in a request", exc_info=error)
            return Problem("internal_error", PLAIN["internal_error"])


def _holder(call: Call) -> str | None:
    return call.credential.id if call.credential else None
