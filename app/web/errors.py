"""Errors as pages for people and as problem JSON (RFC 9457) for programs; never a traceback."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from app.core.errors import StoreUnavailable
from app.web.api import serving
from app.web.fence import HEALTH

log = logging.getLogger(__name__)

_PLAIN = {
    404: "There is nothing here.",
    405: "This address does not take that method.",
    408: "The request did not arrive in time.",
    413: "That is too large.",
    503: "The database does not answer. Try again in a minute.",
}


def register(app: Flask) -> None:
    """Answer every error in one of the two shapes."""

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        if request.path.startswith(serving.ROOT):
            return serving.answer_http_error(error)
        status = error.code or 500
        response = _answer(status, error.name, _PLAIN.get(status, error.description or error.name))
        for name, value in error.get_headers():
            if name == "Allow":
                response.headers[name] = value
        if status == 401:
            response.headers["WWW-Authenticate"] = 'GitHub-Signature realm="webhooks"'
        return response

    @app.errorhandler(StoreUnavailable)
    def unavailable(error: StoreUnavailable) -> Response:
        if request.path.startswith(serving.ROOT):
            return serving.answer_fault(error)
        log.error("database out of reach", extra={"why": str(error)})
        response = _answer(503, "Service Unavailable", _PLAIN[503])
        response.headers["Retry-After"] = "60"
        return response

    @app.errorhandler(Exception)
    def fault(error: Exception) -> Response:
        if request.path.startswith(serving.ROOT):
            return serving.answer_fault(error)
        log.error("fault in a request", exc_info=error)
        return _answer(500, "Internal Server Error", "Something is wrong with Assay. Its log says what.")


def _answer(status: int, title: str, detail: str) -> Response:
    if _wants_page():
        response = Response(render_template("error.html", status=status, title=title, detail=detail), status=status)
    else:
        response = jsonify(type="about:blank", title=title, status=status, detail=detail)
        response.status_code = status
        response.mimetype = "application/problem+json"
    return response


def _wants_page() -> bool:
    if request.path.startswith("/webhooks") or request.path in HEALTH:
        return False
    return request.accept_mimetypes.best_match(["text/html", "application/problem+json"]) == "text/html"
