"""Requests that are sent again under an idempotency key: the same answer as before, and nothing is done twice.

As the draft of the IETF's httpapi group has it (draft-ietf-httpapi-idempotency-key-header); its quotes may be left out.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import re2
from flask import Request, Response

from app.core.audit import Deed
from app.core.errors import StoreUnavailable
from app.core.idempotency import Answer, Attempt, attempt, fingerprint
from app.core.tokens import ANYWHERE
from app.rate_limit import Limit
from app.web.api.problems import Problem
from app.web.api.route import PREFIX, Call, Reply, Route
from app.web.body import whole_body

log = logging.getLogger(__name__)

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_KEY = r"[A-Za-z0-9_.:~+/=-]{1,128}"
PATTERN = rf'^(?:"{_KEY}"|{_KEY})$'
PER_TOKEN = Limit("keys", 10_000, 86_400)
"""Each answer is kept for a day."""
KEPT_HEADERS = ("Content-Type", "Content-Disposition", "Location", "Link", "Retry-After")
AT_WORK = 5  # seconds after which to ask again for what is being worked on
SKEW = timedelta(minutes=1)  # between the clocks of two machines

_PLACES = {
    Deed.CREATED: "/tokens/",
    Deed.ROTATED: "/tokens/",
    Deed.WEBHOOK_CREATED: "/webhooks/",
    Deed.WEBHOOK_ROTATED: "/webhooks/",
}
_PATTERN = re2.compile(PATTERN)
_TOKEN = re2.compile(ANYWHERE)


def read_key(route: Route, request: Request) -> str | None:
    """The key of a request; None where there is none, or where the route does nothing that could be done twice."""
    given = request.headers.get(HEADER)
    if given is None or not route.takes_key:
        return None
    if not _PATTERN.fullmatch(given) or _TOKEN.search(given):
        detail = f"{HEADER} takes 1 to 128 letters, digits or signs of `_.:~+/=-`, a new UUID for one, and no token."
        raise Problem("invalid_input", detail)
    whole_body(keep=True)  # it is a part of what the key stands for
    return given.strip('"')


def answer_once(
    route: Route,
    call: Call,
    request: Request,
    key: str,
    handle: Callable[[], Reply],
    respond: Callable[[Reply], Response],
) -> Response:
    """The answer to the first request under this key, be it this one. Raise `Problem`."""
    keys, holder = call.house.store.idempotency, call.holder.id
    this = attempt(_fingerprint(request), call.request_id, call.now)
    _count(call)
    before = keys.begin(holder, key, this)
    if before is not None:
        replayed = _as_before(route, call, key, before, this)
        if replayed is not None:
            return replayed
    try:
        reply = handle()
        response = respond(reply)
    except Problem:
        with suppress(StoreUnavailable):  # its lease runs out
            keys.drop(holder, key, this.request)
        raise
    except Exception:
        with suppress(StoreUnavailable):
            keys.let_go(holder, key, this.request, call.now)
        raise
    try:
        keys.finish(holder, key, this.request, to_keep(route, reply, response, request.path))
    except StoreUnavailable as error:  # it is done, and told; whoever asks again is told so where that matters
        log.warning("answer not kept", extra={"why": str(error)})
    return response


def to_keep(route: Route, reply: Reply, response: Response, path: str) -> Answer:
    """What is kept of an answer. One that holds a token is not, whatever its route says of itself."""
    body = response.get_data()
    if route.shown_once or _TOKEN.search(body.decode("latin-1")):
        return Answer(response.status_code, b"", made=reply.made or path.removeprefix(PREFIX))
    headers = tuple((name, response.headers[name]) for name in KEPT_HEADERS if name in response.headers)
    return Answer(response.status_code, body, headers)


def repeated_rotation(call: Call, request: Request) -> Problem | None:
    """Whether this rotation by a replaced token is one that was answered: its answer got lost, nobody copied it.

    Another request under the same key is no excuse.
    """
    key = request.headers.get(HEADER, "").strip('"')
    known = call.house.store.idempotency.get(call.holder.id, key, call.now) if key else None
    if known is None or known.answer is None or known.fingerprint != _fingerprint(request):
        return None
    return _shown_once(known.answer)


def _as_before(route: Route, call: Call, key: str, before: Attempt, this: Attempt) -> Response | None:
    """What was answered before; None when this request may take the place of one that died."""
    keys, holder = call.house.store.idempotency, call.holder.id
    if before.fingerprint != this.fingerprint:
        raise Problem("idempotency_key_reused", "This key came with another request. Take a new key for a new request.")
    if before.answer is None and before.until <= call.now:
        made = _made_by(call, before) if route.shown_once else None
        if made is not None:
            keys.finish(holder, key, before.request, Answer(route.status, b"", made=made))
            raise _shown_once(Answer(route.status, b"", made=made))
        if keys.take_over(holder, key, before, this):
            return None
    if before.answer is None:
        detail = "The first request with this key is being worked on. Ask again in a moment."
        raise Problem("idempotency_in_progress", detail, retry=AT_WORK)
    if before.answer.made:
        raise _shown_once(before.answer)
    response = Response(before.answer.body, status=before.answer.status, headers=list(before.answer.headers))
    response.headers[REPLAYED] = "true"
    return response


def _made_by(call: Call, before: Attempt) -> str | None:
    """What a request made that died before it could say so: its audit event was kept with it, or neither was."""
    events = call.house.store.audit.read(1000, actor=call.holder.id, since=before.begun_at - SKEW)
    made = (link.event for link in events if link.event.request == before.request)
    return next((_PLACES[one.deed] + one.token for one in made if one.deed in _PLACES), None)


def _shown_once(answer: Answer) -> Problem:
    place = PREFIX + answer.made
    detail = (
        f"The first request with this key was answered with a secret, which was shown that once and is not kept; see "
        f"{place}. If that answer was lost, rotate or revoke what was made."
    )
    return Problem("shown_once", detail, location=place)


def _count(call: Call) -> None:
    standing = call.house.limiter.take(f"{PER_TOKEN.name}:token:{call.holder.id}", PER_TOKEN)
    if not standing.allowed:
        detail = f"At most {standing.limit.most} requests with a key in a day: each answer is kept for so long."
        raise Problem("rate_limited", detail, retry=standing.reset)


def _fingerprint(request: Request) -> bytes:
    about = (request.method, request.path, request.mimetype)
    return fingerprint(*(part.encode() for part in about), request.query_string, whole_body(keep=True))
