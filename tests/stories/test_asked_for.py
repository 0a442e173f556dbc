"""What programs ask for through the API, from the request to the answer."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.core.access import Access, Scope
from app.core.issuing import Wanted
from app.demo.packages import npm_tarball
from app.issuer import Actor, Issuer, Made
from app.settings import WebSettings
from app.token_settings import TokenSettings, a_pepper
from app.web import create_app
from tests.stories.theatre import GREETER, Theatre, npm_files, sri

Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(house: Theatre) -> Ask:
    """Requests with a token of the house's installation."""
    pepper = a_pepper("a pepper for the stories, long enough for one")
    tokens = TokenSettings(peppers=(pepper,))
    web = WebSettings("", "", ("a secret",), ("assay.example",), production=False, tokens=tokens)
    client = create_app(web, house.store, house.dispatch, house.clock).test_client(use_cookies=False)
    issuer = Issuer(house.store, (pepper,), clock=house.clock, entropy=secrets.token_bytes)
    access = Access(frozenset(Scope), frozenset({house.world.installation.id}))
    made = issuer.create(Wanted("of the story", access), Actor())
    assert isinstance(made, Made)

    def request(method: str, path: str, body: Any = None) -> TestResponse:
        headers = {"Authorization": f"Bearer {made.token.text}"}
        address = path if path.startswith("/api/") else f"/api/v1{path}"
        return client.open(address, method=method, base_url="http://assay.example", headers=headers, json=body)

    return request


def test_a_review_is_done_again_when_a_program_asks_and_says_what_is_known_by_now(house: Theatre, ask: Ask) -> None:
    files = npm_files({"left-pad": ("1.3.0", sri(npm_tarball("left-pad", "1.3.0", GREETER)))})
    pull = house.github.open_pull(house.repository(npm_files({})), "Pad", files)
    house.settle()
    (before,) = json.loads(ask("GET", "/reviews").data)["items"]
    assert before["conclusion"] == "action_required", "its registry does not have it yet"

    house.publish("left-pad", "1.3.0")
    house.clock.advance(90)
    answer = ask("POST", f"/reviews/{before['id']}/recheck")
    assert answer.status_code == 202
    asked = json.loads(answer.data)
    assert json.loads(ask("GET", asked["look"]).data)["items"] == [], "pending is no verdict"
    house.settle()
    (after,) = json.loads(ask("GET", asked["look"]).data)["items"]
    assert (after["id"], after["head_sha"], after["conclusion"]) == (before["id"], pull.head_sha, "success")
    assert len(house.checks(pull)) == 2
    delivery = house.store.deliveries.get(asked["delivery"])
    assert delivery is not None
    assert (delivery.event, delivery.state) == ("api", "done")
