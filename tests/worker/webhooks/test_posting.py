"""Where webhooks are sent to: to public addresses and those that the operator named, and never for long."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from tests.worker.registries.authority import Authority
from tests.worker.registries.conftest import World
from tests.worker.webhooks import receiver as acts
from tests.worker.webhooks.receiver import Behave, Receiver, receiving
from worker.webhooks.posting import INWARD, Answer, Limits, Poster

BODY = b'{"event":"ping"}'
HEADERS = {"Content-Type": "application/json", "Assay-Event": "ping"}
PUBLIC = "203.0.113.7"
HURRY = Limits(connect=0.5, idle=0.3, total=0.6)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def world() -> World:
    return World()


def poster(world: World, *receivers: Receiver, authority: Authority | None = None, limits: Limits = HURRY) -> Poster:
    bundle = None if authority is None else str(authority.bundle)
    origins = frozenset(one.origin for one in receivers)
    return Poster(origins, limits=limits, ca_bundle=bundle, resolve=world.resolve, dial=world.dial)


def test_a_public_receiver_gets_the_body_at_the_address_that_was_checked(world: World, authority: Authority) -> None:
    with receiving(authority.server_context("hooks.example")) as receiver:
        world.names, world.hosts = {"hooks.example": [[PUBLIC]]}, {PUBLIC: receiver.port}
        answer = poster(world, authority=authority).post("https://hooks.example/in?key=1", BODY, HEADERS)
    assert (answer.status, answer.note) == (204, "")
    ((got),) = receiver.got
    assert (got.path, got.body) == ("/in?key=1", BODY)
    assert got.headers == {
        "host": "hooks.example",
        "accept-encoding": "identity",
        "content-length": str(len(BODY)),
        "user-agent": "Assay-Webhook/1",
        "connection": "close",
        "content-type": "application/json",
        "assay-event": "ping",
    }
    assert world.resolved == ["hooks.example."], "once, and with a dot: no search domain is tried"
    assert world.dialled == [PUBLIC]


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "::1", "fd00::1",
     "::ffff:127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::1"],
)  # fmt: skip
def test_a_name_that_leads_inward_is_not_connected_to(
    world: World, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    world.names = {"hooks.example": [[PUBLIC, address]]}
    answer = poster(world).post("https://hooks.example/in", BODY, HEADERS)
    assert (answer.status, answer.note) == (None, INWARD)
    assert world.dialled == []
    assert address not in answer.note, "which addresses there are inside is not told"
    assert address in caplog.text


def test_a_name_that_turns_inward_between_two_sendings_is_refused(world: World, authority: Authority) -> None:
    """DNS rebinding: the first answer is public, the second is our own machine, where somebody listens."""
    with receiving(authority.server_context("hooks.example")) as receiver:
        world.names = {"hooks.example": [[PUBLIC], ["127.0.0.1"]]}
        world.hosts = {PUBLIC: receiver.port}
        one = poster(world, authority=authority)
        answers = [one.post("https://hooks.example/in", BODY, HEADERS) for _ in range(2)]
    assert [answer.status for answer in answers] == [204, None]
    assert answers[1].note == INWARD
    assert len(receiver.got) == 1
    assert len(world.resolved) == 2, "once for each sending"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("http://hooks.example/in", "hooks.example without https on port 443"),
        ("https://hooks.example:8443/in", "hooks.example without https on port 443"),
        ("https://127.0.0.1/in", "127.0.0.1 is a bare IP address"),
        ("https://[::1]/in", "[::1] is a bare IP address"),
        ("https://me:secret@hooks.example/in", "an address with a user name or a password"),
        ("ftp://hooks.example/in", "an address that is not http or https"),
    ],
)
def test_an_address_of_another_shape_is_not_even_resolved(world: World, address: str, reason: str) -> None:
    assert poster(world).post(address, BODY, HEADERS) == Answer(None, 0, f"Assay does not send there: {reason}.")
    assert world.resolved == []


def test_an_operator_may_name_a_receiver_inside(world: World, authority: Authority) -> None:
    with receiving(authority.server_context("hooks.internal.example")) as receiver:
        world.names = {"hooks.internal.example": [["127.0.0.1"]]}
        origins = frozenset({("https", "hooks.internal.example", receiver.port)})
        one = Poster(origins, limits=HURRY, ca_bundle=str(authority.bundle), resolve=world.resolve, dial=world.dial)
        answer = one.post(f"https://hooks.internal.example:{receiver.port}/in", BODY, HEADERS)
        other = one.post("https://hooks.internal.example/in", BODY, HEADERS)
    assert (answer.status, other.note) == (204, INWARD), "on that port, and on no other"


def test_without_https_only_this_very_machine_is_sent_to(world: World, receiver: Receiver) -> None:
    assert poster(world, receiver).post(receiver.url, BODY, HEADERS).status == 204
    world.names = {"localhost": [["127.0.0.1", PUBLIC]]}
    one = Poster(frozenset({("http", "localhost", receiver.port)}), resolve=world.resolve, dial=world.dial)
    assert one.post(f"http://localhost:{receiver.port}/in", BODY, HEADERS).note == INWARD
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(world: World, receiver: Receiver, status: int) -> None:
    with receiving() as elsewhere:
        receiver.behave = acts.answers(status, Location=elsewhere.url)
        answer = poster(world, receiver, elsewhere).post(receiver.url, BODY, HEADERS)
    assert (answer.status, answer.note) == (status, f"127.0.0.1 answered {status}; redirects are not followed.")
    assert elsewhere.got == []


@pytest.mark.parametrize("status", [400, 401, 404, 410, 429, 500, 503])
def test_a_refusal_is_told_by_its_status_alone(world: World, receiver: Receiver, status: int) -> None:
    receiver.behave = acts.answers(status, Set_Cookie="a=b")
    answer = poster(world, receiver).post(receiver.url, BODY, HEADERS)
    assert (answer.status, answer.note) == (status, f"127.0.0.1 answered {status}.")


def test_nothing_that_a_receiver_said_is_said_back(world: World, receiver: Receiver) -> None:
    receiver.behave = acts.answers(200, Set_Cookie="a=b; Path=/")
    one = poster(world, receiver)
    one.post(receiver.url, BODY, HEADERS)
    one.post(receiver.url, BODY, HEADERS)
    assert "cookie" not in receiver.got[1].headers


def test_the_proxies_of_the_environment_are_not_used(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert poster(world, receiver).post(receiver.url, BODY, HEADERS).status == 204
    assert proxy.got == []


def test_a_receiver_without_a_trustworthy_certificate_gets_nothing(world: World, authority: Authority) -> None:
    with receiving(authority.server_context("other.example")) as receiver:
        world.names, world.hosts = {"hooks.example": [[PUBLIC]]}, {PUBLIC: receiver.port}
        wrong_name = poster(world, authority=authority).post("https://hooks.example/in", BODY, HEADERS)
        unknown = poster(world).post("https://hooks.example/in", BODY, HEADERS)
    assert "has no trustworthy TLS (Hostname mismatch" in wrong_name.note
    assert "has no trustworthy TLS (" in unknown.note
    assert receiver.got == []


@pytest.mark.parametrize(
    ("behave", "note"),
    [
        (acts.is_silent, "127.0.0.1 did not answer in time."),
        (acts.drips, "127.0.0.1 did not send everything in time."),
        (acts.goes_on, "127.0.0.1 did not send everything in time."),
        (acts.says(b""), "127.0.0.1 broke off its answer, or answered what is not HTTP."),
        (acts.says(b"SSH-2.0-nothing\r\n"), "127.0.0.1 broke off its answer, or answered what is not HTTP."),
        (acts.says(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500), "127.0.0.1 broke off its answer, or answered what is not HTTP."),
        (acts.says(b"HTTP/1.1 200 " + b"x" * 70_000), "127.0.0.1 broke off its answer, or answered what is not HTTP."),
    ],
    ids=["silent", "drips", "continues", "breaks off", "no HTTP", "many headers", "a long line"],
)  # fmt: skip
def test_a_receiver_that_misbehaves_is_left_alone_in_time(
    world: World, receiver: Receiver, behave: Behave, note: str
) -> None:
    receiver.behave = behave
    began = time.monotonic()
    answer = poster(world, receiver).post(receiver.url, BODY, HEADERS)
    assert (answer.status, answer.note) == (None, note)
    assert time.monotonic() - began < 4, "its own time is five seconds"


def test_the_body_of_an_answer_is_not_read_however_long(world: World, receiver: Receiver) -> None:
    receiver.behave = acts.floods
    assert poster(world, receiver).post(receiver.url, BODY, HEADERS).status == 200


def test_a_port_on_which_nobody_listens_is_said(world: World) -> None:
    with receiving() as receiver:
        pass
    answer = poster(world, receiver).post(receiver.url, BODY, HEADERS)
    assert (answer.status, answer.note) == (None, "127.0.0.1 cannot be reached (connection refused).")


def test_a_name_that_nobody_knows_is_said(world: World) -> None:
    def resolve(_host: str) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    answer = Poster(resolve=resolve, dial=world.dial).post("https://hooks.example/", BODY, HEADERS)
    assert answer.note == "hooks.example has a name that cannot be resolved."


def test_name_servers_that_take_their_time_are_not_waited_for(world: World) -> None:
    done: list[bool] = []

    def resolve(_host: str) -> Sequence[str]:
        time.sleep(1.0)
        done.append(True)
        return [PUBLIC]

    one = Poster(limits=Limits(connect=0.1, idle=0.1, total=0.2), resolve=resolve, dial=world.dial)
    answer = one.post("https://hooks.example/", BODY, HEADERS)
    assert (answer.status, done) == (None, [])
    assert answer.note.startswith("hooks.example did not")
    wait_until(lambda: bool(done))


def test_a_name_with_many_silent_addresses_takes_no_longer_than_one(world: World) -> None:
    waited: list[float] = []

    def dial(_address: str, _port: int, seconds: float) -> Any:
        waited.append(seconds)
        time.sleep(seconds)
        raise TimeoutError

    world.names = {"hooks.example": [[f"203.0.113.{n}" for n in range(1, 9)]]}
    one = Poster(limits=Limits(connect=0.2, idle=0.2, total=0.3), resolve=world.resolve, dial=dial)
    answer = one.post("https://hooks.example/", BODY, HEADERS)
    assert answer.status is None
    assert sum(waited) < 0.35
