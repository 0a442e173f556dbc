"""The only file that chooses adapters: settings → toolbox."""

from __future__ import annotations

import hashlib
import os
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from pathlib import Path

from github.Consts import DEFAULT_BASE_URL
from redis import Redis

from app.clock import utc_now
from app.core.errors import RateLimited, SettingsError
from app.core.policy import Policy, PolicyProblem
from app.core.policy_file import read_policy as read_policy_file
from app.core.ports import Clock, Delivery, Dispatch, Inspector, Store, Turns
from app.core.rule import Catalogue
from app.dispatch import RedisDispatch, connect
from app.endpoints import find_endpoints
from app.github.door import GitHubDoor
from app.issuer import Issuer
from app.metrics import SILENT, Meter
from app.registries import Endpoints
from app.settings import WorkerSettings
from app.store import MemoryStore, open_store
from worker.changed_files import Formats
from worker.detectors import register as rules
from worker.inspection.engine import ENGINE
from worker.inspection.sandbox import SealedInspector
from worker.lane import StillMine, process_owner, serve_lane
from worker.leaks import Leaks
from worker.local.workbench import Workbench
from worker.lockfiles.register import looks_like_dependency_file, manifest_for, parser_for
from worker.lookup import Tools
from worker.metering import MeteredInspector, note_call, note_review
from worker.package_reports import keeper
from worker.pauses import NoPauses, Pauses, SharedPauses
from worker.reading import POLICY_PATH
from worker.registries import open_registries
from worker.review import give_up, review
from worker.shared_turns import SharedTurns
from worker.task import serve_task
from worker.tenants import runners, serving
from worker.toolbox import Run, Toolbox
from worker.webhooks.herald import Herald
from worker.webhooks.posting import Poster
from worker.webhooks.sending import Sender

__all__ = [
    "POLICY_PATH",
    "catalogue",
    "do_task",
    "open_inspector",
    "parser_for",
    "publish",
    "read_floor",
    "read_policy",
    "review_lane",
    "send_webhook",
    "serve_box",
    "toolbox",
    "workbench",
]

THREADS = 2  # those of the job itself and of its lease


def catalogue() -> Catalogue:
    """The rules that run here."""
    return rules.catalogue(ENGINE)


def read_policy(content: bytes, origin: str, _today: date) -> Policy | tuple[PolicyProblem, ...]:
    """Read a policy file against the rules that run here."""
    return read_policy_file(content, origin, catalogue().rules.keys())


@contextmanager
def workbench(jobs: int, policy: Policy | None = None) -> Iterator[Workbench]:
    """The engine for the command line: real registries, a sealed inspector, nothing kept."""
    endpoints = find_endpoints(os.environ, Path.home())
    with SealedInspector(pool=jobs, allow_unsealed=_unsealed()) as inspector:
        yield Workbench(_tools(MemoryStore(), inspector, endpoints, jobs), catalogue(), parser_for, policy or Policy())


def open_inspector(settings: WorkerSettings, workers: int) -> SealedInspector:
    """The sealed inspector that all worker processes share: as many children as their reviews may ask for at a time."""
    return SealedInspector(pool=workers * settings.inspect_jobs, allow_unsealed=settings.unsealed)


def publish(store: Store) -> None:
    """Tell the web side which rules run here."""
    store.catalogues.publish(catalogue(), utc_now())


def review_lane(
    lane: str,
    settings: WorkerSettings,
    inspector: Inspector,
    told_to_stop: Callable[[], bool] = lambda: False,
    meter: Meter = SILENT,
) -> None:
    """Serve one lane: the function behind the queue's one job."""
    with _connections(settings, settings.inspect_jobs + THREADS) as (store, dispatch, redis):
        herald = Herald(store, dispatch, utc_now, settings.public_url)
        box = replace(toolbox(settings, store, inspector, SharedTurns(redis), meter), tell=herald.tell_review)
        pauses = SharedPauses(redis)
        serve_box(lane, box, settings, store, dispatch, told_to_stop=told_to_stop, meter=meter, pauses=pauses)


def do_task(
    task_id: str,
    settings: WorkerSettings,
    inspector: Inspector,
    told_to_stop: Callable[[], bool] = lambda: False,
    meter: Meter = SILENT,
) -> None:
    """Serve one task of the API."""
    with _connections(settings, settings.inspect_jobs + THREADS) as (store, dispatch, redis):
        box = toolbox(settings, store, inspector, SharedTurns(redis), meter)
        serve_task(
            task_id,
            store=store,
            dispatch=dispatch,
            runners=runners(store, box, find_endpoints(os.environ, Path.home())),
            pace=settings.pace,
            clock=utc_now,
            told_to_stop=told_to_stop,
        )


def send_webhook(
    webhook_id: str,
    settings: WorkerSettings,
    told_to_stop: Callable[[], bool] = lambda: False,
    meter: Meter = SILENT,
) -> None:
    """Send what one webhook has to be told."""
    with _connections(settings) as (store, dispatch, _):
        sender = Sender(
            store=store,
            dispatch=dispatch,
            poster=Poster(settings.webhooks.receivers),
            keys=settings.webhooks.keys,
            clock=utc_now,
            chance=random.SystemRandom().random,
            owner=process_owner(),
            meter=meter,
        )
        sender.send(webhook_id, told_to_stop)


