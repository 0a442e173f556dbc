"""Installations and repositories that GitHub takes away: their tokens, webhooks, work and private knowledge end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.audit import Deed, Event
from app.core.credentials import Credential, event_about
from app.core.events import InstallationAction, InstallationChange
from app.core.idempotency import Answer, attempt, fingerprint
from app.core.ports import Store
from app.core.removal import Loss, loss, told
from app.core.token_store import TokenFilter
from app.core.webhook_store import WebhookFilter
from app.core.webhooks import Webhook

ACTOR = "GitHub"
PAGE = 200  # tokens that are read at a time
LOOKS = 5  # whoever makes a token at the same moment is seen by the next look
KNOWN = timedelta(days=30)
"""For so long a delivery that comes again is known. GitHub sends none again after that."""

_FOR_GOOD = frozenset({InstallationAction.DELETED, InstallationAction.REPOSITORIES_REMOVED})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it: ids of tokens that ended or live again, of those that lost a part, and how much work ended."""

    tokens: tuple[str, ...] = ()
    lessened: tuple[str, ...] = ()
    deliveries: int = 0


def carry_out(change: InstallationChange, delivery_id: str, store: Store, now: datetime) -> Outcome | None:
    """Do what this change asks for, once; None when this delivery was carried out before. Raise `StoreUnavailable`.

    One that broke off is carried out again, and finds done what it did. A removal revokes. A suspension is lifted, so
    tokens are suspended with their installation and live again with it; those that were suspended for another reason
    stay so.
    """
    known = store.idempotency.begin(ACTOR, delivery_id, attempt(fingerprint(), delivery_id, now, KNOWN))
    if known is not None and known.answer is not None:
        return None
    outcome = _carry_out(change, delivery_id, store, now)
    store.idempotency.finish(ACTOR, delivery_id, delivery_id, Answer(200, b""))
    return outcome


def _carry_out(change: InstallationChange, delivery_id: str, store: Store, now: datetime) -> Outcome:
    if change.action is not InstallationAction.RESUMED:  # first, so that no workflow gets a token in between
        store.deliveries.forget_homes(change.installation_id, _only(change))
    changed: list[str] = []
    lessened: list[str] = []
    for look in range(LOOKS):
        found = [(one, loss(change, one.access)) for one in _living(store, now)]
        whole = [one for one, lost in found if lost is Loss.ALL and _wants(change, one)]
        for one in whole:
            _end(change, one, delivery_id, store, now)
        changed += [one.id for one in whole]
        if look == 0:
            part = [one for one, lost in found if lost is Loss.PART]
            for one in part:
                detail = f"{told(change)}; this token names more than that"
                store.audit.append(
                    event_about(one, Deed.INSTALLATION_CHANGED, now, detail, request=delivery_id, actor=ACTOR)
                )
            lessened = [one.id for one in part]
        if not whole:
            break
    _remove_webhooks(change, delivery_id, store, now)
    dismissed = _dismiss(change, store, now)
    _erase(change, store)
    return Outcome(tuple(changed), tuple(lessened), dismissed)


def _living(store: Store, now: datetime) -> Iterator[Credential]:
    """Tokens that are neither revoked nor past their end; suspended ones may live again, so they count."""
    after = None
    while batch := store.tokens.find(TokenFilter(unended_at=now), PAGE, after):
        yield from batch
        after = batch[-1].id


def _wants(change: InstallationChange, one: Credential) -> bool:
    match change.action:
        case InstallationAction.SUSPENDED:
            return one.suspended_at is None
        case InstallationAction.RESUMED:
            return one.suspended_why == _suspended(change)
        case _:
            return True


def _end(change: InstallationChange, one: Credential, delivery_id: str, store: Store, now: datetime) -> None:
    why = told(change)
    match change.action:
        case InstallationAction.SUSPENDED:
            event = event_about(one, Deed.SUSPENDED, now, why, request=delivery_id, actor=ACTOR)
            store.tokens.suspend(one.id, _suspended(change), now, event)
        case InstallationAction.RESUMED:
            event = event_about(one, Deed.RESUMED, now, why, request=delivery_id, actor=ACTOR)
            store.tokens.suspend(one.id, None, now, event)
        case _:
            event = event_about(one, Deed.REVOKED, now, why, request=delivery_id, actor=ACTOR)
            store.tokens.revoke([one.id], why, now, event)


def _remove_webhooks(change: InstallationChange, delivery_id: str, store: Store, now: datetime) -> None:
    """Nothing is told any more of what is gone. A suspension is lifted, and nothing happens until then."""
    if change.action not in _FOR_GOOD:
        return
    for one in [one for one in _webhooks(store) if loss(change, one.access) is Loss.ALL]:
        whose = tuple(sorted(one.access.installations))
        event = Event(now, Deed.WEBHOOK_DELETED, one.id, told(change), delivery_id, whose, ACTOR)
        store.webhooks.remove(one.id, event)


def _webhooks(store: Store) -> Iterator[Webhook]:
    """All of them; the last one of a page has to be there still when the next page is asked for."""
    after = None
    while batch := store.webhooks.find(WebhookFilter(), PAGE, after):
        yield from batch
        after = batch[-1].id


def _suspended(change: InstallationChange) -> str:
    return told(InstallationChange(change.installation_id, InstallationAction.SUSPENDED))


def _dismiss(change: InstallationChange, store: Store, now: datetime) -> int:
    if change.action is InstallationAction.RESUMED:
        return 0
    return store.deliveries.dismiss(change.installation_id, _only(change), told(change), now)


def _erase(change: InstallationChange, store: Store) -> None:
    """What only its tokens could read, after they are gone. An installation that comes back has another number."""
    if change.action in _FOR_GOOD:
        store.tasks.erase(change.installation_id, _only(change))
    if change.action is InstallationAction.DELETED:
        realm = str(change.installation_id)
        store.package_reports.erase(realm)
        store.inspections.erase(realm)


def _only(change: InstallationChange) -> frozenset[int] | None:
    """The repositories that it is about; None: all of the installation."""
    return change.repositories if change.action is InstallationAction.REPOSITORIES_REMOVED else None
