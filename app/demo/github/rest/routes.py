"""What a route of the REST API is, and what its handler is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from app.demo.github.model import App, PullRequest, Repository
from app.demo.github.refusals import malformed, not_found
from app.demo.github.tokens import Token
from app.demo.github.world import World

MOST_PER_PAGE = 100
USUAL_PER_PAGE = 30

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back. `next_page` becomes a `Link`."""

    status: int
    body: Any = None
    next_page: int | None = None


@dataclass(slots=True)
class Ask:
    """One request, as far as a handler cares. Asking for what the request does not have is a refusal."""

    world: World
    parts: Mapping[str, Any]
    query: Mapping[str, str]
    raw: bytes
    caller: App | None = None
    token: Token | None = None
    repository_found: Repository | None = field(default=None)

    @property
    def app(self) -> App:
        """The App that asks, with its key or with a token."""
        if self.caller is not None:
            return self.caller
        assert self.token is not None
        return self.token.installation.app

    @property
    def repository(self) -> Repository:
        """The repository that the path names and the token may see."""
        assert self.repository_found is not None
        return self.repository_found

    @property
    def pull(self) -> PullRequest:
        """The pull request that the path names."""
        found = next(
            (
                pull
                for pull in self.world.pulls
                if pull.repository is self.repository and pull.number == self.parts["number"]
            ),
            None,
        )
        if found is None:
            raise not_found()
        return found

    def body(self, shape: type[T]) -> T:
        """The request's JSON as `shape`; GitHub skips keys it does not know, we refuse them: they are mistakes."""
        try:
            return msgspec.json.decode(self.raw or b"{}", type=shape)
        except msgspec.MsgspecError as error:
            raise malformed(str(error)) from None

    def page(self, items: Sequence[T]) -> tuple[list[T], int | None]:
        """The page that was asked for, and the number of the next one."""
        size = min(self._number("per_page", USUAL_PER_PAGE), MOST_PER_PAGE)
        page = self._number("page", 1)
        shown = list(items[(page - 1) * size : page * size])
        return shown, page + 1 if page * size < len(items) else None

    def _number(self, name: str, usual: int) -> int:
        text = self.query.get(name, "")
        return max(int(text), 1) if text.isdigit() else usual


@dataclass(frozen=True, slots=True)
class Route:
    """One call. `needs` is the permission of the token; None for calls with the App's own key."""

    method: str
    rule: str
    handle: Callable[[Ask], Answer]
    needs: tuple[str, str] | None = ("metadata", "read")


def of_repository(method: str, rule: str, handle: Callable[[Ask], Answer], permission: str, level: str) -> Route:
    """A call about one repository."""
    return Route(method, f"/repos/<owner>/<name>{rule}", handle, (permission, level))


def listed(ask: Ask, items: Sequence[T], shape: Callable[[T], Any]) -> Answer:
    """One page of a list."""
    page, following = ask.page(items)
    return Answer(200, [shape(item) for item in page], following)