def serve_box(
    lane: str,
    box: Toolbox,
    settings: WorkerSettings,
    store: Store,
    dispatch: Dispatch,
    clock: Clock = utc_now,
    *,
    told_to_stop: Callable[[], bool] = lambda: False,
    meter: Meter = SILENT,
    pauses: Pauses | None = None,
) -> None:
    """Serve one lane with this toolbox."""
    waiting = pauses or NoPauses()

    def run(delivery: Delivery, still_mine: StillMine) -> datetime | None:
        pace = settings.pace
        this_run = Run(
            delivery.id,
            still_mine,
            attempt=delivery.attempts - delivery.handovers,
            done=delivery.examined,
            last=delivery.failures >= len(pace.retries),
            expired=(clock() - delivery.received_at).total_seconds() > pace.patience,
            told_to_stop=told_to_stop,
            replaced=tuple(store.deliveries.replaced(delivery.id)),
        )
        installation = delivery.request.installation_id
        if (seconds := waiting.left(installation)) > 0:
            raise RateLimited("GitHub asks this installation to wait", seconds)
        try:
            return review(delivery.request, box, this_run)
        except RateLimited as error:
            waiting.begin(installation, error.retry_after)
            raise

    def farewell(delivery: Delivery, error: BaseException) -> None:
        give_up(delivery.request, box, error, run_id=delivery.id)

    serve_lane(
        lane,
        store=store,
        dispatch=dispatch,
        run=run,
        give_up=farewell,
        pace=settings.pace,
        clock=clock,
        meter=meter,
    )


def toolbox(
    settings: WorkerSettings, store: Store, inspector: Inspector, turns: Turns, meter: Meter = SILENT
) -> Toolbox:
    """All parts of a review."""
    door = GitHubDoor(
        settings.app_id,
        settings.private_key,
        settings.api_url or DEFAULT_BASE_URL,
        write_interval=settings.write_interval,
        clock=utc_now,
        watch=partial(note_call, meter),
    )
    endpoints = find_endpoints(os.environ, Path.home())
    leaks = open_leaks(settings, store)
    return Toolbox(
        door=door,
        tools=replace(
            _tools(store, MeteredInspector(inspector, meter), endpoints, settings.inspect_jobs),
            turns=turns,
            keep=keeper(store.package_reports),
        ),
        reports=store.reports,
        catalogue=catalogue(),
        formats=Formats(parser_for, looks_like_dependency_file, manifest_for),
        read_policy=read_policy,
        marker_key=hashlib.sha256(b"assay marker\0" + settings.private_key.encode()).digest(),
        floor=read_floor(settings),
        public_url=settings.public_url,
        tools_for=partial(serving, endpoints, leaks=leaks),
        seconds=settings.pace.job,
        progress_seconds=settings.pace.progress,
        published=partial(note_review, meter),
        leaks=leaks,
    )


def open_leaks(settings: WorkerSettings, store: Store) -> Leaks | None:
    """What revokes our own tokens; None without a pepper, with which they are compared."""
    if not settings.peppers:
        return None
    return Leaks(Issuer(store, settings.peppers, clock=utc_now, entropy=secrets.token_bytes))


@contextmanager
def _connections(settings: WorkerSettings, threads: int = THREADS) -> Iterator[tuple[Store, Dispatch, Redis]]:
    """Connections of this process, not its parent's."""
    with ExitStack() as stack:
        store = open_store(settings.database_url, threads=threads)
        stack.callback(store.close)
        dispatch = RedisDispatch(settings.redis_url)
        stack.callback(dispatch.close)
        redis = connect(settings.redis_url)
        stack.callback(redis.close)
        yield store, dispatch, redis


def _tools(store: Store, inspector: Inspector, endpoints: Endpoints, jobs: int) -> Tools:
    return Tools(
        registries=open_registries(endpoints),
        inspector=inspector,
        inspections=store.inspections,
        change_detectors=rules.CHANGE_DETECTORS,
        release_detectors=rules.RELEASE_DETECTORS,
        file_detectors=rules.FILE_DETECTORS,
        configured=endpoints.configured(),
        engine=ENGINE,
        clock=utc_now,
        jobs=jobs,
    )


def read_floor(settings: WorkerSettings) -> Policy | None:
    """The operator's floor; raise `SettingsError` with line and cause when its file cannot be read."""
    if settings.policy_floor is None:
        return None
    read = read_policy(settings.policy_floor.read_bytes(), "the operator's floor", utc_now().date())
    if isinstance(read, Policy):
        return read
    path = settings.policy_floor
    raise SettingsError(tuple(f"{path} line {one.line}, column {one.column}: {one.message}" for one in read))


def _unsealed() -> bool:
    return os.environ.get("ASSAY_UNSEALED", "").lower() in ("1", "true", "yes")
