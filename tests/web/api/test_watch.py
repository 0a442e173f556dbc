"""Use that is unlike a token: told once, with an explanation; it suspends only where the operator said so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core import tokens
from app.core.access import Scope
from app.core.audit import Deed
from app.core.errors import StoreUnavailable
from app.core.watching import BUSY, FAMILIAR
from app.issuer import Made
from app.lately import Lately
from app.store import MemoryStore
from app.web.api.table import ROUTES
from app.web.api.watch import agent_family
from tests.fakes.clock import START, FakeClock
from tests.web.api.conftest import Service, problem

HOME, ABROAD = "192.0.2.7", "203.0.113.9"


def use(service: Service, token: Made, times: int = 1, address: str = HOME) -> int:
    """Use a token; the last status."""
    status = 0
    for _ in range(times):
        status = service.ask("GET", "/tokens/self", token, address=address, scheme="https").status_code
    return status


def anomalies(service: Service, token: Made) -> list[str]:
    """What was told about it."""
    links = service.store.audit.read(200, token=token.credential.id, deed=Deed.ANOMALY)
    return [link.event.detail for link in links]


def test_a_first_use_from_another_network_is_told_once(service: Service) -> None:
    one = service.token()
    use(service, one, FAMILIAR)
    use(service, one, 3, ABROAD)
    assert anomalies(service, one) == ["new-network: First use from 203.0.113.0/24 after 20 from elsewhere."]


def test_a_burst_is_told(service: Service) -> None:
    one = service.token()
    use(service, one, BUSY)
    service.clock.advance(11)
    assert use(service, one) == 200
    assert anomalies(service, one) == ["burst: More than 50 uses in this hour; that is unlike the last seven days."]


@pytest.mark.parametrize(("suspend", "status"), [(False, 200), (True, 401)])
def test_a_burst_from_a_new_network_suspends_where_the_operator_said_so(
    clock: FakeClock, suspend: bool, status: int
) -> None:
    service = Service(MemoryStore(), clock, suspend=suspend)
    one = service.token()
    use(service, one, FAMILIAR)
    use(service, one, BUSY, ABROAD)
    clock.advance(11)
    assert use(service, one, 1, ABROAD) == 200, "the request that shows it is answered"
    assert use(service, one) == status
    assert len(anomalies(service, one)) == 2
    assert (Deed.SUSPENDED in service.deeds(one)) == suspend


def test_a_burst_alone_suspends_nothing(clock: FakeClock) -> None:
    service = Service(MemoryStore(), clock, suspend=True)
    one = service.token()
    use(service, one, BUSY)
    clock.advance(11)
    use(service, one)
    assert use(service, one) == 200


def test_a_token_that_wakes_up_is_told(service: Service) -> None:
    one = service.token(Scope.PACKAGES_READ, days=100)
    use(service, one)
    service.clock.advance(timedelta(days=31).total_seconds())
    use(service, one)
    assert anomalies(service, one) == ["dormant-wakes: First use after 31 days without any."]


def test_trying_routes_that_are_not_allowed_is_told(service: Service) -> None:
    one = service.token(Scope.PACKAGES_READ)
    tried = [route for route in ROUTES if isinstance(route.access, Scope)][:5]
    for route in tried:
        path = route.path.replace("{token_id}", "x" * 16)
        for _ in range(2):
            problem(service.ask(route.method, path, one), "insufficient_scope")
    assert anomalies(service, one) == ["scope-probing: 5 routes that it may not use were tried within ten minutes."]
    assert service.deeds(one).count(Deed.SCOPE_DENIED) == 5, "each route once"


def test_a_wrong_network_is_no_probing(service: Service) -> None:
    one = service.token(networks=(f"{HOME}/32",))
    for route in [route for route in ROUTES if isinstance(route.access, Scope)][:6]:
        problem(service.ask(route.method, route.path.replace("{token_id}", "x" * 16), one), "ip_not_allowed")
    assert anomalies(service, one) == []


def test_going_on_with_a_dead_token_is_told(service: Service) -> None:
    one = service.token(days=1)
    service.clock.advance(timedelta(days=1).total_seconds())
    assert use(service, one, 5) == 401
    assert anomalies(service, one) == ["dead-token-use: It is dead, and was tried 3 times within ten minutes."]


def test_somebody_with_a_wrong_secret_cannot_make_noise_about_a_token(service: Service) -> None:
    one = service.token()
    before = service.deeds(one)
    for digit in "0123456789":
        wrong = f"asy_u1_{one.token.id}_{digit * 43}"
        assert service.ask("GET", "/tokens/self", wrong + tokens._checksum(wrong)).status_code == 401
    assert service.deeds(one) == before


def test_what_cannot_be_written_down_costs_no_answer(clock: FakeClock, caplog: pytest.LogCaptureFixture) -> None:
    service = Service(MemoryStore(), clock)
    one = service.token()

    def down(*_: object) -> None:
        raise StoreUnavailable("the database did not answer")

    service.store.tokens.habits = down  # type: ignore[method-assign, assignment]
    assert use(service, one) == 200
    assert "token use not looked at" in caplog.messages


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32 (x)", "python-requests"),
        ("Mozilla/5.0 (X11)", "Mozilla"),
        ("", "other"),
        ("asy_u1_" + "0" * 16 + "_" + "0" * 49, "other"),
        ("a" * 31, "other"),
        ("<script>", "other"),
    ],
)
def test_of_a_user_agent_only_the_products_name_is_kept(text: str, family: str) -> None:
    assert agent_family(text) == family


def test_what_was_looked_at_is_forgotten_when_there_is_no_room() -> None:
    lately = Lately(most=2)
    for key in ("a", "b", "c"):
        assert lately.is_due(key, START, timedelta(hours=1))
    assert not lately.is_due("c", START, timedelta(hours=1))
    assert lately.is_due("a", START, timedelta(hours=1))
    assert lately.is_due("c", START + timedelta(hours=1), timedelta(hours=1))
