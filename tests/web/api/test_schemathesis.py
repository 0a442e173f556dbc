"""Whatever a client sends, in or out of the described shapes: no fault of ours, and every answer as described."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from app.rate_limit import Limit, Standing
from app.store import open_store, upgrade
from app.web.api.route import PREFIX, Route
from app.web.api.table import ROUTES
from tests.fakes.clock import START, FakeClock
from tests.store.test_catalogues import a_catalogue
from tests.web.api.conftest import Service
from tests.web.conftest import SETTINGS

EXAMPLES = 15  # of each kind for each route and database
LAWS: list[Any] = [
    CHECKS.get_one("not_a_server_error"),
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


class Patient:
    """A limiter that lets everybody through."""

    def take(self, key: str, limit: Limit, cost: int = 1) -> Standing:
        return Standing(limit, limit.most, 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def live(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[Service]:
    """A service on each database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'assay.db'}"
        upgrade(url)
    else:
        url = request.getfixturevalue("postgres_url")
    store = open_store(url)
    store.catalogues.publish(a_catalogue(), START)
    named = replace(SETTINGS, trusted_hosts=("localhost",))
    yield Service(store, clock, settings=named, limiter=Patient())
    store.close()


CASES = [
    *((route, GenerationMode.POSITIVE) for route in ROUTES if not route.raw),
    *((route, GenerationMode.NEGATIVE) for route in ROUTES if route.body is not None or route.query is not None),
]


@pytest.mark.parametrize(("route", "mode"), CASES, ids=lambda one: one.name)
def test_every_answer_is_as_described(live: Service, route: Route, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", live.app)
    operation = schema[PREFIX + route.path][route.method]

    asked: list[str] = []

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case[Any]) -> None:
        token = live.token()
        asked.append(case.path)
        checks = [*LAWS, *([negative_data_rejection] if mode is GenerationMode.NEGATIVE else [])]
        case.call_and_validate(headers={"Authorization": f"Bearer {token.token.text}"}, checks=checks)

    ask()
    assert asked
