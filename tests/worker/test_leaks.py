"""Tokens of our own where they do not belong: real ones are revoked with their family, and nobody else learns of it."""

from __future__ import annotations

import hashlib
import logging
import secrets
import zlib
from dataclasses import dataclass, field, replace

import pytest

from app.core.access import Access, Scope
from app.core.audit import Deed, Event
from app.core.errors import ForgeError, ForgeUnavailable
from app.core.issuing import Wanted
from app.core.package import Package
from app.core.ports import Inspection, InspectionRequest, OwnToken, Phase
from app.core.specimen import ArtifactKind
from app.core.tokens import ALPHABET, CHECKSUM_LENGTH, Kind, mint
from app.demo.github import GitHub, PullRequest
from app.issuer import Actor, Issuer, Made
from app.store import MemoryStore
from app.token_settings import a_pepper
from tests.fakes.clock import FakeClock
from tests.fakes.forge import MemoryForgeDoor
from worker.leaks import ELSEWHERE, MOST, REVIEW, Leaks, Place, WatchfulInspector, look_at_pull

PEPPER = a_pepper("a pepper for the tests, long enough for one")


@dataclass
class Owner:
    """Whoever holds tokens, and what the audit tells them."""

    clock: FakeClock
    store: MemoryStore = field(default_factory=MemoryStore)

    @property
    def issuer(self) -> Issuer:
        return Issuer(self.store, (PEPPER,), clock=self.clock, entropy=secrets.token_bytes)

    @property
    def leaks(self) -> Leaks:
        return Leaks(self.issuer)

    def token(self, *installations: int, repositories: tuple[int, ...] = ()) -> Made:
        access = Access(frozenset({Scope.PACKAGES_READ}), frozenset(installations), frozenset(repositories))
        made = self.issuer.create(Wanted("ci", access), Actor())
        assert isinstance(made, Made)
        return made

    def is_revoked(self, one: Made) -> bool:
        kept = self.store.tokens.get(one.credential.id)
        assert kept is not None
        return kept.revoked_at is not None

    def told(self) -> list[Event]:
        return [link.event for link in self.store.audit.read(99, deed=Deed.LEAKED)]


@pytest.fixture
def owner(clock: FakeClock) -> Owner:
    return Owner(clock)


def unknown() -> str:
    """The form and the checksum of a token, and nobody's."""
    return mint(Kind.API, hashlib.sha512(b"nobody").digest()).text


def test_a_token_that_was_found_is_revoked_with_its_family(owner: Owner) -> None:
    old = owner.token()
    new = owner.issuer.rotate(old.credential.id, Actor())
    assert isinstance(new, Made)
    owner.leaks.revoke([(unknown(), Place("npm/a@1")), (old.token.text, Place("npm/a@1: b.js"))], "inspection")
    assert owner.is_revoked(old)
    assert owner.is_revoked(new)
    (event,) = owner.told()
    assert (event.detail, event.actor, event.token) == ("npm/a@1: b.js", "inspection", old.credential.id)


def test_an_id_with_a_right_checksum_revokes_nothing(owner: Owner) -> None:
    one = owner.token()
    forged = mint(Kind.API, hashlib.sha512(b"forger").digest()).text
    with_its_id = _with_id(forged, one.credential.id)
    owner.leaks.revoke([(with_its_id, Place("npm/a@1: b.js"))], "inspection")
    assert not owner.is_revoked(one)
    assert owner.told() == []


def _with_id(text: str, token_id: str) -> str:
    """Another token's secret under this id, with the checksum made right."""
    head = text[:7] + token_id + text[23:-CHECKSUM_LENGTH]
    number, letters = zlib.crc32(head.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, 62)
        letters = ALPHABET[digit] + letters
    return head + letters


def test_what_is_dead_already_is_not_told_of_again(owner: Owner) -> None:
    one = owner.token()
    for _ in range(3):
        owner.leaks.revoke([(one.token.text, Place("npm/a@1: b.js"))], "inspection")
    assert len(owner.told()) == 1


@pytest.mark.parametrize(("holders", "told"), [((99,), "acme/secret#7"), ((98,), ELSEWHERE), ((), "acme/secret#7")])
def test_the_name_of_anothers_private_place_is_told_to_nobody(
    owner: Owner, holders: tuple[int, ...], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    one = owner.token(*holders)
    owner.leaks.revoke([(one.token.text, Place("acme/secret#7", 99))], REVIEW)
    assert owner.is_revoked(one)
    assert owner.told()[0].detail == told
    assert "acme/secret#7" in [getattr(record, "where", "") for record in caplog.records], "the operator knows"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (Place("acme/shop#7", 99, 42), "acme/shop#7"),
        (Place("acme/secret#7", 99, 43), ELSEWHERE),
        (Place("npm/ours@1: a.js", 99), ELSEWHERE),
        (Place("npm/a@1: b.js"), "npm/a@1: b.js"),
    ],
)
def test_who_is_narrowed_to_a_repository_learns_of_no_other_private_one(owner: Owner, place: Place, told: str) -> None:
    one = owner.token(99, repositories=(42,))
    owner.leaks.revoke([(one.token.text, place)], REVIEW)
    assert owner.told()[0].detail == told


