"""API tokens in SQL: every change with its audit event, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, or_, select, update

from app.core.audit import Deed, Event
from app.core.credentials import IDLE, WORKFLOW, Credential, event_about
from app.core.token_store import TokenFilter
from app.core.watching import QUIET, Signal
from app.store.audit import SqlAudit
from app.store.database import Database
from app.store.encoding import clean, is_clean
from app.store.pages import page
from app.store.schema import redeemed, token_installations, token_signals
from app.store.schema import tokens as table
from app.store.token_rows import OF_ID, read_row, write_access
from app.store.token_use import SqlTokenUse, forget

TOMBSTONE = timedelta(days=400)
EXCHANGED_TOMBSTONE = timedelta(days=90)  # of a workflow's token: there may be a thousand a day
BATCH = 200  # tokens whose end is noticed in one transaction


class SqlTokens(SqlTokenUse):
    """`app.core.token_store.Tokens` on a database."""

    def __init__(self, database: Database, audit: SqlAudit) -> None:
        super().__init__(database)
        self._audit = audit

    def add(self, credential: Credential, event: Event) -> None:
        """Keep a new token."""

        def work(connection: Connection) -> None:
            if connection.scalar(select(table.c.id).where(table.c.id == credential.id)) is not None:
                raise ValueError(f"the token {credential.id} is there already")
            self._insert(connection, credential, event)

        self._database.write(work)

    def get(self, token_id: str) -> Credential | None:
        """One token; tombstones too."""
        if not is_clean(token_id, 16):
            return None
        with self._database.reading() as connection:
            row = connection.execute(OF_ID, {"wanted": token_id}).mappings().one()
        found = read_row(row)
        return found if found.id == token_id else None

    def find(self, wanted: TokenFilter, limit: int, after: str | None = None) -> Sequence[Credential]:
        """Tokens by creation."""
        query = select(table)
        if wanted.family is not None:
            query = query.where(table.c.family == clean(wanted.family, 16))
        if wanted.creator is not None:
            query = query.where(table.c.creator == clean(wanted.creator, 100))
        if wanted.installation is not None:
            narrowed = select(token_installations.c.token).where(
                token_installations.c.installation_id == wanted.installation
            )
            query = query.where(table.c.id.in_(narrowed))
        if wanted.live_at is not None:
            now = wanted.live_at
            query = query.where(
                table.c.revoked_at.is_(None),
                table.c.suspended_at.is_(None),
                table.c.expires_at > now,
                or_(table.c.superseded_at.is_(None), table.c.superseded_at > now),
                or_(
                    table.c.last_used_at > now - IDLE,
                    table.c.last_used_at.is_(None) & (table.c.created_at > now - IDLE),
                ),
            )
        if wanted.unended_at is not None:
            query = query.where(table.c.revoked_at.is_(None), table.c.expires_at > wanted.unended_at)
        with self._database.reading() as connection:
            return [read_row(row) for row in page(connection, query, table, limit, after)]

    def rotate(
        self, old: Credential, before: Credential, new: Credential, revoked: Sequence[str], event: Event
    ) -> bool:
        """Keep a rotation, unless the old token, or one of its family, changed in between."""

        def work(connection: Connection) -> bool:
            family = select(table).where(table.c.family == before.family).order_by(table.c.id).with_for_update()
            rows = {row["id"]: row for row in connection.execute(family).mappings()}
            known = rows.get(before.id)
            if known is None or _state(read_row(known)) != _state(before):
                return False
            if any(rows[one]["revoked_at"] is not None for one in revoked if one in rows):
                return False
            connection.execute(
                update(table)
                .where(table.c.id == old.id)
                .values(superseded_at=old.superseded_at, superseded_by=old.superseded_by)
            )
            self._revoke(connection, revoked, "a newer token of its family replaced it", event.at, event)
            self._insert(connection, new, event)
            return True

        return self._database.write(work)

    def spend(self, bootstrap_id: str, new: Credential, event: Event) -> bool:
        """Keep what a bootstrap token made, and revoke that: it makes one."""

        def work(connection: Connection) -> bool:
            if not self._revoke(connection, [bootstrap_id], "it made its one token", event.at, event):
                return False
            self._insert(connection, new, event)
            return True

        return self._database.write(work)

    def redeem(self, once: bytes, until: datetime, new: Credential, event: Event) -> bool:
        """Keep a token that was exchanged for another, which was not used before."""

        def work(connection: Connection) -> bool:
            if connection.scalar(select(redeemed.c.until).where(redeemed.c.once == once)) is not None:
                return False
            connection.execute(redeemed.insert().values(once=once, until=until))  # of two at once, one starts again
            self._insert(connection, new, event)
            return True

        return self._database.write(work)

    def revoke(self, token_ids: Sequence[str], why: str, now: datetime, event: Event) -> Sequence[str]:
        """Revoke those that are not revoked yet."""
        return self._database.write(lambda connection: self._revoke(connection, token_ids, why, now, event))

    def suspend(self, token_id: str, why: str | None, now: datetime, event: Event) -> None:
        """Suspend a token, or lift it."""
        values = {"suspended_at": None if why is None else now, "suspended_why": clean(why or "", 500)}

        def work(connection: Connection) -> None:
            if connection.execute(update(table).where(table.c.id == token_id).values(**values)).rowcount:
                self._audit.append_with(connection, event)

        self._database.write(work)

    def rehash(self, token_id: str, digest: bytes, pepper: str) -> None:
        """The same token under today's pepper."""
        self._database.write(
            lambda connection: connection.execute(
                update(table).where(table.c.id == token_id).values(digest=digest, pepper=pepper)
            )
        )

    def tell(self, token_id: str, signal: Signal, event: Event) -> bool:
        """Keep that a signal was told, once in the quiet time."""
        this = (token_signals.c.token == token_id, token_signals.c.signal == signal)

        def work(connection: Connection) -> bool:
            told = connection.scalar(select(token_signals.c.told_at).where(*this).with_for_update())
            if told is not None and event.at - told < QUIET:
                return False
            if told is None:
                connection.execute(token_signals.insert().values(token=token_id, signal=signal, told_at=event.at))
            else:
                connection.execute(update(token_signals).where(*this).values(told_at=event.at))
            self._audit.append_with(connection, event)
            return True

        return self._database.write(work)

    def expire(self, now: datetime) -> Sequence[Credential]:
        """Notice ends, each once; remove tombstones and old counts."""
        idle_since = now - IDLE
        ended = or_(
            table.c.expires_at <= now,
            table.c.superseded_at <= now,
            table.c.last_used_at <= idle_since,
            table.c.last_used_at.is_(None) & (table.c.created_at <= idle_since),
        )

        def work(connection: Connection) -> list[Credential]:
            connection.execute(delete(table).where(table.c.ended_at <= now - TOMBSTONE))
            exchanged = (table.c.creator == WORKFLOW) & (table.c.ended_at <= now - EXCHANGED_TOMBSTONE)
            connection.execute(delete(table).where(exchanged))
            connection.execute(delete(redeemed).where(redeemed.c.until <= now))
            forget(connection, now)
            query = select(table).where(table.c.ended_at.is_(None), ended).order_by(table.c.id).limit(BATCH)
            found = [read_row(row) for row in connection.execute(query.with_for_update(skip_locked=True)).mappings()]
            for one in found:
                connection.execute(update(table).where(table.c.id == one.id).values(ended_at=now))
                if not one.is_exchanged:  # its end was told when it was made
                    self._audit.append_with(connection, event_about(one, Deed.EXPIRED, now, str(one.status(now))))
            return found

        return self._database.write(work)

    def _insert(self, connection: Connection, one: Credential, event: Event) -> None:
        connection.execute(
            table.insert().values(
                id=one.id,
                kind=one.kind,
                name=clean(one.name, 100),
                access=write_access(one.access),
                family=one.family,
                creator=clean(one.creator, 100),
                created_at=one.created_at,
                expires_at=one.expires_at,
                digest=one.digest,
                pepper=one.pepper,
                revoked_why="",
                suspended_why="",
            )
        )
        if one.access.installations:
            rows = [{"token": one.id, "installation_id": number} for number in sorted(one.access.installations)]
            connection.execute(token_installations.insert(), rows)
        self._audit.append_with(connection, event)

    def _revoke(
        self, connection: Connection, token_ids: Sequence[str], why: str, now: datetime, event: Event
    ) -> list[str]:
        found = []
        for token_id in token_ids:
            changed = connection.execute(
                update(table)
                .where(table.c.id == token_id, table.c.revoked_at.is_(None))
                .values(revoked_at=now, revoked_why=clean(why, 500), ended_at=now)
            )
            if changed.rowcount:
                found.append(token_id)
                self._audit.append_with(connection, replace(event, deed=Deed.REVOKED, token=token_id, detail=why))
        return found


def _state(one: Credential) -> tuple[object, ...]:
    """What a decision about rotating was made on."""
    return one.revoked_at, one.superseded_at, one.superseded_by, one.suspended_at
