"""Who comes in: the order in which a request's token is read, found, held against its digest, and allowed.

Header, length, pattern, checksum, then the first look into the database, comparison, state, network, scope, rate. Whose
an object is, its handler decides: to others it is not there.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, ip_network

from flask import Request

from app.core.access import Scope
from app.core.credentials import Credential, Refusal, Refused, authenticate, authorise
from app.core.errors import StoreUnavailable
from app.core.tokens import Token, digest
from app.core.watching import prefix
from app.issuer import Actor
from app.rate_limit import Limit, LocalLimiter, Standing
from app.web.api.problems import RETRY_SECONDS, Problem
from app.web.api.repeats import repeated_rotation
from app.web.api.route import PER_ADDRESS, Call, House, Mark, Route
from app.web.api.watch import Watch
from app.web.auth import Faulty, address_of, misplaced, presented

log = logging.getLogger(__name__)

NO_TOKENS = "This installation has no API tokens: its operator has not set ASSAY_TOKEN_PEPPER."
FAILURES = Limit("failures", 600)
"""Unknown or wrong tokens of one address, counted in each process: each costs a look into the database."""
ROTATIONS = frozenset({"/tokens/self/rotate", "/tokens/{token_id}/rotate"})


class Door:
    """Lets requests in, or says why not."""

    def __init__(self, house: House, watch: Watch) -> None:
        self._house = house
        self._watch = watch
        self._failures = LocalLimiter()

    def admit(self, request: Request, route: Route, request_id: str) -> Call:
        """The call that this request is; raise `Problem`."""
        fault = misplaced(request)
        if fault is not None:
            raise Problem(fault.fault, fault.detail)
        address = address_of(request)
        call = Call(self._house, self._house.clock(), request_id, address, prefix(address))
        if route.is_public:
            if route.takes_tokens and self._house.issuer is None:
                raise Problem("auth_unavailable", NO_TOKENS, retry=3600)
            limit = route.limit or PER_ADDRESS
            return _within(call, self._house.limiter.take(f"{limit.name}:address:{_neighbourhood(address)}", limit))
        token = presented(request)
        if isinstance(token, Faulty):
            raise Problem(token.fault, token.detail)
        if self._house.issuer is None:
            raise Problem("auth_unavailable", NO_TOKENS, retry=3600)
        call = replace(call, credential=self._find(call, token, route, request))
        return self._allow(call, route, request)

    def _find(self, call: Call, token: Token, route: Route, request: Request) -> Credential:
        caller = _neighbourhood(call.address)
        _within(call, self._failures.take(caller, FAILURES, cost=0))
        try:
            found = self._house.store.tokens.get(token.id)
        except StoreUnavailable as error:
            log.warning("tokens cannot be checked", extra={"why": str(error)})
            detail = "The database does not answer, so nobody can say whether this token is good. Keep it; try again."
            raise Problem("auth_unavailable", detail, retry=RETRY_SECONDS) from error
        peppers = call.issuer.peppers
        answer = authenticate(token, found, peppers, call.now)
        if isinstance(answer, Credential):
            self._rehash(call, token, answer)
            return answer
        if answer.refusal is Refusal.INVALID:
            self._failures.take(caller, FAILURES)
        elif found is not None:
            self._note_dead(replace(call, credential=found), answer, route, request)
        raise Problem(answer.refusal, answer.detail)

    def _rehash(self, call: Call, token: Token, found: Credential) -> None:
        """Under today's pepper, so that yesterday's can go one day."""
        today = call.issuer.peppers[0]
        if found.pepper != today.id:
            try:
                self._house.store.tokens.rehash(found.id, digest(token, today), today.id)
            except StoreUnavailable as error:
                log.warning("token not rehashed", extra={"holder": found.id, "why": str(error)})

    def _note_dead(self, call: Call, refused: Refused, route: Route, request: Request) -> None:
        """A dead token whose secret is right: somebody has not noticed, or somebody has copied it."""
        one = call.holder
        own = route.path in ROTATIONS and (request.view_args or {}).get("token_id", one.id) == one.id
        if refused.refusal is Refusal.SUPERSEDED and own:
            if (repeated := repeated_rotation(call, request)) is not None:
                raise repeated
            call.issuer.rotate(one.id, Actor(one, call.request_id, call.network))  # reuse: it ends the family
            log.warning("replaced token rotated again, family revoked", extra={"holder": one.id})
            raise Problem("superseded_token", "This token was replaced, and is used again: its family is revoked now.")
        if self._house.limiter.take(f"dead:{one.id}", PER_ADDRESS).allowed:
            self._watch.dead(call, route, request, superseded=refused.refusal is Refusal.SUPERSEDED)

    def _allow(self, call: Call, route: Route, request: Request) -> Call:
        one = call.holder
        limit = route.limit or self._house.per_token
        standing = self._house.limiter.take(token_key(one.id, limit), limit)
        scope = route.access if isinstance(route.access, Scope) else None
        assert scope is not None or route.access is Mark.ANY_TOKEN
        refused = authorise(one, scope, call.address)
        if refused is not None:
            if standing.allowed:
                self._watch.refused(call, route, request, scope_missing=refused.scope is not None)
            raise Problem(refused.refusal, refused.detail, refused.scope)
        return _within(call, standing)


class Limited(Problem):
    """Too many requests. `standing` says how long to wait."""

    def __init__(self, standing: Standing) -> None:
        most, seconds = standing.limit.most, standing.limit.seconds
        super().__init__("rate_limited", f"At most {most} requests in {seconds} seconds.", retry=standing.reset)
        self.standing = standing


def token_key(token_id: str, limit: Limit) -> str:
    """Under what a token's requests are counted."""
    return f"{limit.name}:token:{token_id}"


def _within(call: Call, standing: Standing) -> Call:
    if not standing.allowed:
        raise Limited(standing)
    return replace(call, standing=standing)


def _neighbourhood(address: str) -> str:
    """Addresses that count as one: a single machine of IPv6 has a /64 to choose from."""
    try:
        host = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(host, IPv6Address):
        return str(host.ipv4_mapped or ip_network((host, 64), strict=False))
    return str(host)
