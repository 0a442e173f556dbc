"""The route table as an OpenAPI 3.1 document, and each route's example as a line for a shell."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from typing import Any, Literal
from urllib.parse import quote, urlencode

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.core.access import Scope
from app.web.api.intake import FORM
from app.web.api.problems import MIME, OAUTH_MIME, TITLES
from app.web.api.repeats import HEADER, PATTERN, REPLAYED
from app.web.api.route import PREFIX, Route

VERSION = "1"
BEARER = "token"
_REF = "#/components/schemas/{model}"
_ALWAYS = ("invalid_input", "token_in_url", "invalid_request", "rate_limited", "internal_error", "unavailable")
_WITH_TOKEN = (
    "insecure_transport",
    "authentication_required",
    "malformed_token",
    "invalid_token",
    "expired_token",
    "revoked_token",
    "superseded_token",
    "suspended_token",
    "ip_not_allowed",
    "auth_unavailable",
)
_ABOUT = (
    "Questions to Assay by programs. A token goes into the header `Authorization: Bearer …` and nowhere else. "
    "Errors are problem documents (RFC 9457). Unknown query parameters and keys are refused. Lists come in pages: "
    "follow the `Link` header, or `next`. `Repr-Digest` (RFC 9530) lets you check what you got."
)
Json = dict[str, Any]
OUT: Literal["serialization"] = "serialization"
IN: Literal["validation"] = "validation"


class ProblemShape(BaseModel):
    """An error (RFC 9457). `code` says which; `request_id` stands in the operator's log as well."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str


class OAuthProblemShape(ProblemShape):
    """An error that is told as RFC 6749, section 5.2, has it as well: `error` and `error_description`."""

    error: str
    error_description: str


def openapi(routes: Sequence[Route]) -> Json:
    """The document."""
    answers: list[type[BaseModel]] = [*dict.fromkeys(route.answer for route in routes), ProblemShape, OAuthProblemShape]
    bodies = dict.fromkeys(route.body for route in routes if route.body is not None)
    _, schemas = models_json_schema(
        [*((model, OUT) for model in answers), *((model, IN) for model in bodies)],
        ref_template=_REF,
    )
    paths: Json = {}
    for route in routes:
        paths.setdefault(PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Assay", "version": VERSION, "description": _ABOUT},
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {BEARER: {"type": "http", "scheme": "bearer", "bearerFormat": "asy_u1_…"}},
        },
    }


def problems_of(route: Route) -> tuple[str, ...]:
    """The codes that this route may answer with."""
    codes = [*_ALWAYS, *route.codes]
    if not route.is_public:
        codes += _WITH_TOKEN
    elif route.takes_tokens:
        codes.append("auth_unavailable")
    if isinstance(route.access, Scope):
        codes.append("insufficient_scope")
    if route.parameters or route.raw:
        codes.append("not_found")
    if route.body is not None or route.raw:
        codes += ["too_large", "timeout"]
    if route.body is not None:
        codes.append("unsupported_media_type")
    if route.takes_key:
        codes += ["idempotency_in_progress", "idempotency_key_reused"]
    if route.shown_once:
        codes.append("shown_once")
    return tuple(sorted(set(codes), key=lambda code: (TITLES[code][0], code)))


def curl(route: Route, base: str = "https://assay.example") -> str:
    """The route's example for a shell; the token comes from the environment."""
    path = route.path
    for name, value in route.example.path.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    query = f"?{urlencode(route.example.query)}" if route.example.query else ""
    parts = ["curl"]
    if not route.is_public:
        parts.append('-H "Authorization: Bearer $ASSAY_TOKEN"')
    if route.example.body is not None:
        parts += ["--json", shlex.quote(json.dumps(dict(route.example.body)))]
    if route.method != ("GET" if route.example.body is None else "POST"):
        parts += ["-X", route.method]
    return " ".join([*parts, shlex.quote(f"{base}{PREFIX}{path}{query}")])


def _operation(route: Route) -> Json:
    operation: Json = {
        "operationId": route.key,
        "summary": route.says,
        "tags": [route.path.split("/")[1]],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_key_parameter(route)],
        "responses": _responses(route),
        "x-access": str(route.access),
    }
    if not route.is_public:
        operation["security"] = [{BEARER: [str(route.access)] if isinstance(route.access, Scope) else []}]
    if route.body is not None:
        schema = {"$ref": _REF.format(model=route.body.__name__)}
        kinds = ["application/json", *([FORM] if route.form else [])]
        needed = any(field.is_required() for field in route.body.model_fields.values())
        operation["requestBody"] = {"required": needed, "content": {kind: {"schema": schema} for kind in kinds}}
    return operation


def _path_parameters(route: Route) -> list[Json]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": route.example.path[name],
        }
        for name in route.parameters
    ]


def _query_parameters(route: Route) -> list[Json]:
    if route.query is None:
        return []
    schema = route.query.model_json_schema()
    defined = schema.get("$defs", {})
    found = []
    for name, declared in schema["properties"].items():
        one = {key: value for key, value in declared.items() if key not in {"title", "description"}}
        choices = [choice for choice in one.pop("anyOf", []) if choice != {"type": "null"}]
        one = {**one, **(choices[0] if choices else {})}
        one = defined[one["$ref"].rpartition("/")[2]] if "$ref" in one else one
        if one.get("default", 0) is None:
            del one["default"]
        found.append(
            {"name": name, "in": "query", "required": False, "description": declared["description"], "schema": one}
        )
    return found


def _key_parameter(route: Route) -> list[Json]:
    if not route.takes_key:
        return []
    said = (
        "A new one for each new request, such as a UUID. The same request with the same key is done once within a day."
    )
    if route.shown_once:
        said += " As the answer holds a secret, it is not repeated: 409 says what was made."
    schema = {"type": "string", "pattern": PATTERN}
    return [{"name": HEADER, "in": "header", "required": False, "description": said, "schema": schema}]


def _responses(route: Route) -> Json:
    answer = {"schema": {"$ref": _REF.format(model=route.answer.__name__)}}
    content: Json = {"application/json": answer} | {kind: {"schema": {"type": "string"}} for kind in route.formats}
    found: Json = {str(route.status): {"description": route.says, "content": content}}
    if route.takes_key and not route.shown_once:
        said = "`true` when this answer was given before to the same key."
        found[str(route.status)]["headers"] = {REPLAYED: {"description": said, "schema": {"type": "string"}}}
    if route.method == "GET":
        found["304"] = {"description": "It is still what `If-None-Match` says."}
    by_status: dict[int, list[str]] = {}
    for code in problems_of(route):
        by_status.setdefault(TITLES[code][0], []).append(code)
    for status, codes in sorted(by_status.items()):
        mime, shape = (OAUTH_MIME, OAuthProblemShape) if route.oauth and status == 400 else (MIME, ProblemShape)
        schema = {"$ref": _REF.format(model=shape.__name__)}
        found[str(status)] = {
            "description": "; ".join(f"`{code}`: {TITLES[code][1]}" for code in codes) + ".",
            "content": {mime: {"schema": schema}},
        }
    return found
