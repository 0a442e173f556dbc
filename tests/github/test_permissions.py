"""The App asks for what it uses, and for nothing else."""

from __future__ import annotations

import pytest

from app.core.events import EVENTS, UNASKED
from app.core.ports import Phase
from app.github.permissions import CALLS, LEVELS, ORGANISATION, PHASES, Call, union
from tests.github.judge import find
from tests.github.loopback import MANIFEST


def test_the_manifest_asks_for_what_the_tokens_need() -> None:
    assert MANIFEST["default_permissions"] == union(*PHASES.values(), ORGANISATION)


def test_the_tokens_ask_for_what_the_calls_need() -> None:
    needed = union(*({name: level} for name, level in (call.permission for call in CALLS if call.permission)))
    assert union(*PHASES.values(), ORGANISATION) == needed | {"metadata": "read"}


def test_reading_cannot_write_anything_but_the_check() -> None:
    assert {name for name, level in PHASES[Phase.READ].items() if level != "read"} == {"checks"}


def test_writing_cannot_read_contents() -> None:
    assert "contents" not in PHASES[Phase.WRITE]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_every_call_is_one_that_github_describes(call: Call) -> None:
    path = call.path.replace("{repository}", "{owner}/{repo}")
    found = find(call.method, path)
    assert found is not None
    assert found.template.count("{") == path.count("{")


def test_the_manifest_subscribes_to_what_is_handled() -> None:
    """GitHub sends `ping` and the installation's own events unasked."""
    assert set(MANIFEST["default_events"]) == EVENTS - UNASKED


def test_the_app_is_private_until_its_owner_says_otherwise() -> None:
    assert MANIFEST["public"] is False


def test_union_keeps_the_higher_level() -> None:
    assert LEVELS == ("read", "write", "admin")
    assert union({"checks": "write"}, {"checks": "read", "contents": "read"}) == {"checks": "write", "contents": "read"}
