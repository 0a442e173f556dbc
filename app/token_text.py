"""Tokens and what was done with them, as `assay tokens` prints them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.core.audit import Link
from app.core.credentials import Credential
from app.core.escape import visible


def record(one: Credential, now: datetime) -> dict[str, Any]:
    """All of a token but its hash, for programs."""
    return {
        "id": one.id,
        "name": one.name,
        "status": one.status(now),
        "scopes": sorted(one.access.scopes),
        "installations": sorted(one.access.installations),
        "repositories": sorted(one.access.repositories),
        "networks": [str(network) for network in one.access.networks],
        "creator": one.creator,
        "family": one.family,
        "created": one.created_at.isoformat(timespec="seconds"),
        "expires": one.expires_at.isoformat(timespec="seconds"),
        "last_used": one.last_used_at.isoformat(timespec="seconds") if one.last_used_at else None,
        "superseded_by": one.superseded_by,
        "revoked": one.revoked_at.isoformat(timespec="seconds") if one.revoked_at else None,
        "why": one.revoked_why or one.suspended_why,
    }


def line(one: Credential, now: datetime) -> str:
    """A token on one line."""
    used = f"used {one.last_used_at:%Y-%m-%d}" if one.last_used_at else "never used"
    scopes = " ".join(sorted(one.access.scopes))
    return f"{one.id}  {one.status(now):<10}  until {one.expires_at:%Y-%m-%d}  {used}  {visible(one.name)}: {scopes}"


def event_record(link: Link) -> dict[str, Any]:
    """An event, for programs."""
    event = link.event
    return {
        "number": link.sequence,
        "at": event.at.isoformat(timespec="seconds"),
        "deed": event.deed,
        "token": event.token,
        "actor": event.actor,
        "network": event.network,
        "detail": event.detail,
        "request": event.request,
        "chain": link.chain.hex(),
    }


def event_line(link: Link) -> str:
    """An event on one line."""
    event = link.event
    who = f"by {event.actor}" if event.actor else "by nobody who is still known"
    detail = f": {event.detail}" if event.detail else ""
    return (
        f"{link.sequence:>6}  {event.at:%Y-%m-%d %H:%M}  {event.deed:<15} {event.token}  {visible(who + detail, 300)}"
    )
