"""Errors of the API: each code with its status and title in one table, always as problem JSON (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response

from app.core.access import Scope

MIME = "application/problem+json"
OAUTH_MIME = "application/json"  # of an error as RFC 6749, section 5.2, has it
REALM = 'Bearer realm="api"'
RETRY_SECONDS = 10  # after which a database that did not answer is asked again

TITLES: Mapping[str, tuple[int, str]] = {
    "invalid_request": (400, "The credentials cannot be read"),
    "token_in_url": (400, "A token does not belong in an address"),
    "insecure_transport": (400, "A token was sent in clear"),
    "invalid_input": (400, "The request cannot be read"),
    "lifetime_too_long": (400, "The lifetime is out of bounds"),
    "bad_name": (400, "The name or the scopes are wrong"),
    "bad_overlap": (400, "The overlap is out of bounds"),
    "bad_url": (400, "Assay does not send there"),
    "bad_policy": (400, "The policy cannot be read"),
    "bad_signature": (400, "The signature does not fit the body"),
    "bad_subject_token": (400, "The subject token is not taken"),
    "replayed_token": (400, "The subject token was exchanged before"),
    "unknown_repository": (400, "The repository of this workflow is not known"),
    "unsupported_grant_type": (400, "Nothing is given for this grant"),
    "invalid_scope": (400, "The scopes are not given out"),
    "invalid_target": (400, "Tokens are not given for this audience"),
    "authentication_required": (401, "An API token is needed"),
    "malformed_token": (401, "This is no token"),
    "invalid_token": (401, "The token is not known"),
    "expired_token": (401, "The token is past its end"),
    "revoked_token": (401, "The token was revoked"),
    "superseded_token": (401, "The token was replaced"),
    "suspended_token": (401, "The token is suspended"),
    "insufficient_scope": (403, "The token may not do this"),
    "ip_not_allowed": (403, "The token may not be used from here"),
    "more_than_creator": (403, "That would be more than the caller may do"),
    "not_found": (404, "There is nothing here"),
    "package_not_known": (404, "Nobody has examined this package"),
    "method_not_allowed": (405, "This address does not take that method"),
    "timeout": (408, "The request did not arrive in time"),
    "idempotency_in_progress": (409, "The same request is being worked on"),
    "shown_once": (409, "This was done, and the secret was shown that once"),
    "no_report": (409, "There is no report yet, or none at all"),
    "bootstrap_spent": (409, "The bootstrap token is spent"),
    "not_live": (409, "The token is not alive"),
    "successor_in_use": (409, "The successor is in use"),
    "exchanged_token": (409, "A workflow's token cannot be rotated"),
    "too_many_webhooks": (409, "There are too many webhooks"),
    "webhook_disabled": (409, "The webhook is switched off"),
    "changed_meanwhile": (409, "Somebody else changed it meanwhile"),
    "superseded_reuse": (409, "The token was replaced"),
    "too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body is of another type"),
    "too_many_tasks": (429, "Too many tasks have not ended"),
    "too_many_streams": (503, "Too many lists are streamed"),
    "idempotency_key_reused": (422, "The key came with another request"),
    "too_many_rotations": (429, "Too many rotations"),
    "rate_limited": (429, "Too many requests"),
    "internal_error": (500, "Something is wrong with Assay"),
    "auth_unavailable": (503, "Tokens cannot be checked now"),
    "keys_unavailable": (503, "The issuer's keys cannot be had now"),
    "unavailable": (503, "The database does not answer"),
    "webhooks_off": (503, "This installation sends no webhooks"),
    "no_rules_yet": (503, "No worker has started yet"),
}
BY_STATUS = {
    400: "invalid_input",
    404: "not_found",
    405: "method_not_allowed",
    408: "timeout",
    413: "too_large",
    415: "unsupported_media_type",
    503: "unavailable",
}
_CHALLENGED = {
    "invalid_request": "invalid_request",
    "token_in_url": "invalid_request",
    "malformed_token": "invalid_token",
    "invalid_token": "invalid_token",
}
_OAUTH_ERRORS = frozenset({"unsupported_grant_type", "invalid_scope", "invalid_target"})
_DEAD = frozenset({"expired_token", "revoked_token", "superseded_token", "suspended_token"})


@dataclass(eq=False)  # one that is raised is itself only, and can be hashed
class Problem(Exception):
    """An answer that is an error. `scope` is what is missing, `retry` the seconds to wait, `location` where to look."""

    code: str
    detail: str
    scope: Scope | None = None
    retry: int | None = None
    location: str | None = None

    @property
    def status(self) -> int:
        """Its HTTP status."""
        return TITLES[self.code][0]


def answer(problem: Problem, request_id: str, *, oauth: bool = False) -> Response:
    """The problem as a response; on an `oauth` route, what is wrong with a request is told as RFC 6749 has it, too."""
    status, title = TITLES[problem.code]
    document = {
        "type": f"/api/docs#{problem.code}",
        "title": title,
        "status": status,
        "code": problem.code,
        "detail": problem.detail,
        "request_id": request_id,
    }
    mime = MIME
    if oauth and status == 400:
        mime = OAUTH_MIME
        document["error"] = problem.code if problem.code in _OAUTH_ERRORS else "invalid_request"
        document["error_description"] = _printable(problem.detail)
    response = Response(json.dumps(document), status=status, mimetype=mime)
    challenge = _challenge(problem)
    if challenge is not None:
        response.headers["WWW-Authenticate"] = challenge
    if problem.retry is not None:
        response.headers["Retry-After"] = str(problem.retry)
    if problem.location is not None:
        response.headers["Location"] = problem.location
    return response


def _challenge(problem: Problem) -> str | None:
    """The `WWW-Authenticate` of RFC 6750: no error code where no credentials came."""
    if problem.code == "authentication_required":
        return REALM
    if problem.code in _CHALLENGED:
        return f'{REALM}, error="{_CHALLENGED[problem.code]}"'
    if problem.code in _DEAD:
        return f'{REALM}, error="invalid_token", error_description="{_printable(problem.detail)}"'
    if problem.scope is not None:
        return f'{REALM}, error="insufficient_scope", scope="{problem.scope}"'
    return None


def _printable(text: str) -> str:
    """The signs that RFC 6749 takes in a description."""
    return "".join(sign for sign in text if " " <= sign <= "~" and sign not in '"\\')