def test_a_place_that_holds_the_token_is_kept_without_it(owner: Owner) -> None:
    one = owner.token()
    owner.leaks.revoke([(one.token.text, Place(f"npm/a@1: x{one.token.text}\u202e.js"))], "inspection")
    assert owner.told()[0].detail == "npm/a@1: x[redacted]U+202E.js"


@dataclass
class Child:
    """An inspector whose child hands over what it is told to."""

    own: tuple[OwnToken, ...]
    asked: list[InspectionRequest] = field(default_factory=list)

    def inspect(self, request: InspectionRequest) -> Inspection:
        self.asked.append(request)
        return Inspection(None, own=self.own)


@pytest.mark.parametrize(("realm", "told"), [("public", "npm/left@1.0.0 (left.tgz): a.js"), ("98", ELSEWHERE)])
def test_what_a_child_hands_over_is_looked_at_and_dropped(owner: Owner, realm: str, told: str) -> None:
    one = owner.token(99)
    child = Child((OwnToken(unknown(), "a.js"), OwnToken(one.token.text, "a.js"), OwnToken("nonsense", "a.js")))
    inspector = WatchfulInspector(child, owner.leaks, lambda _package: realm)
    request = InspectionRequest(Package.parse("npm/left@1.0.0"), "left.tgz", ArtifactKind.NPM_TARBALL)
    assert inspector.inspect(request) == Inspection(None)
    assert child.asked == [replace(request, hand_over=True)]
    assert owner.is_revoked(one)
    assert owner.told()[0].detail == told
    assert one.token.text not in repr(child)


@dataclass
class Scene:
    """A repository with a pull request that says something."""

    github: GitHub
    door: MemoryForgeDoor

    def look(self, owner: Owner, files: dict[str, str], *, private: bool = False, fork: bool = False) -> PullRequest:
        """Open a pull request with these files, and look at it."""
        repository = self.github.repository("acme/shop", {"README.md": "one\ntwo\n"}, private=private)
        installation = self.door.install(repository)
        source = self.github.fork(repository, "mallory") if fork else None
        pull = self.github.open_pull(repository, "A change", files, from_fork=source)
        with self.door.open(installation.id, repository.id, repository.full_name, Phase.READ) as forge:
            look_at_pull(forge, forge.pull(pull.number), installation.id, repository.id, owner.leaks)
        return pull


@pytest.fixture
def scene(clock: FakeClock) -> Scene:
    github = GitHub(clock)
    github.organisation("acme")
    return Scene(github, MemoryForgeDoor(github))


@pytest.mark.parametrize("fork", [True, False], ids=["a fork", "the repository itself"])
def test_a_line_that_a_pull_request_adds_is_looked_at(owner: Owner, scene: Scene, *, fork: bool) -> None:
    one = owner.token()
    pull = scene.look(owner, {"README.md": f"one\ntwo\nAuthorization: Bearer {one.token.text}\n"}, fork=fork)
    assert owner.is_revoked(one)
    assert owner.told()[0].detail == f"acme/shop#{pull.number}: README.md line 3"


def test_a_line_that_was_there_before_is_not(owner: Owner, scene: Scene) -> None:
    one = owner.token()
    repository = scene.github.repository("acme/old", {"README.md": f"{one.token.text}\n"})
    installation = scene.door.install(repository)
    pull = scene.github.open_pull(repository, "Remove it", {"README.md": "nothing\n"})
    with scene.door.open(installation.id, repository.id, "acme/old", Phase.READ) as forge:
        look_at_pull(forge, forge.pull(pull.number), installation.id, repository.id, owner.leaks)
    assert not owner.is_revoked(one)


def test_of_a_private_pull_request_others_learn_nothing(owner: Owner, scene: Scene) -> None:
    theirs = owner.token(1)
    scene.look(owner, {"a.txt": theirs.token.text}, private=True)
    assert owner.is_revoked(theirs)
    assert owner.told()[0].detail == ELSEWHERE


def test_of_one_pull_request_so_many_texts_are_compared_and_no_more(owner: Owner, scene: Scene) -> None:
    """Each costs a look into the database."""
    texts = [mint(Kind.API, hashlib.sha512(str(number).encode()).digest()).text for number in range(MOST - 1)]
    last, beyond = owner.token(), owner.token()
    scene.look(owner, {"a.txt": "\n".join([*texts, last.token.text, beyond.token.text])})
    assert (owner.is_revoked(last), owner.is_revoked(beyond)) == (True, False)


def test_a_diff_that_github_does_not_show_holds_up_no_review(
    owner: Owner, scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    scene.door.failures.next("added", ForgeError("the diff is too large"))
    scene.look(owner, {"a.txt": owner.token().token.text})
    assert owner.told() == []
    assert "lines of the pull request not shown" in caplog.text


def test_a_github_that_is_down_is_asked_again_by_the_next_run(owner: Owner, scene: Scene) -> None:
    scene.door.failures.next("added", ForgeUnavailable("502"))
    with pytest.raises(ForgeUnavailable):
        scene.look(owner, {"a.txt": "x"})
