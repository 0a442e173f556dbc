"""What a route is: its address, who may use it, what it takes and answers, and an example that works."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from app.core.access import Scope
from app.core.credentials import Credential
from app.core.ports import Clock, Dispatch, Store
from app.issuer import Actor, Issuer
from app.rate_limit import Limit, Limiter, Standing
from app.token_settings import TokenSettings
from app.web.api.waiting import WaitingRoom
from app.webhook_keeper import Keeper

PREFIX = "/api/v1"
PER_ADDRESS = Limit("address", 60)


class Mark(StrEnum):
    """Who may use a route that asks for no scope."""

    PUBLIC = "public"
    ANY_TOKEN = "any token"  # noqa: S105 (words, no secret)


class Shape(BaseModel):
    """A value that goes in or out as JSON: strict, and nothing that has no name here. `sparse` leaves null out."""

    sparse: ClassVar[bool] = False
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Query(BaseModel):
    """Query parameters: texts that are read as what they are declared; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KeyRing(Protocol):
    """The public keys of those who report leaks."""

    def get(self, key_id: str, now: datetime) -> str | None:
        """The key as PEM; None when nobody knows it. Raise `OSError` when it cannot be looked up."""
        ...


class Signatures(Protocol):
    """What the issuer of workflows' tokens signs."""

    def payload(self, token: str, now: datetime) -> bytes:
        """What was signed; raise `InputError` when it is not, `OSError` when the issuer's keys cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class House:
    """What the handlers work with.

    `issuer` is None where no pepper is set: there are no tokens then. `webhooks` is None where no key is.
    """

    store: Store
    issuer: Issuer | None
    settings: TokenSettings
    clock: Clock
    limiter: Limiter
    keys: KeyRing | None = None
    signatures: Signatures | None = None
    webhooks: Keeper | None = None
    dispatch: Dispatch = field(kw_only=True)
    waiting: WaitingRoom = field(kw_only=True)

    @property
    def per_token(self) -> Limit:
        """How many requests a token may make."""
        return Limit("token", self.settings.rate)


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted request. `credential` is None on public routes; `address` is the client's."""

    house: House
    now: datetime
    request_id: str
    address: str
    network: str
    credential: Credential | None = None
    standing: Standing | None = None

    @property
    def holder(self) -> Credential:
        """Whose token it is, on a route that wants one."""
        assert self.credential is not None
        return self.credential

    @property
    def issuer(self) -> Issuer:
        """Where tokens are made; routes that need it are refused before where there is none."""
        assert self.house.issuer is not None
        return self.house.issuer

    @property
    def actor(self) -> Actor:
        """Who asks, for the audit."""
        return Actor(self.credential, self.request_id, self.network)


@dataclass(frozen=True, slots=True)
class Document:
    """An answer in somebody else's format."""

    text: str
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class Lines:
    """An answer that is made while it is sent; `over` is called when it was, however it ended."""

    texts: Iterator[str]
    over: Callable[[], None]
    media_type: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `next` is the cursor of the page after this, `made` the path (below `/api/v1`) of what was made."""

    body: Shape | Document | Lines
    next: str | None = None
    made: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """Values that work: path parameters, query and body of the curl line in the documentation and in the tests."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One route. Its parts are all that the documentation, the tests and the server know of it.

    `path` is as in OpenAPI, below `/api/v1`. `handle` gets the `Call`, the path's parameters by name, and `query` and
    `body` where there are such. `form` says that the body may also come as a form (as RFC 7009 and RFC 7662 have it),
    `oauth` that its errors are told as RFC 6749 has it as well, `raw` that the handler wants the bytes and the headers.
    `codes` are the problems that only this route has. `limit` is for routes with one of their own. `takes_tokens` says
    that its body may hold the text of tokens. `formats` are the media types beside JSON that its query may ask for.
    `slashes` says that the last parameter may hold some: a server cannot tell `%2F` from `/`.

    `asks` is for a POST that changes nothing: it is answered anew each time. `shown_once` says that its answer holds a
    secret, which is kept nowhere: its reply says what was made.
    """

    method: str
    path: str
    access: Scope | Mark
    handle: Callable[..., Reply]
    says: str
    answer: type[Shape]
    status: int = 200
    query: type[Query] | None = None
    body: type[Shape] | None = None
    form: bool = False
    oauth: bool = False
    raw: bool = False
    takes_tokens: bool = False
    codes: tuple[str, ...] = ()
    limit: Limit | None = None
    largest: int = 1 << 20  # bytes of a body
    example: Example = Example()
    formats: tuple[str, ...] = ()
    slashes: bool = False
    asks: bool = False
    shown_once: bool = False

    @property
    def takes_key(self) -> bool:
        """Whether a request may bear an idempotency key, so that sending it again does nothing twice."""
        return self.method == "POST" and not self.is_public and not self.asks

    @property
    def is_public(self) -> bool:
        """Whether it wants no token."""
        return self.access is Mark.PUBLIC

    @property
    def rule(self) -> str:
        """The path as Flask has it."""
        path = self.path.replace("{", "<").replace("}", ">")
        head, _, last = path.rpartition("<")
        return PREFIX + (f"{head}<path:{last}" if self.slashes else path)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(re.findall(r"{(\w+)}", self.path))

    @property
    def name(self) -> str:
        """How it is called in counts and logs: `GET /tokens/{token_id}`."""
        return f"{self.method} {self.path}"

    @property
    def key(self) -> str:
        """Its operation id."""
        return self.handle.__name__
