"""The HTTP API under `/api/v1`: a table of routes, and what serves, guards and documents them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence

from flask import Flask, Response, render_template

from app.core.access import Scope
from app.core.ports import Clock, Dispatch, Store
from app.issuer import Issuer
from app.rate_limit import Limiter
from app.token_settings import TokenSettings
from app.web.api.document import curl, openapi, problems_of
from app.web.api.door import Door
from app.web.api.issuer_keys import IssuerSignatures
from app.web.api.key_ring import Fetch, download
from app.web.api.partner import published_keys
from app.web.api.problems import TITLES
from app.web.api.route import PREFIX, House, Route
from app.web.api.serving import register_headers, view
from app.web.api.table import ROUTES
from app.web.api.waiting import WaitingRoom
from app.web.api.watch import Watch
from app.webhook_keeper import Keeper

_UNLISTED = frozenset({"api.document", "api.docs"})  # public, and the same for everybody


def register(
    app: Flask,
    settings: TokenSettings,
    store: Store,
    clock: Clock,
    limiter: Limiter,
    *,
    dispatch: Dispatch,
    waiting: WaitingRoom,
    fetch: Fetch = download,
    webhooks: Keeper | None = None,
    routes: Sequence[Route] = ROUTES,
) -> None:
    """Add the routes of the table, the document made from it, and its page. `fetch` gets documents with keys.

    `webhooks` makes and changes webhooks; None: there are none here.
    """
    issuer = (
        Issuer(store, settings.peppers, clock=clock, entropy=secrets.token_bytes, lifetimes=settings.lifetimes)
        if settings.peppers
        else None
    )
    ring = published_keys(settings.leak_keys_url, fetch) if settings.leak_keys_url else None
    signatures = IssuerSignatures(settings.workflows.issuer, fetch) if settings.workflows else None
    house = House(
        store, issuer, settings, clock, limiter, ring, signatures, webhooks, dispatch=dispatch, waiting=waiting
    )
    watch = Watch(house, {route.name: route.access for route in routes if isinstance(route.access, Scope)})
    door = Door(house, watch)
    register_headers(app)
    for route in routes:
        app.add_url_rule(
            route.rule,
            endpoint=f"api.{route.key}",
            view_func=view(route, door, watch),
            methods=[route.method],
            provide_automatic_options=False,
        )
    document = json.dumps(openapi(routes))

    @app.get(f"{PREFIX}/openapi.json", endpoint="api.document", provide_automatic_options=False)
    def api_document() -> Response:
        return Response(document, mimetype="application/json")

    @app.get("/api/docs", endpoint="api.docs", provide_automatic_options=False)
    def api_docs() -> str:
        entries = [(route, curl(route), problems_of(route)) for route in routes]
        return render_template("api.html", entries=entries, titles=TITLES, prefix=PREFIX)

    refuse_unlisted(app, routes)


def refuse_unlisted(app: Flask, routes: Sequence[Route]) -> None:
    """Refuse to start with an address below `/api/` that is not in the table: nobody has said who may use it."""
    known = {f"api.{route.key}" for route in routes} | _UNLISTED
    rules = [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")]
    strangers = [rule.rule for rule in rules if rule.endpoint not in known]
    if strangers:
        raise RuntimeError(f"not in the table of the API's routes: {', '.join(sorted(strangers))}")
