"""How tokens are used, in SQL: counted by the hour, with coarse networks, and what was refused of late."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from app.core.errors import StoreUnavailable
from app.core.token_store import HourOfUse, Use
from app.core.watching import SEEN, WEEK, Habits, Signal
from app.lately import Lately
from app.store.database import Database
from app.store.encoding import clean
from app.store.schema import token_callers, token_refusals, token_signals, token_uses
from app.store.schema import tokens as table

KEPT = timedelta(days=90)
REFUSALS_KEPT = timedelta(hours=1)
MOST_REFUSALS = 100  # of one token
_MINUTE = timedelta(minutes=1)
REFUSED = frozenset({401, 403})
REMEMBERED = 10_000  # callers whose use this process has written down within the minute


class SqlTokenUse:
    """The part of `app.core.token_store.Tokens` that counts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._callers = Lately(REMEMBERED)

    def note(self, use: Use) -> None:
        """Count a use; a database that does not answer costs the count, not the request."""
        try:
            caller = (use.token, hour_of(use.at), use.network, use.agent)
            is_new = use.status not in REFUSED and self._callers.is_due(caller, use.at, _MINUTE)
            self._database.write(lambda connection: _note(connection, use, is_new))
        except StoreUnavailable as error:
            logging.getLogger(__name__).warning("token use not counted", extra={"cause": str(error)})

    def habits(self, token_id: str, now: datetime) -> Habits:
        """How a token was used until now."""
        this_hour = hour_of(now)
        uses = func.sum(token_uses.c.uses)
        accepted = (token_uses.c.token == token_id, token_uses.c.status == 2)
        with self._database.reading() as connection:
            by_hour = connection.execute(
                select(token_uses.c.hour, uses).where(*accepted).group_by(token_uses.c.hour)
            ).all()
            networks = connection.execute(
                select(token_callers.c.value, func.max(token_callers.c.seen_at))
                .where(token_callers.c.token == token_id, token_callers.c.kind == "network")
                .where(token_callers.c.seen_at >= now - SEEN)
                .group_by(token_callers.c.value)
            ).all()
            told = connection.execute(
                select(token_signals.c.signal, token_signals.c.told_at).where(token_signals.c.token == token_id)
            ).all()
            last = connection.scalar(select(table.c.last_used_at).where(table.c.id == token_id))
        counts = {hour: int(number) for hour, number in by_hour}
        return Habits(
            uses=sum(counts.values()),
            last_used_at=last,
            networks={str(network): when for network, when in networks},
            hours=[number for hour, number in counts.items() if this_hour - WEEK <= hour < this_hour],
            this_hour=counts.get(this_hour, 0),
            told={Signal(signal): when for signal, when in told},
        )

    def recent(self, token_id: str, since: datetime) -> Sequence[Use]:
        """Refused uses since then, the newest last."""
        query = (
            select(token_refusals)
            .where(token_refusals.c.token == token_id, token_refusals.c.at >= since)
            .order_by(token_refusals.c.id.desc())
            .limit(MOST_REFUSALS)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings().all()
        return [
            Use(row["token"], row["at"], row["route"], row["status"], row["network"], row["agent"])
            for row in reversed(rows)
        ]

    def usage(self, token_id: str, since: datetime) -> Sequence[HourOfUse]:
        """Hours with any use since then."""
        with self._database.reading() as connection:
            uses = connection.execute(
                select(token_uses).where(token_uses.c.token == token_id, token_uses.c.hour >= hour_of(since))
            ).mappings()
            routes: dict[datetime, list[tuple[str, int, int]]] = defaultdict(list)
            for row in uses:
                routes[row["hour"]].append((row["route"], row["status"], row["uses"]))
            callers = connection.execute(
                select(token_callers.c.hour, token_callers.c.kind).where(
                    token_callers.c.token == token_id, token_callers.c.hour >= hour_of(since)
                )
            ).all()
        seen = Counter((hour, kind) for hour, kind in callers)
        return [
            HourOfUse(hour, tuple(sorted(routes[hour])), seen[hour, "network"], seen[hour, "agent"])
            for hour in sorted(routes)
        ]


def hour_of(moment: datetime) -> datetime:
    """The hour that a moment is in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def forget(connection: Connection, now: datetime) -> None:
    """Remove counts that are older than they are kept. Not with every use: it looks through all of them."""
    for counts in (token_uses, token_callers):
        connection.execute(delete(counts).where(counts.c.hour < hour_of(now) - KEPT))


def _note(connection: Connection, use: Use, is_new: bool) -> None:
    """Count it; and from whom it comes, unless that was written down within the minute."""
    hour, status = hour_of(use.at), use.status // 100
    this = (
        token_uses.c.token == use.token,
        token_uses.c.hour == hour,
        token_uses.c.route == clean(use.route, 100),
        token_uses.c.status == status,
    )
    if not connection.execute(update(token_uses).where(*this).values(uses=token_uses.c.uses + 1)).rowcount:
        if connection.scalar(select(table.c.id).where(table.c.id == use.token)) is None:
            return
        connection.execute(
            token_uses.insert().values(token=use.token, hour=hour, route=clean(use.route, 100), status=status, uses=1)
        )
    if use.status in REFUSED:
        _note_refusal(connection, use)
        return
    if not is_new:
        return
    for kind, value in (("network", use.network), ("agent", use.agent)):
        _note_caller(connection, use, kind, clean(value, 100))
    fresh = or_(table.c.last_used_at.is_(None), table.c.last_used_at <= use.at - _MINUTE)
    connection.execute(update(table).where(table.c.id == use.token, fresh).values(last_used_at=use.at))


def _note_caller(connection: Connection, use: Use, kind: str, value: str) -> None:
    this = (
        token_callers.c.token == use.token,
        token_callers.c.hour == hour_of(use.at),
        token_callers.c.kind == kind,
        token_callers.c.value == value,
    )
    if not connection.execute(update(token_callers).where(*this).values(seen_at=use.at)).rowcount:
        connection.execute(
            token_callers.insert().values(token=use.token, hour=hour_of(use.at), kind=kind, value=value, seen_at=use.at)
        )


def _note_refusal(connection: Connection, use: Use) -> None:
    mine = token_refusals.c.token == use.token
    connection.execute(delete(token_refusals).where(mine, token_refusals.c.at < use.at - REFUSALS_KEPT))
    if int(connection.scalar(select(func.count()).where(mine)) or 0) < MOST_REFUSALS:
        connection.execute(
            token_refusals.insert().values(
                token=use.token,
                at=use.at,
                route=clean(use.route, 100),
                status=use.status,
                network=clean(use.network, 100),
                agent=clean(use.agent, 100),
            )
        )
