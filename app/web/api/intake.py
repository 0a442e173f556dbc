"""Query and body of a request → values; whatever has no name, comes twice, or is of another type is refused."""

from __future__ import annotations

from typing import Any, TypeVar
from urllib.parse import parse_qsl

import re2
from flask import Request
from pydantic import BaseModel, ValidationError

from app.core.tokens import ANYWHERE
from app.log import redact
from app.web.api.problems import Problem
from app.web.api.route import Route
from app.web.body import whole_body

FORM = "application/x-www-form-urlencoded"
FIELDS = 10  # of a form
_TOKEN = re2.compile(ANYWHERE)
_NAME = re2.compile(r"[A-Za-z0-9_.-]{1,40}")
Model = TypeVar("Model", bound=BaseModel)


def read_input(route: Route, request: Request) -> dict[str, Any]:
    """The handler's `query` and `body`, as far as the route has them."""
    values: dict[str, Any] = {}
    keys = [key for key, _ in request.args.items(multi=True)]
    if len(keys) != len(set(keys)):
        raise Problem("invalid_input", "A query parameter stands there twice.")
    if route.query is not None:
        values["query"] = _checked(route.query, request.args.to_dict(), "query parameter")
    elif keys:
        raise Problem("invalid_input", f"{_named(keys[0])} is not a query parameter of this route; it has none.")
    if route.raw:
        return values
    raw = whole_body()
    if route.body is None:
        if raw:
            raise Problem("invalid_input", "This route takes no body.")
        return values
    values["body"] = _body(route, route.body, request, raw)
    return values


def _body(route: Route, model: type[Model], request: Request, raw: bytes) -> Model:
    _refuse_tokens(route, raw.decode("latin-1"))
    if route.form and request.mimetype == FORM:
        body = _checked(model, _form(raw), "field")
    elif raw and request.mimetype != "application/json":
        raise Problem("unsupported_media_type", "The body must be application/json.")
    else:
        body = _checked(model, raw or b"{}", "key")
    _refuse_tokens(route, body.model_dump())  # JSON has other ways to write a letter
    return body


def _refuse_tokens(route: Route, value: object) -> None:
    """Whatever is said may be kept and shown: a token must not be among it."""
    if route.takes_tokens:
        return
    if isinstance(value, str) and _TOKEN.search(value):
        raise Problem("invalid_input", "The body holds a token, which does not belong there. Replace that token.")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for one in inner:
        _refuse_tokens(route, one)


def _form(raw: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=FIELDS)
    except ValueError as error:
        raise Problem("invalid_input", "The form cannot be read.") from error
    if len(pairs) != len(dict(pairs)):
        raise Problem("invalid_input", "A field of the form stands there twice.")
    return dict(pairs)


def _checked(model: type[Model], given: bytes | dict[str, str], what: str) -> Model:
    try:
        return model.model_validate_json(given) if isinstance(given, bytes) else model.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    place = ".".join(_named(str(part)) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields)
        raise Problem("invalid_input", f"{place} is not a {what} of this route. Known: {known}.")
    said = redact(first["msg"])
    raise Problem("invalid_input", f"{place}: {said}." if place else f"{said}.")


def _named(name: str) -> str:
    """A key as it was sent, if it looks like one."""
    return f"`{name}`" if _NAME.fullmatch(name) and not _TOKEN.search(name) else "A name that is none"
