"""Holds every request we send, every answer our GitHub gives and every webhook against GitHub's own API description.

The models are generated from that description (githubkit); which model belongs to which call is read from the same
package, so neither side of the conversation is judged by what we believe of GitHub.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import json
import re
import typing
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from githubkit_schemas.v2022_11_28 import models
from pydantic import TypeAdapter, ValidationError

REST = ("apps", "checks", "git", "issues", "pulls", "repos")
PREFIX = "/api/v3"
VERSION = "2022-11-28"
OWN_PARTS = {"path": ".+", "basehead": ".+"}  # parts of a path that may hold slashes


@dataclass(frozen=True)
class Described:
    """One call as GitHub describes it. `answers` are the models of refusals, by status."""

    method: str
    template: str
    query: frozenset[str]
    body: str | None
    answer: str | None
    refusals: dict[str, str]

    @property
    def pattern(self) -> str:
        return re.sub(r"\{(\w+)\}", lambda part: f"(?:{OWN_PARTS.get(part[1], '[^/]+')})", self.template)


@dataclass
class Judge:
    """Middleware for our GitHub. `violations` is empty when all went as described; `log` are the calls made."""

    violations: list[str] = field(default_factory=list)
    log: list[tuple[str, str]] = field(default_factory=list)

    def count(self, method: str, ending: str = "") -> int:
        """How many requests were made of a method, to paths that end so."""
        return sum(made == method and path.endswith(ending) for made, path in self.log)

    def watch(self, application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
        def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            size = int(environ.get("CONTENT_LENGTH") or 0)
            asked = environ["wsgi.input"].read(size)
            environ["wsgi.input"] = BytesIO(asked)
            noted: dict[str, Any] = {}

            def noting(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
                noted.update(status=int(status[:3]), headers={name.lower(): value for name, value in headers})
                return start_response(status, headers, *rest)

            path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
            self.log.append((environ["REQUEST_METHOD"], path))
            answered = b"".join(application(environ, noting))
            if path.startswith(PREFIX + "/"):
                self._judge(environ["REQUEST_METHOD"], path.removeprefix(PREFIX), query, asked, noted, answered)
                if environ.get("HTTP_X_GITHUB_API_VERSION") != VERSION:
                    self.violations.append(
                        f"{environ['REQUEST_METHOD']} {path.removeprefix(PREFIX)}: names no API version"
                    )
            return [answered]

        return watched

    def judge_webhook(self, event: str, payload: Any) -> None:
        """Hold a webhook against the models of its event."""
        name = f"githubkit_schemas.v2022_11_28.webhooks.{event}"
        kind = importlib.import_module(name).action_types[payload["action"]]
        self._hold(f"webhook {event}.{payload['action']}", kind, payload)

    def _judge(self, method: str, path: str, query: str, asked: bytes, noted: dict[str, Any], answered: bytes) -> None:
        path = re.sub(r"^/repositories/\d+", "/repos/owner/repo", path)
        call = find(method, path)
        what = f"{method} {path}"
        if call is None:
            self.violations.append(f"{what}: GitHub has no such call")
            return
        unknown = {name for name, _ in parse_qsl(query)} - call.query
        if unknown:
            self.violations.append(f"{what}: GitHub knows no query {sorted(unknown)}")
        status = noted["status"]
        if asked and (call.body is None):
            self.violations.append(f"{what}: GitHub takes no body")
        elif asked and call.body is not None and status < 400:
            self._hold(f"{what} asked", model(call.body), json.loads(asked))
        if not noted["headers"].get("content-type", "").startswith("application/json"):
            return
        if status < 300 and answered:
            self._hold(f"{what} answered", model(call.answer or "typing.Any"), json.loads(answered))
        elif status >= 400 and str(status) in call.refusals:
            self._hold(f"{what} refused", model(call.refusals[str(status)]), json.loads(answered), extra="ignore")

    def _hold(self, what: str, kind: Any, data: Any, extra: Any = "forbid") -> None:
        try:
            adapter(kind).validate_json(json.dumps(_without_open_maps(data)), extra=extra)
        except ValidationError as error:
            problems = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in error.errors()[:5]]
            self.violations.append(f"{what}: {problems}")


def find(method: str, path: str) -> Described | None:
    """The described call of a path; the one with the longest fixed text when several fit."""
    fitting = [call for call in described() if call.method == method and re.fullmatch(call.pattern, path)]
    return max(fitting, key=lambda call: len(re.sub(r"\{\w+\}", "", call.template)), default=None)


@cache
def described() -> tuple[Described, ...]:
    """All calls of the parts of the API that we use."""
    return tuple(call for part in REST for call in _calls(part))


@cache
def model(expression: str) -> Any:
    """A type expression of githubkit (`list[DiffEntry]`, `Union[A, B]`) as a type."""
    names = {name: getattr(models, name) for name in re.findall(r"\w+", expression) if hasattr(models, name)}
    return eval(expression, {"typing": typing, "Union": typing.Union, "Any": Any, "list": list, **names})


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _without_open_maps(data: Any) -> Any:
    """Some objects are open maps in GitHub's description, which the models have lost: they are left out.

    An App's `permissions` (the models know five names), and the headers and payload of a delivery in the log.
    """
    if isinstance(data, list):
        return [_without_open_maps(item) for item in data]
    if not isinstance(data, dict):
        return data
    if data.keys() == {"headers", "payload"}:
        return {name: {} if isinstance(value, dict) else value for name, value in data.items()}
    known = set(models.IntegrationPropPermissions.model_fields)
    return {
        key: {name: level for name, level in value.items() if name in known}
        if key == "permissions" and "external_url" in data
        else _without_open_maps(value)
        for key, value in data.items()
    }


def _calls(part: str) -> Iterator[Described]:
    spec = importlib.util.find_spec(f"githubkit_schemas.v2022_11_28.rest.{part}")
    assert spec is not None
    assert spec.origin is not None
    for node in ast.walk(ast.parse(Path(spec.origin).read_text())):
        if isinstance(node, ast.FunctionDef) and (docstring := ast.get_docstring(node)):
            head = re.search(r"^(GET|POST|PATCH|PUT|DELETE) (/\S*)$", docstring, re.MULTILINE)
            if head:
                yield _read(node, head[1], head[2])


def _read(node: ast.FunctionDef, method: str, template: str) -> Described:
    query: frozenset[str] = frozenset()
    body = answer = None
    refusals: dict[str, str] = {}
    for inner in ast.walk(node):
        match inner:
            case ast.Assign(targets=[ast.Name(id="params")], value=ast.Dict(keys=keys)):
                query = frozenset(key.value for key in keys if isinstance(key, ast.Constant))  # type: ignore[misc]
            case ast.Call(func=ast.Name(id="type_validate_python"), args=[kind, *_]):
                body = ast.unparse(kind)
            case ast.Call(func=ast.Attribute(attr="request"), keywords=keywords):
                for keyword in keywords:
                    if keyword.arg == "response_model":
                        answer = ast.unparse(keyword.value)
                    elif keyword.arg == "error_models" and isinstance(keyword.value, ast.Dict):
                        pairs = zip(keyword.value.keys, keyword.value.values, strict=True)
                        refusals = {ast.literal_eval(key): ast.unparse(kind) for key, kind in pairs if key}
    return Described(method, template, query, body, answer, refusals)
