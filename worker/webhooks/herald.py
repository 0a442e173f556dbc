"""Notice what is to be told: completed reviews, what the audit says of tokens, and tokens that end soon.

All of it may be done twice, and by several processes at once: the store keeps a notice once for each webhook.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from app.core.errors import QueueUnavailable
from app.core.events import ReviewRequest
from app.core.notices import TOLD, expiry_notice, review_notices, token_notice, warning_due
from app.core.ports import Clock, Dispatch, Store
from app.core.report import Report
from app.core.webhooks import Notice

log = logging.getLogger(__name__)

AT_ONCE = 200  # events, tokens and webhooks that are looked at in one go
LEASE_NAME = "herald"


class Herald:
    """Tells webhooks; sending is somebody else's. `public_url` is where our API is (None: no links)."""

    def __init__(self, store: Store, dispatch: Dispatch, clock: Clock, public_url: str | None = None) -> None:
        self._store = store
        self._dispatch = dispatch
        self._clock = clock
        self._public_url = public_url

    def tell(self, notice: Notice) -> None:
        """Keep it for every webhook that wants it, and ask workers to send it."""
        told = self._store.webhooks.tell(notice)
        if told:
            log.info("webhooks told", extra={"event_name": notice.event, "webhooks": " ".join(told)})
        self._ask(told)

    def tell_review(self, request: ReviewRequest, report: Report, review_id: str, run: str) -> None:
        """A review's check was completed."""
        for notice in review_notices(request, report, review_id, run, self._clock(), self._public_url):
            self.tell(notice)

    def look_around(self, owner: str, lease: timedelta) -> None:
        """Tell what the audit says, and ask for whatever nobody sends. One worker of the cluster does."""
        now = self._clock()
        if not self._store.leases.take(LEASE_NAME, owner, now, lease):
            return
        self._tell_audit()
        self._ask(self._store.webhooks.waiting(now, AT_ONCE))

    def look_after(self) -> None:
        """Warn of tokens that end soon, and forget what was sent long ago."""
        now = self._clock()
        for one in self._store.webhooks.unwarned(now, AT_ONCE):
            days = warning_due(one, now)
            assert days is not None, "or it were not among them"
            self.tell(expiry_notice(one, days, now))
            self._store.webhooks.warned(one.id, days)
        given_up = self._store.webhooks.forget(now)
        if given_up:
            log.warning("webhooks given up", extra={"deliveries": given_up})

    def _tell_audit(self) -> None:
        mark = self._store.webhooks.mark()
        links = self._store.audit.read(AT_ONCE, after=mark)
        for link in links:
            if link.event.deed in TOLD and (notice := token_notice(link, self._store.tokens.get(link.event.token))):
                self.tell(notice)
        if links:
            self._store.webhooks.set_mark(links[-1].sequence)

    def _ask(self, webhook_ids: Sequence[str]) -> None:
        try:
            for webhook_id in webhook_ids:
                self._dispatch.webhook(webhook_id)
        except QueueUnavailable as error:  # the rows wait; the next look asks again
            log.warning("queue out of reach", extra={"why": str(error)})
