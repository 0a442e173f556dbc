"""Every failure of PyGithub and of the line below it, as one of our own errors, at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import inf
from typing import Any

from github import BadAttributeException, GithubException, RateLimitExceededException
from msgspec import ValidationError
from requests import RequestException
from urllib3.exceptions import HTTPError

from app.core.errors import Forbidden, ForgeError, ForgeUnavailable, Gone, RateLimited
from app.core.ports import Clock
from app.github.patience import asked_wait, read_date

A_MINUTE = 60.0  # GitHub's advice when it limits without saying for how long
AN_HOUR = 3600.0  # no limit of GitHub's lasts longer


class Unprocessable(ForgeError):
    """GitHub understood the request and refuses what it says (422)."""


class Unauthorised(Forbidden):
    """GitHub does not accept our token or our key (401)."""


@contextmanager
def translated(does: str, clock: Clock) -> Iterator[None]:
    """Turn whatever fails inside into a `ForgeError`; `does` completes "GitHub refused to …"."""
    try:
        yield
    except GithubException as error:
        raise _from_answer(error, does, clock) from error
    except RequestException as error:
        error.request = error.response = None  # they hold the token
        raise ForgeUnavailable(f"GitHub did not answer when asked to {does} ({type(error).__name__})") from error
    except HTTPError as error:
        raise ForgeUnavailable(f"GitHub did not answer when asked to {does} ({type(error).__name__})") from error
    except ValidationError as error:
        raise ForgeUnavailable(f"GitHub's answer when asked to {does} lacks what we need: {error}") from error
    except (BadAttributeException, AssertionError, LookupError, RuntimeError, TypeError, ValueError) as error:
        # PyGithub raises these for broken JSON, foreign redirects and links, and answers of another shape
        raise ForgeUnavailable(
            f"GitHub's answer when asked to {does} could not be understood ({type(error).__name__})"
        ) from error


def _from_answer(error: GithubException, does: str, clock: Clock) -> ForgeError:
    headers = {name.lower(): str(value) for name, value in (error.headers or {}).items()}
    status, said = error.status, _said(error.data)
    message = f"GitHub refused to {does} ({status}{': ' + said if said else ''})"
    if status == 200 or status >= 500:
        return ForgeUnavailable(f"GitHub failed to {does} ({status})")
    if _is_limit(error, headers):
        return RateLimited(f"GitHub asks us to wait before it will {does} ({status})", _wait(headers, clock))
    kind = _graphql_kind(error.data)
    if status == 401:
        return Unauthorised(message)
    if status == 403 or kind in {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
        return Forbidden(message)
    if status == 404 and said.startswith("No common ancestor"):
        return ForgeError(message)  # both commits are there
    if status in {404, 410, 451} or (status == 409 and said.startswith("Git Repository is empty")):
        return Gone(message)
    if status == 422:
        return Unprocessable(message)
    return ForgeError(message)


def _is_limit(error: GithubException, headers: Mapping[str, str]) -> bool:
    if error.status == 429 or isinstance(error, RateLimitExceededException):
        return True
    if _graphql_kind(error.data) == "RATE_LIMITED":
        return True
    return error.status == 403 and ("retry-after" in headers or headers.get("x-ratelimit-remaining") == "0")


def _wait(headers: Mapping[str, str], clock: Clock) -> float:
    """Seconds to wait: `Retry-After`, else until the reset when nothing remains, else a minute."""
    asked = asked_wait(headers)
    if asked is None and headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdigit():
        now = read_date(headers.get("date")) or clock()
        # one second more, as nobody knows when in that second the reset comes
        asked = int(headers["x-ratelimit-reset"][:12]) + 1 - now.timestamp()
    if asked is None or asked == inf:
        asked = A_MINUTE
    return min(max(asked, 1.0), AN_HOUR)


def _said(data: Any) -> str:
    if not isinstance(data, dict):
        return ""
    errors = data.get("errors")
    details = [_detail(error) for error in errors[:3]] if isinstance(errors, list) else []
    parts = [str(data.get("message") or ""), *details]
    return " ".join("; ".join(part for part in parts if part).split())[:300]


def _detail(error: Any) -> str:
    return str(error.get("message") or error.get("code") or "") if isinstance(error, dict) else str(error)


def _graphql_kind(data: Any) -> str:
    errors = data.get("errors") if isinstance(data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("type", "")) if isinstance(first, dict) else ""
