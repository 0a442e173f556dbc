"""The chain of events shows what was changed or taken out; erasing a person's traces does not break it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.audit import Deed, Event, Link, first_break, linked
from tests.fakes.clock import START


def a_chain(length: int = 6) -> list[Link]:
    links: list[Link] = []
    for number in range(length):
        event = Event(
            START + timedelta(minutes=number), Deed.CREATED, f"id{number}", actor="operator", network="192.0.2.0/24"
        )
        links.append(linked(event, links[-1] if links else None))
    return links


def test_a_chain_that_nobody_touched_is_whole() -> None:
    assert first_break(a_chain()) is None
    assert first_break([]) is None


@pytest.mark.parametrize(
    "change",
    [
        {"token": "another"},
        {"detail": "x"},
        {"actor": "somebody"},
        {"network": None},
        {"at": START},
        {"deed": Deed.REVOKED},
        {"installations": (7,)},
    ],
)
def test_a_changed_event_is_found(change: dict[str, object]) -> None:
    links = a_chain()
    links[3] = replace(links[3], event=replace(links[3].event, **change))  # type: ignore[arg-type]
    assert first_break(links) == 4


def test_an_event_that_was_taken_out_or_put_in_is_found() -> None:
    assert first_break([link for link in a_chain() if link.sequence != 3]) == 3
    twice = a_chain()
    assert first_break([*twice[:3], twice[2], *twice[3:]]) == 4


def test_a_changed_event_with_a_digest_to_match_breaks_the_chain() -> None:
    links = a_chain()
    forged = linked(replace(links[2].event, actor="nobody"), links[1])
    links[2] = replace(links[2], event=forged.event, digest=forged.digest)
    assert first_break(links) == 3
    links[2] = forged
    assert first_break(links) == 4


def test_erasing_who_it_was_leaves_the_chain_whole_and_the_rest_guarded() -> None:
    links = a_chain()
    links[2] = replace(links[2], event=replace(links[2].event, actor=None, network=None), erased=True)
    assert first_break(links) is None
    links[2] = replace(links[2], digest=bytes(32))
    assert first_break(links) == 3


def test_a_part_of_the_chain_is_held_against_what_came_before() -> None:
    links = a_chain()
    assert first_break(links[3:], before=links[2].chain, sequence=3) is None
    assert first_break(links[3:], before=links[1].chain, sequence=3) == 4
