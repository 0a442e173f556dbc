"""One job's line to GitHub: calls from the table, all pages, our own errors, one renewal of the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

import msgspec
from github import Github
from github.Auth import Auth
from github.Requester import Requester
from requests.utils import parse_header_links

from app.core.errors import ForgeError, ForgeUnavailable, RateLimited
from app.core.ports import Clock
from app.github.errors import Unauthorised, translated
from app.github.patience import Patience, PatientRetry
from app.github.permissions import Call

API_VERSION = "2022-11-28"
AGENT = "Assay"
TIMEOUT = 15  # seconds to connect, and between two pieces of an answer
PER_PAGE = 100
MOST_PAGES = 1_000
FRESH = 5.0  # seconds in which GitHub may not know its own new token yet (Octokit waits as long)
FRESH_WAITS = (1.0, 2.0)

T = TypeVar("T")
Watch = Callable[[str, Mapping[str, str]], None]
"""Told of each call: "ok", "refused", "limited" or "failed", and the headers of the answer."""


class Renewable(Protocol):
    """The token of one job (`app.github.auth.JobToken`)."""

    def age(self) -> float:
        """Seconds since it was made."""
        ...

    def renew(self) -> None:
        """Replace it by a new one."""
        ...


def connect(auth: Auth, base_url: str, *, patience: Patience, write_interval: float, verify: bool | str) -> Github:
    """PyGithub as we want it: our patience, an API version, no shared state. One for each job, closed at its end."""
    return Github(
        auth=auth,
        base_url=base_url,
        timeout=TIMEOUT,
        user_agent=AGENT,
        per_page=PER_PAGE,
        verify=verify,
        retry=PatientRetry(patience),
        seconds_between_requests=0,
        seconds_between_writes=write_interval,
        lazy=True,
        api_version=API_VERSION,
    )


class Client:
    """One repository seen with one token. Not for use by several threads: PyGithub mixes up their answers."""

    def __init__(
        self,
        requester: Requester,
        token: Renewable,
        repository: str,
        *,
        clock: Clock,
        patience: Patience,
        watch: Watch = lambda _outcome, _headers: None,
    ) -> None:
        self._watch = watch
        self._requester = requester
        self._token = token
        self._patience = patience
        self.repository = repository
        self.clock = clock

    def send(
        self,
        call: Call,
        shape: type[T],
        body: Mapping[str, Any] | None = None,
        *,
        query: Mapping[str, Any] | None = None,
        once: bool = False,
        **parts: str | int,
    ) -> T:
        """Make one call and read its answer as `shape`; `once` forbids repeating even a PATCH. `ForgeError`."""
        _, data = self._exchange(call, self._path(call, parts), body, query, once=once)
        return self._read(call, data, shape)

    def pages(
        self,
        call: Call,
        shape: type[T],
        *,
        item: str | None = None,
        query: Mapping[str, Any] | None = None,
        **parts: str | int,
    ) -> Iterator[T]:
        """All elements of a list, following `Link`; `item` is the key of the list where the answer is an object."""
        path = self._path(call, parts)
        query = {"per_page": PER_PAGE} | dict(query or {})
        for _ in range(MOST_PAGES):
            headers, data = self._exchange(call, path, None, query)
            if item is not None:
                data = self._read(call, data, dict[str, Any]).get(item)
            yield from self._read(call, data, list[shape])  # type: ignore[valid-type]
            following = _next(headers)
            if following is None:
                return
            path, query = following, None
        raise ForgeUnavailable(f"GitHub's answer when asked to {call.does} does not end")

    def mutate(self, name: str, subject: str, answer: str, **fields: str) -> None:
        """Make one GraphQL mutation on the node `subject`; `answer` names a field that GitHub shall return."""

        def request() -> None:
            headers, _ = self._requester.graphql_named_mutation(name, {"subjectId": subject} | fields, answer)
            self._watch("ok", headers)

        self._persist(request, f"run {name}")

    def ask_node(self, node: str, kind: str, fields: str) -> dict[str, Any]:
        """Read fields of one GraphQL node."""

        def request() -> dict[str, Any]:
            headers, answer = self._requester.graphql_node(node, fields, kind)
            self._watch("ok", headers)
            return dict(answer["data"]["node"])

        return self._persist(request, f"show a comment's {fields}")

    def _path(self, call: Call, parts: Mapping[str, str | int]) -> str:
        quoted = {name: quote(str(part), safe="/" if name == "path" else "") for name, part in parts.items()}
        return call.path.format(repository=quote(self.repository), **quoted)

    def _exchange(
        self,
        call: Call,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, Any] | None,
        *,
        once: bool = False,
    ) -> tuple[Mapping[str, Any], Any]:
        def request() -> tuple[Mapping[str, Any], Any]:
            with self._patience.only_once() if once else nullcontext():
                headers, data = self._requester.requestJsonAndCheck(
                    call.method, path, dict(query) if query else None, input=dict(body) if body else None
                )
            self._watch("ok", headers)
            return headers, data

        return self._persist(request, call.does)

    def _persist(self, request: Callable[[], T], does: str) -> T:
        """Send until the token is accepted: 401 means that nothing was done, so even a POST may be sent again."""
        waits, renewed = list(FRESH_WAITS), False
        while True:
            try:
                with self._watched(), translated(does, self.clock):
                    return request()
            except Unauthorised as error:
                if self._token.age() < FRESH:
                    if not waits:
                        raise ForgeUnavailable("GitHub does not know the token yet that it has just made") from error
                    self._patience.sleep(waits.pop(0))
                elif not renewed:
                    self._token.renew()
                    renewed = True
                else:
                    raise

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Tell whoever counts how a call failed."""
        try:
            yield
        except RateLimited:
            self._watch("limited", {"x-ratelimit-remaining": "0"})
            raise
        except ForgeUnavailable:
            self._watch("failed", {})
            raise
        except ForgeError:
            self._watch("refused", {})
            raise

    def _read(self, call: Call, data: Any, shape: type[T]) -> T:
        with translated(call.does, self.clock):
            return msgspec.convert(data, shape)


def create_once(create: Callable[[], T], find: Callable[[], T | None]) -> T:
    """Create something that must exist once: when nobody knows whether GitHub did it, look before giving up."""
    try:
        return create()
    except ForgeUnavailable:
        found = find()
        if found is None:
            raise
        return found


def _next(headers: Mapping[str, Any]) -> str | None:
    links = parse_header_links(str(headers.get("link", "")))
    return next((link["url"] for link in links if link.get("rel") == "next"), None)
