"""GitHub's refusals, in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DOCUMENTATION = "https://docs.github.com/rest"


class Refusal(Exception):
    """An answer of 4xx or 5xx. `errors` are GitHub's details, objects or sentences."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: Sequence[Mapping[str, str] | str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        body: dict[str, Any] = {
            "message": self.message,
            "documentation_url": DOCUMENTATION,
            "status": str(self.status),
        }
        return body | ({"errors": list(self.errors)} if self.errors else {})


def not_found(what: str = "Not Found") -> Refusal:
    """404, also for what the token may not know of."""
    return Refusal(404, what)


def bad_credentials() -> Refusal:
    """401 for a token that is unknown, expired or revoked."""
    return Refusal(401, "Bad credentials")


def bad_jwt(why: str) -> Refusal:
    """401 for an App's JWT."""
    return Refusal(401, why)


def not_accessible() -> Refusal:
    """403 for a permission that the token lacks."""
    return Refusal(403, "Resource not accessible by integration")


def invalid(resource: str, field: str, why: str, code: str = "custom") -> Refusal:
    """422 for a field that is not as it should be."""
    return Refusal(422, "Validation Failed", [{"resource": resource, "field": field, "code": code, "message": why}])


def malformed(why: str) -> Refusal:
    """422 for a body that does not fit GitHub's description."""
    return Refusal(422, f"Invalid request.\n\n{why}")
