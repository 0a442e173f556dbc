"""Rows of tokens as values, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import Select, bindparam, literal, null, select, union_all

from app.core.access import Access, Scope, read_networks, read_scopes
from app.core.credentials import Credential
from app.core.tokens import Kind
from app.store.schema import tokens as table


def read_row(row: Mapping[str, Any] | Any) -> Credential:
    """A row as a value."""
    return Credential(
        id=row["id"],
        kind=Kind(row["kind"]),
        name=row["name"],
        access=_read(row["access"]),
        family=row["family"],
        creator=row["creator"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        digest=bytes(row["digest"]),
        pepper=row["pepper"],
        superseded_at=row["superseded_at"],
        superseded_by=row["superseded_by"],
        revoked_at=row["revoked_at"],
        revoked_why=row["revoked_why"],
        suspended_at=row["suspended_at"],
        suspended_why=row["suspended_why"],
        last_used_at=row["last_used_at"],
    )


def write_access(access: Access) -> str:
    """What a token may do, as JSON."""
    fields = {
        "scopes": sorted(access.scopes),
        "installations": sorted(access.installations),
        "repositories": sorted(access.repositories),
        "networks": [str(network) for network in access.networks],
    }
    return msgspec.json.encode(fields).decode()


def _read(text: str) -> Access:
    fields = msgspec.json.decode(text)
    return Access(
        read_scopes(fields["scopes"]),
        frozenset(fields["installations"]),
        frozenset(fields["repositories"]),
        read_networks(fields["networks"]),
    )


def _nobody() -> Select[Any]:
    """A row that is nobody's, made by the database: an unknown id must not show in the time that its answer takes."""
    never = datetime(2000, 1, 1, tzinfo=UTC)
    values: dict[str, Any] = {
        "id": "",
        "kind": Kind.API.value,
        "access": write_access(Access(frozenset({Scope.PACKAGES_READ}))),
        "created_at": never,
        "expires_at": never,
        "digest": bytes(32),
    }
    empty = {"superseded_at", "superseded_by", "revoked_at", "suspended_at", "last_used_at", "ended_at"}
    columns = (
        (null() if column.name in empty else literal(values.get(column.name, "nobody"), column.type)).label(column.name)
        for column in table.c
    )
    return select(*columns, literal(1).label("rank"))


OF_ID = (
    union_all(select(table, literal(0).label("rank")).where(table.c.id == bindparam("wanted")), _nobody())
    .order_by("rank")
    .limit(1)
)
"""The row of an id that is `wanted`, or nobody's."""
