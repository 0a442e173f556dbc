"""Pull requests that are reviewed again because a program asks for it, as somebody does who presses `Re-run`."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from urllib.parse import urlencode

from app.core.errors import QueueUnavailable
from app.core.events import ReviewRequest
from app.core.ports import DeliveryState
from app.core.review_search import Review, Sight
from app.rate_limit import Limit
from app.web.api.problems import Problem
from app.web.api.reviews import ReviewShape, review_shape
from app.web.api.route import PREFIX, Call, Reply, Shape

log = logging.getLogger(__name__)

PER_ASKER = Limit("rechecks", 60)
EVENT = "api"
ACTION = "recheck"


class RecheckShape(Shape):
    """A pull request that is reviewed again.

    `state` is that of the delivery which asks for it: no verdict. The new review is the first one at `look` (below this
    server) once it is done; of the same commits, it has the same id as the one before.
    """

    delivery: str
    state: DeliveryState
    look: str
    before: ReviewShape


def recheck_review(call: Call, review_id: str) -> Reply:
    """Review the pull request of this review as it is now. Who asks again within the same minute asks for the same."""
    found = call.house.store.search.review(review_id, Sight.of(call.holder.access))
    if found is None:
        raise Problem("not_found", "There is no review of this id.")
    review, _ = found
    request = _request(review)
    minute = call.now.replace(second=0, microsecond=0)
    delivery_id = f"{EVENT}-{request.lane}-{minute:%Y%m%dT%H%M}"
    deliveries = call.house.store.deliveries
    waiting = deliveries.accept(delivery_id, EVENT, request, call.now)
    if waiting is not None:
        _hand_over(call, request, waiting.due)
    delivery = waiting or deliveries.get(delivery_id)
    state = delivery.state if delivery is not None else DeliveryState.DONE
    look = f"{PREFIX}/reviews?{urlencode({'repository': review.repository, 'since': _moment(minute)})}"
    return Reply(RecheckShape(delivery=delivery_id, state=state, look=look, before=review_shape(review)))


def _request(review: Review) -> ReviewRequest:
    return ReviewRequest(
        installation_id=review.installation,
        repository_id=review.repository_id,
        repository=review.repository,
        number=review.number,
        head_sha=review.head_sha,
        private=review.private,
        action=ACTION,
    )


def _hand_over(call: Call, request: ReviewRequest, due: datetime | None) -> None:
    try:
        call.house.dispatch.review(request.lane, due)
    except QueueUnavailable as error:  # the row is the truth: the sweeper asks again
        log.warning("queue out of reach", extra={"lane": request.lane, "why": str(error)})


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
