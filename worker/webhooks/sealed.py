"""The secrets of a webhook: opened to sign with, and sealed with today's key, so that yesterday's can go."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from app.core.ports import Store
from app.core.sealing import NONCE, CannotOpen, SealingKey, seal, unseal
from app.core.webhook_store import WebhookFilter
from app.core.webhooks import SealedSecret, Webhook, secret_place

log = logging.getLogger(__name__)

PAGE = 200  # webhooks that are read at a time


def open_secrets(webhook: Webhook, keys: Sequence[SealingKey], now: datetime) -> list[str]:
    """The texts that sign now, the current one first; raise `CannotOpen` when that cannot be opened.

    One that was replaced, because nobody can open it maybe, keeps nothing from being sent.
    """
    current, *replaced = webhook.signing(now)
    texts = [_open(webhook, current, keys)]
    for one in replaced:
        with suppress(CannotOpen):
            texts.append(_open(webhook, one, keys))
    return texts


def resealed(
    webhook: Webhook, keys: Sequence[SealingKey], entropy: Callable[[int], bytes], now: datetime
) -> Webhook | None:
    """The webhook with its live secrets under the first key, and no others; None when it is so already.

    Raise `CannotOpen` when the current one cannot be opened; one that was replaced is let go then.
    """
    current, *replaced = webhook.signing(now)
    kept = [_sealed_again(webhook, current, keys, entropy)]
    for one in replaced:
        with suppress(CannotOpen):
            kept.append(_sealed_again(webhook, one, keys, entropy))
    return None if tuple(kept) == webhook.secrets else replace(webhook, secrets=tuple(kept))


def reseal_all(store: Store, keys: Sequence[SealingKey], entropy: Callable[[int], bytes], now: datetime) -> None:
    """Bring all secrets under the first key. A webhook that somebody changes at the moment has its turn next time."""
    after, closed = None, 0
    while keys and (batch := store.webhooks.find(WebhookFilter(), PAGE, after)):
        after = batch[-1].id
        for one in batch:
            try:
                if (changed := resealed(one, keys, entropy, now)) is not None:
                    store.webhooks.change(changed, None)
            except CannotOpen:
                closed += 1
    if closed:
        log.error("secrets of webhooks cannot be read; they have to be rotated", extra={"webhooks": closed})


def _sealed_again(
    webhook: Webhook, one: SealedSecret, keys: Sequence[SealingKey], entropy: Callable[[int], bytes]
) -> SealedSecret:
    today = keys[0]
    if one.key == today.id:
        return one
    sealed = seal(_open(webhook, one, keys), secret_place(webhook.id, one.id), today, entropy(NONCE))
    return replace(one, key=today.id, sealed=sealed)


def _open(webhook: Webhook, one: SealedSecret, keys: Sequence[SealingKey]) -> str:
    return unseal(one.sealed, secret_place(webhook.id, one.id), one.key, keys)
