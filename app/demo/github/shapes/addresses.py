"""Addresses and times as GitHub writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.demo.github.world import World

Json = dict[str, Any]


def api(world: World) -> str:
    """The root of the REST API, as on an Enterprise Server."""
    return f"{world.address}/api/v3"


def links(url: str, names: tuple[str, ...]) -> dict[str, str]:
    """`labels{/name}` → `labels_url`; `blobs:git/blobs{/sha}` → `blobs_url` at another path."""
    links = {}
    for entry in names:
        name, colon, path = entry.partition(":")
        links[f"{name.partition('{')[0]}_url"] = f"{url}/{path if colon else name}"
    return links


def iso(time: datetime | None) -> str | None:
    """A time as GitHub writes it; None stays None."""
    return None if time is None else time.strftime("%Y-%m-%dT%H:%M:%SZ")
