"""The process that faces the internet: webhooks in, pages out. It holds no App key."""

from __future__ import annotations

import secrets

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.clock import utc_now
from app.core.ports import Clock, Dispatch, Store
from app.metrics import SILENT, Meter
from app.rate_limit import Limiter, LocalLimiter
from app.settings import WebSettings
from app.web import api, errors, fence, health, pages, webhook
from app.web.api.key_ring import Fetch, download
from app.web.api.waiting import WaitingRoom
from app.webhook_keeper import Keeper
from app.webhook_settings import WebhookSettings


def create_app(
    settings: WebSettings,
    store: Store,
    dispatch: Dispatch,
    clock: Clock = utc_now,
    *,
    meter: Meter = SILENT,
    limiter: Limiter | None = None,
    waiting: WaitingRoom | None = None,
    fetch: Fetch = download,
) -> Flask:
    """Build the application from its parts; nothing is global. Without a `limiter` this process counts for itself.

    `fetch` gets the public keys of those whose signatures we check.
    """
    app = Flask("app.web", static_folder="static", template_folder="templates")
    app.config["MAX_CONTENT_LENGTH"] = webhook.LARGEST
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 3600  # seconds
    counts = webhook.Counts(meter)
    errors.register(app)
    fence.register(app, settings.trusted_hosts)
    webhook.register(app, settings.webhook_secrets, store, dispatch, clock, counts)
    pages.register(app, store)
    health.register(app, store, dispatch, clock, counts)
    keeper = _keeper(settings.webhooks, store, dispatch, clock)
    rooms = waiting or WaitingRoom(max(1, settings.threads // 4))
    api.register(
        app,
        settings.tokens,
        store,
        clock,
        limiter or LocalLimiter(),
        dispatch=dispatch,
        waiting=rooms,
        fetch=fetch,
        webhooks=keeper,
    )
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _keeper(settings: WebhookSettings, store: Store, dispatch: Dispatch, clock: Clock) -> Keeper | None:
    """What makes and changes webhooks; None without a key for their secrets."""
    if not settings.keys:
        return None
    return Keeper(store, dispatch, settings.keys, settings.receivers, clock=clock, entropy=secrets.token_bytes)
