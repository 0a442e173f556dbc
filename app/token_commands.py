"""`assay tokens …`: the operator's way to API tokens, at the server. Everything it does is in the audit."""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
import msgspec

from app import token_text as text
from app.clock import utc_now
from app.core.access import Access, Scope, read_networks, read_scopes
from app.core.audit import GENESIS, first_break
from app.core.credentials import Credential
from app.core.errors import InputError
from app.core.escape import visible
from app.core.issuing import Denied, Wanted
from app.core.token_store import TokenFilter
from app.environment import Environment
from app.issuer import Actor, Issuer, Made
from app.store import SqlStore, open_store, upgrade
from app.token_settings import TokenSettings, read_token_settings

OPERATOR = Actor(request="command line")
PAGE = 500

_json = click.option(
    "--format", "output", type=click.Choice(["text", "json"]), default="text", help="json: one a line."
)
_print = click.option("--yes-print", is_flag=True, help="Print the token even though the output is no terminal.")
_why = click.option("--why", default="revoked by the operator", show_default=True, help="Goes into the audit.")
_scopes = click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([str(scope) for scope in Scope]), help="Again for each."
)


@click.group()
def command() -> None:
    """API tokens: make, list, rotate, revoke; who used them, and what was done with them."""


@command.command()
@_print
def bootstrap(*, yes_print: bool) -> int:
    """Make the first token. It lives for a day and makes exactly one other, of any scopes.

    Works only while no token is alive that can create tokens.
    """
    _refuse_to_print(yes_print=yes_print)
    with _issuer() as issuer:
        _show_made(issuer.bootstrap())
    return 0


@command.command()
@click.argument("name")
@_scopes
@click.option("--installation", "installations", multiple=True, type=int, help="Narrow it to this installation's id.")
@click.option("--repository", "repositories", multiple=True, type=int, help="Narrow it to this repository's id.")
@click.option("--network", "networks", multiple=True, help="Narrow it to addresses of this network.")
@click.option("--days", type=click.FloatRange(min=0, min_open=True), help="How long it lives [default: 30, or 7].")
@_print
def create(
    name: str,
    scopes: Sequence[str],
    installations: Sequence[int],
    repositories: Sequence[int],
    networks: Sequence[str],
    days: float | None,
    *,
    yes_print: bool,
) -> int:
    """Make a token called NAME. Without --scope it may read packages, and nothing else."""
    _refuse_to_print(yes_print=yes_print)
    access = Access(
        read_scopes(scopes or [Scope.PACKAGES_READ]),
        frozenset(installations),
        frozenset(repositories),
        read_networks(networks),
    )
    lifetime = None if days is None else timedelta(days=days)
    with _issuer() as issuer:
        _show_made(issuer.create(Wanted(name, access, lifetime), OPERATOR))
    return 0


@command.command("list")
@click.option("--all", "dead_too", is_flag=True, help="Also those that are revoked or have ended.")
@_json
def list_tokens(output: str, *, dead_too: bool) -> int:
    """List tokens, the oldest first."""
    now = utc_now()
    wanted = TokenFilter() if dead_too else TokenFilter(live_at=now)
    with _opened() as (store, _settings):
        after = None
        while page := store.tokens.find(wanted, PAGE, after):
            for one in page:
                _print_row(text.record(one, now), text.line(one, now), output)
            after = page[-1].id
    return 0


@command.command()
@click.argument("token_id", metavar="ID")
@_json
def show(token_id: str, output: str) -> int:
    """Show one token: what it may do, and what became of it."""
    now = utc_now()
    with _opened() as (store, _settings):
        one = _known(store, token_id)
    record = text.record(one, now)
    if output == "json":
        _print_json(record)
        return 0
    for name, value in record.items():
        if value not in (None, [], ""):
            words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            click.echo(f"{name:<14} {visible(words, 500)}")
    return 0


@command.command()
@click.argument("token_id", metavar="ID")
@click.option("--overlap", type=click.FloatRange(0, 168), default=24, show_default=True, help="Hours both live.")
@_scopes
@_print
def rotate(token_id: str, overlap: float, scopes: Sequence[str], *, yes_print: bool) -> int:
    """Replace a token by a new one with the same scopes, or with fewer."""
    _refuse_to_print(yes_print=yes_print)
    with _opened() as (store, settings):
        issuer = _issuing(store, settings)
        _known(store, token_id)
        keep = read_scopes(scopes) if scopes else None
        made = issuer.rotate(token_id, OPERATOR, overlap=timedelta(hours=overlap), scopes=keep)
        _show_made(made)
    return 0


