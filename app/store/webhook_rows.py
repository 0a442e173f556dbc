"""Webhooks and what is sent to them as rows, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from app.core.access import Access
from app.core.webhooks import Attempt, DeliveryEnd, Health, HookDelivery, HookEvent, SealedSecret, Webhook
from app.store.encoding import clean

Row = Mapping[str, Any] | Any


def webhook_columns(webhook: Webhook) -> dict[str, Any]:
    """What may change of a webhook, but its health."""
    return {
        "url": webhook.url,
        "events": msgspec.json.encode(sorted(webhook.events)).decode(),
        "secrets": msgspec.json.encode(webhook.secrets).decode(),
        "enabled": webhook.enabled,
        "disabled_why": clean(webhook.disabled_why, 500),
        "version": webhook.version,
    }


def access_text(access: Access) -> str:
    """What it is narrowed to, as JSON."""
    fields = {"installations": sorted(access.installations), "repositories": sorted(access.repositories)}
    return msgspec.json.encode(fields).decode()


def health_columns(health: Health) -> dict[str, Any]:
    """How it goes with its receiver."""
    return {
        "last_at": health.last_at,
        "last_status": health.status,
        "last_note": clean(health.note, 300),
        "failures": health.failures,
        "failing_since": health.failing_since,
        "rest_until": health.rest_until,
    }


def read_webhook(row: Row) -> Webhook:
    """A row as a value."""
    access = msgspec.json.decode(row["access"])
    return Webhook(
        id=row["id"],
        url=row["url"],
        events=frozenset(HookEvent(one) for one in msgspec.json.decode(row["events"])),
        access=Access(frozenset(), frozenset(access["installations"]), frozenset(access["repositories"])),
        creator=row["creator"],
        created_at=row["created_at"],
        secrets=msgspec.json.decode(row["secrets"], type=tuple[SealedSecret, ...]),
        enabled=row["enabled"],
        disabled_why=row["disabled_why"],
        version=row["version"],
        health=Health(
            row["last_at"],
            row["last_status"],
            row["last_note"],
            row["failures"],
            row["failing_since"],
            row["rest_until"],
        ),
    )


def delivery_columns(one: HookDelivery) -> dict[str, Any]:
    """What changes of a delivery."""
    return {
        "asked_at": one.asked_at,
        "due": one.due,
        "state": one.state,
        "attempts": one.attempts,
        "tries": one.tries,
        "note": clean(one.note, 300),
    }


def read_delivery(row: Row) -> HookDelivery:
    """A row as a value."""
    return HookDelivery(
        id=row["id"],
        webhook=row["webhook"],
        event=HookEvent(row["event"]),
        body=row["body"],
        asked_at=row["asked_at"],
        due=row["due"],
        state=DeliveryEnd(row["state"]),
        attempts=row["attempts"],
        tries=row["tries"],
        note=row["note"],
    )


def read_attempt(row: Row) -> Attempt:
    """A row as a value."""
    return Attempt(row["number"], row["at"], row["status"], row["milliseconds"], row["note"])
