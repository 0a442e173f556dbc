"""The document is made from the routes, and true: every line for a shell works, every answer is as described."""

from __future__ import annotations

import html
import json
import re
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from app.core.access import Scope
from app.issuer import Made
from app.store import MemoryStore
from app.web.api.document import curl, openapi
from app.web.api.problems import TITLES
from app.web.api.route import PREFIX, Route
from app.web.api.table import ROUTES
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.web.api.conftest import Service
from tests.web.test_pages import Tags

SAID = [route for route in ROUTES if not route.raw]


def run(service: Service, line: str, token: str, about: Made) -> TestResponse:
    """Do what curl would do with this line. Only the options that the lines use are known."""
    line = line.replace("$ASSAY_TOKEN", token).replace("REVIEW_ID", service.review())
    line = line.replace("TASK_ID", service.task(about)).replace("ASKED_ID", service.asked(about))
    service.packages()
    line = line.replace("WORKFLOW_TOKEN", service.workflow_token())
    for placeholder, value in (service.told() if "WEBHOOK_ID" in line else {}).items():
        line = line.replace(placeholder, value)
    words = shlex.split(line.replace("TOKEN_ID", about.credential.id))
    assert words.pop(0) == "curl"
    method, headers, body = "GET", {}, None
    while len(words) > 1:
        option, value = words.pop(0), words.pop(0)
        if option == "-H":
            name, _, text = value.partition(": ")
            headers[name] = text
        elif option == "-X":
            method = value
        else:
            assert option == "--json"
            method, body = "POST", value.replace("TOKEN", about.token.text)
            headers["Content-Type"] = "application/json"
    address = urlsplit(words[0])
    assert address.netloc == "assay.example"
    return service.ask(method, f"{address.path}?{address.query}".rstrip("?"), headers=headers, data=body)


@pytest.fixture
def document(service: Service) -> dict[str, Any]:
    """The document as it is served."""
    served: dict[str, Any] = json.loads(service.ask("GET", "/openapi.json").data)
    return served


@pytest.mark.parametrize("route", SAID, ids=lambda route: route.name)
def test_the_line_in_the_documentation_works_and_its_answer_is_as_described(
    service: Service, document: dict[str, Any], route: Route
) -> None:
    service.store.catalogues.publish(a_catalogue(), START)
    token = service.token()
    about = service.token(Scope.PACKAGES_READ)
    page = service.ask("GET", "/api/docs").text
    line = curl(route)
    assert f"<pre><code>{line}</code></pre>" in html.unescape(page)
    response = run(service, line, token.token.text, about)
    assert response.status_code == route.status, response.text
    described = document["paths"][PREFIX + route.path][route.method.lower()]["responses"]
    schema = described[str(route.status)]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": document["components"]}).validate(json.loads(response.data))


def test_the_lines_in_the_readme_work_one_after_the_other(service: Service) -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text("utf-8")
    lines = re.findall(r"^curl .*/api/v1/.*$", readme, re.MULTILINE)
    assert len(lines) == 11
    first = service.issuer.bootstrap()
    assert isinstance(first, Made)
    made = run(service, lines[0], first.token.text, first)
    assert made.status_code == 201, made.text
    admin = json.loads(made.data)["token"]
    for line in lines[1:]:
        assert run(service, line, admin, first).status_code in {200, 201, 202}, line


def test_every_route_is_described_and_nothing_else(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    assert described == {(route.method, PREFIX + route.path) for route in ROUTES}


def test_every_schema_is_one_and_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(document)))
    assert named <= set(schemas)


def test_a_route_names_its_scope_and_wants_the_token_in_the_header(document: dict[str, Any]) -> None:
    operation = document["paths"]["/api/v1/tokens"]["get"]
    assert operation["security"] == [{"token": ["tokens:read"]}]
    assert "security" not in document["paths"]["/api/v1/rules"]["get"]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


def test_operations_have_names_of_their_own() -> None:
    keys = [route.key for route in ROUTES]
    assert len(set(keys)) == len(keys)


def test_every_problem_has_its_place_on_the_page_where_its_type_points(service: Service) -> None:
    page = service.ask("GET", "/api/docs").text
    for code in TITLES:
        assert f'<tr id="{code}">' in page


def test_every_problem_is_one_of_some_route() -> None:
    described = json.dumps(openapi(ROUTES))
    unused = [code for code in TITLES if f"`{code}`" not in described]
    assert unused == ["method_not_allowed"], "what no route answers: Flask refuses it before"


def test_the_page_needs_no_script_and_nothing_from_elsewhere(service: Service) -> None:
    response = service.ask("GET", "/api/docs")
    tags = Tags(response.text)
    assert not tags.seen & {"script", "style", "img", "iframe"}
    assert not re.search(r'(?:src|href)="https?:', response.text)
    assert response.mimetype == "text/html"


def test_no_worker_yet_is_said_and_no_empty_list(clock: Any) -> None:
    response = Service(MemoryStore(), clock).ask("GET", "/rules")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "60")


def test_a_policy_is_checked_with_line_and_column(service: Service) -> None:
    service.store.catalogues.publish(a_catalogue(), START)
    token = service.token(Scope.POLICY_READ)
    text = "version: 1\nrules:\n  - alert: instal-script\n    action: warn\n"
    answer = json.loads(service.ask("POST", "/policy/check", token, json={"text": text}).data)
    assert not answer["valid"]
    (one,) = answer["problems"]
    assert (one["line"], one["column"]) == (3, 12)
    assert "install-script" in one["message"]
    right = service.ask("POST", "/policy/check", token, json={"text": "version: 1\n"})
    assert json.loads(right.data) == {"valid": True, "problems": []}