@command.command()
@click.argument("token_ids", metavar="ID…", nargs=-1)
@click.option("--family", help="Also all of this family.")
@click.option("--creator", help="Also all that this token (or `operator`) created.")
@click.option("--installation", type=int, help="Also all that are narrowed to this installation.")
@_why
def revoke(
    token_ids: Sequence[str], family: str | None, creator: str | None, installation: int | None, why: str
) -> int:
    """Revoke tokens at once."""
    every = TokenFilter(family=family), TokenFilter(creator=creator), TokenFilter(installation=installation)
    filters = [wanted for wanted in every if wanted != TokenFilter()]
    if not token_ids and not filters:
        raise click.UsageError("Name a token, or --family, --creator or --installation.")
    with _opened() as (store, settings):
        issuer = _issuing(store, settings)
        for token_id in token_ids:
            _known(store, token_id)
        revoked = list(issuer.revoke(token_ids, why, OPERATOR))
        for wanted in filters:
            revoked += issuer.revoke_where(wanted, why, OPERATOR)
    for token_id in revoked:
        click.echo(f"revoked {token_id}")
    click.echo(f"{len(revoked)} revoked." if revoked else "Nothing to revoke: there is none, or all are revoked.")
    return 0


@command.command()
@click.argument("token_id", metavar="ID")
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True)
@_json
def usage(token_id: str, days: int, output: str) -> int:
    """Show by the hour how a token was used."""
    with _opened() as (store, _settings):
        _known(store, token_id)
        hours = store.tokens.usage(token_id, utc_now() - timedelta(days=days))
    for hour in hours:
        record = {
            "hour": hour.hour.isoformat(),
            "routes": [{"route": route, "status": f"{status}xx", "uses": uses} for route, status, uses in hour.routes],
            "networks": hour.networks,
            "agents": hour.agents,
        }
        told = ", ".join(f"{uses} × {visible(route)} {status}xx" for route, status, uses in hour.routes)
        _print_row(record, f"{hour.hour:%Y-%m-%d %H:00}  {told}  from {hour.networks} networks", output)
    if not hours and output == "text":
        click.echo(f"Not used in the last {days} days.")
    return 0


@command.command()
@click.option("--token", help="Only events about this token.")
@click.option("--verify", is_flag=True, help="Check the whole chain; exit 1 when an event was changed or taken out.")
@_json
def audit(token: str | None, output: str, *, verify: bool) -> int:
    """Show what was done with tokens."""
    with _opened() as (store, _settings):
        if verify:
            return _verify(store)
        after = 0
        while page := store.audit.read(PAGE, after=after, token=token):
            for link in page:
                _print_row(text.event_record(link), text.event_line(link), output)
            after = page[-1].sequence
    return 0


def _verify(store: SqlStore) -> int:
    chain, sequence = GENESIS, 0
    while page := store.audit.read(PAGE, after=sequence):
        broken = first_break(page, chain, sequence)
        if broken is not None:
            click.echo(f"The chain is broken at event {broken}: it was changed, or one before it is gone.", err=True)
            return 1
        chain, sequence = page[-1].chain, page[-1].sequence
    click.echo(f"{sequence} events, and the chain is whole.")
    return 0


@contextmanager
def _opened() -> Iterator[tuple[SqlStore, TokenSettings]]:
    read = Environment(os.environ)
    url = read.database()
    settings = read_token_settings(read, required=True)
    read.finish()
    upgrade(url)
    store = open_store(url)
    try:
        yield store, settings
    finally:
        store.close()


@contextmanager
def _issuer() -> Iterator[Issuer]:
    with _opened() as (store, settings):
        yield _issuing(store, settings)


def _issuing(store: SqlStore, settings: TokenSettings) -> Issuer:
    return Issuer(store, settings.peppers, clock=utc_now, entropy=secrets.token_bytes, lifetimes=settings.lifetimes)


def _refuse_to_print(*, yes_print: bool) -> None:
    """Before anything is made: a token in a log file is a leak."""
    if not yes_print and not sys.stdout.isatty():
        raise InputError("the token would be written to a file or a pipe. If that is meant, add --yes-print.")


def _show_made(made: Made | Denied | None) -> None:
    if made is None:
        raise InputError("there is no such token.")
    if isinstance(made, Denied):
        raise InputError(made.detail)
    one = made.credential
    click.echo(
        f"{one.id}: {', '.join(sorted(one.access.scopes))}, until {one.expires_at:%Y-%m-%d %H:%M} UTC.", err=True
    )
    click.echo("This is the only time that it is shown:", err=True)
    click.echo(made.token.text)


def _known(store: SqlStore, token_id: str) -> Credential:
    one = store.tokens.get(token_id)
    if one is None:
        raise InputError(f"there is no token {token_id[:40]!r}. `assay tokens list --all` names them.")
    return one


def _print_row(record: dict[str, Any], line: str, output: str) -> None:
    if output == "json":
        _print_json(record)
    else:
        click.echo(line)


def _print_json(record: dict[str, Any]) -> None:
    click.echo(msgspec.json.encode(record).decode())
