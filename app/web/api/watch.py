"""Uses of a token, written down and looked at: what is unlike it becomes an event, and may suspend it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

import re2
from flask import Request

from app.core.access import Scope
from app.core.audit import Deed, Event
from app.core.credentials import event_about
from app.core.errors import StoreUnavailable
from app.core.token_store import Use
from app.core.watching import SHORTLY, Oddness, odd_dead_uses, odd_denials, odd_use, suspends
from app.lately import Lately
from app.web.api.route import Call, House, Route

log = logging.getLogger(__name__)

LOOK_AGAIN = timedelta(seconds=10)  # after which the habits of a token are read anew; a new network is seen at once
REMEMBERED = 10_000  # tokens and networks that this process has looked at
SUSPENDED = "many uses in an hour, from a network that is new for it"
_AGENT = re2.compile(r"[A-Za-z][A-Za-z0-9.+-]{0,29}")


class Watch:
    """Keeps the books. It costs a request time, never its answer. `scopes` is what each route, by name, asks for."""

    def __init__(self, house: House, scopes: Mapping[str, Scope]) -> None:
        self._house = house
        self._tokens = house.store.tokens
        self._scopes = scopes
        self._looked = Lately(REMEMBERED)
        self._told = Lately(REMEMBERED)

    def used(self, call: Call, route: Route, request: Request, status: int) -> None:
        """An accepted use, with the status of its answer."""
        one = call.holder
        try:
            if status not in {401, 403}:
                if one.last_used_at is None:
                    self._house.store.audit.append(self._event(call, Deed.FIRST_USED, route.name))
                if self._looked.is_due(f"{one.id} {call.network}", call.now, LOOK_AGAIN):
                    self._look(call)
            self._note(call, route, request, status)
        except StoreUnavailable as error:
            log.warning("token use not looked at", extra={"holder": one.id, "why": str(error)})

    def refused(self, call: Call, route: Route, request: Request, *, scope_missing: bool) -> None:
        """A live token that may not do this, or not from here."""
        one = call.holder
        try:
            self._note(call, route, request, 403)
            if not scope_missing:
                return
            if self._told.is_due(f"{one.id} {route.name}", call.now, SHORTLY):
                self._house.store.audit.append(self._event(call, Deed.SCOPE_DENIED, route.name))
            lacking = {name for name, scope in self._scopes.items() if scope not in one.access.scopes}
            recent = self._tokens.recent(one.id, call.now - SHORTLY)
            denied = [(use.at, use.route) for use in recent if use.status == 403 and use.route in lacking]
            self._tell(call, odd_denials(self._tokens.habits(one.id, call.now), denied, call.now))
        except StoreUnavailable as error:
            log.warning("refusal not looked at", extra={"holder": one.id, "why": str(error)})

    def dead(self, call: Call, route: Route, request: Request, *, superseded: bool) -> None:
        """A token that was good once."""
        one = call.holder
        try:
            self._note(call, route, request, 401)
            if superseded and self._told.is_due(f"{one.id} superseded", call.now, SHORTLY):
                self._house.store.audit.append(self._event(call, Deed.SUPERSEDED_USE, route.name))
            recent = self._tokens.recent(one.id, call.now - SHORTLY)
            uses = [use.at for use in recent if use.status == 401]
            self._tell(call, odd_dead_uses(self._tokens.habits(one.id, call.now), uses, call.now))
        except StoreUnavailable as error:
            log.warning("dead token not looked at", extra={"holder": one.id, "why": str(error)})

    def _look(self, call: Call) -> None:
        one = call.holder
        habits = self._tokens.habits(one.id, call.now)
        found = odd_use(habits, call.network, call.now)
        self._tell(call, found)
        if self._house.settings.suspend and suspends(habits, found, call.now):
            event = self._event(call, Deed.SUSPENDED, " ".join(odd.explanation for odd in found))
            self._tokens.suspend(one.id, SUSPENDED, call.now, event)
            log.warning("token suspended", extra={"holder": one.id})

    def _tell(self, call: Call, found: Sequence[Oddness]) -> None:
        for odd in found:
            event = self._event(call, Deed.ANOMALY, f"{odd.signal}: {odd.explanation}")
            if self._tokens.tell(call.holder.id, odd.signal, event):
                log.warning("token used unlike itself", extra={"holder": call.holder.id, "signal": odd.signal})

    def _note(self, call: Call, route: Route, request: Request, status: int) -> None:
        agent = agent_family(request.headers.get("User-Agent", ""))
        self._tokens.note(Use(call.holder.id, call.now, route.name, status, call.network, agent))

    def _event(self, call: Call, deed: Deed, detail: str) -> Event:
        one = call.holder
        return event_about(one, deed, call.now, detail, request=call.request_id, actor=one.id, network=call.network)


def agent_family(text: str) -> str:
    """The first product of a `User-Agent`, without its version; "other" for what does not look like one."""
    product = text.partition("/")[0].partition(" ")[0]
    return product if _AGENT.fullmatch(product) else "other"
