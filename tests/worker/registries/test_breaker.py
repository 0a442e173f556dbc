"""A host that keeps failing is left alone for a while, then asked once."""

from __future__ import annotations

from worker.registries.breaker import Breaker


def test_a_host_is_left_alone_after_failures_in_a_row_and_then_asked_once() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0], threshold=3, pause=30)

    for _ in range(3):
        assert breaker.allows("registry.example")
        breaker.failed("registry.example")

    assert not breaker.allows("registry.example")
    assert breaker.allows("files.example")
    now[0] = 31
    assert breaker.allows("registry.example")
    assert not breaker.allows("registry.example")  # the others wait for what the first finds
    breaker.succeeded("registry.example")
    assert breaker.allows("registry.example")


def test_one_answer_starts_the_count_anew() -> None:
    breaker = Breaker(lambda: 0.0, threshold=2)

    breaker.failed("registry.example")
    breaker.succeeded("registry.example")
    breaker.failed("registry.example")

    assert breaker.allows("registry.example")
