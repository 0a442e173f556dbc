"""What workers publish: the rules that run, and their heartbeats."""

from __future__ import annotations

from datetime import timedelta

from app.core.finding import Category, Confidence, Severity
from app.core.ports import Store
from app.core.rule import Catalogue, Page, Rule, RuleCard
from tests.builders import NPM, PYPI
from tests.fakes.clock import START


def a_catalogue(engine: str = "1") -> Catalogue:
    """A catalogue of one rule."""
    card = RuleCard(
        id="install-script",
        category=Category.SUPPLY_CHAIN,
        severity=Severity.HIGH,
        confidence=Confidence.HIGH,
        ecosystems=frozenset({NPM, PYPI}),
        since="0.1",
    )
    page = Page("Runs commands at install time.", "Installing should only copy files.", (("Looks at", "scripts"),))
    return Catalogue(engine, {card.id: Rule(card, page)})


def test_nothing_is_published_before_the_first_worker(store: Store) -> None:
    assert store.catalogues.current() is None


def test_the_last_published_catalogue_is_current(store: Store) -> None:
    store.catalogues.publish(a_catalogue("1"), START)
    store.catalogues.publish(a_catalogue("2"), START)
    assert store.catalogues.current() == a_catalogue("2")


def test_workers_are_known_by_their_last_heartbeat(store: Store) -> None:
    store.catalogues.announce("worker-1", ("landlock", "seccomp"), START)
    store.catalogues.announce("worker-2", (), START - timedelta(seconds=90))
    assert store.catalogues.workers(START - timedelta(seconds=60)) == {"worker-1": ("landlock", "seccomp")}
    store.catalogues.announce("worker-2", ("seccomp",), START)
    assert store.catalogues.workers(START) == {"worker-1": ("landlock", "seccomp"), "worker-2": ("seccomp",)}


def test_a_lease_has_one_holder_until_it_runs_out(store: Store) -> None:
    lease = timedelta(seconds=30)
    assert store.leases.take("sweeper", "one", START, lease)
    assert store.leases.take("sweeper", "one", START + timedelta(seconds=10), lease), "renewed"
    assert not store.leases.take("sweeper", "two", START + timedelta(seconds=39), lease)
    assert store.leases.take("other", "two", START, lease)
    assert store.leases.take("sweeper", "two", START + timedelta(seconds=40), lease)
    assert not store.leases.take("sweeper", "one", START + timedelta(seconds=41), lease)
