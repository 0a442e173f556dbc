"""The fetcher's promises: limits hold, failures are named, and it goes nowhere it was not meant to go."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest

from app.core.errors import CannotExamine, NoAccess, PackageNotFound, Reason, RegistryUnavailable
from app.demo.faults import Fault, answers, breaks_off, drips, floods, hangs, redirects
from app.demo.registry import RegistryServer
from app.demo.shelf import Shelf
from app.registries import Endpoints
from tests.fakes.registry import digests
from tests.worker.registries.conftest import World, said
from worker.registries.download import AddressRefused, Endpoint, Fetcher

WHAT = "npm/fast-colour@2.4.1"
PATH = "npm/fast-colour/2.4.1"

Fetch = Callable[..., Fetcher]


@pytest.fixture
def home(server: RegistryServer) -> Endpoint:
    return Endpoint(server.endpoints.npm, authorization="Bearer s3cret")


@pytest.fixture
def fetcher(server: RegistryServer, world: World) -> Iterator[Fetch]:
    made: list[Fetcher] = []

    def make(**limits: float) -> Fetcher:
        made.append(world.fetcher(server.endpoints, **limits))
        return made[-1]

    yield make
    for one in made:
        one.close()


def failing(shelf: Shelf, fault: Fault, times: float = float("inf")) -> None:
    shelf.break_path("/" + PATH, fault, times)


# --- size -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [True, False])
def test_an_artifact_past_the_limit_is_given_up(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer, declared: bool
) -> None:
    failing(shelf, floods(4 << 20, declared=declared))

    with pytest.raises(CannotExamine) as caught:
        fetcher(artifact=1 << 20).store(f"{server.url}/{PATH}", home, "fast-colour-2.4.1.tgz")

    assert caught.value.reason is Reason.TOO_LARGE
    assert said(caught) == "fast-colour-2.4.1.tgz is larger than 1 MiB, the most that Assay fetches."
    assert len(server.seen) == 1  # asking again would not make it smaller


def test_a_compressed_answer_is_counted_unpacked(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer
) -> None:
    bomb = gzip.compress(bytes(32 << 20), mtime=0)
    failing(shelf, answers(200, bomb, Content_Encoding="gzip"))

    with pytest.raises(CannotExamine) as caught:
        fetcher(document=1 << 20).read(f"{server.url}/{PATH}", home, WHAT)

    assert said(caught) == (
        "The registry's answer about npm/fast-colour@2.4.1 is larger than 1 MiB, the most that Assay fetches."
    )


def test_an_artifact_is_stored_exactly_as_served(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer
) -> None:
    """A server that labels a .tgz as compressed for the way must not make us unpack it: the hash is of the .tgz."""
    content = gzip.compress(b"package", mtime=0)
    failing(shelf, answers(200, content, Content_Encoding="gzip"))

    stored = fetcher().store(f"{server.url}/{PATH}", home, WHAT)

    with stored.content as file:
        assert file.read() == content
        assert stored.digests == digests(content)
        assert stored.size == len(content)


# --- failures -------------------------------------------------------------------------------------------------------


def test_a_registry_that_is_out_of_order_is_asked_twice(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer, world: World
) -> None:
    failing(shelf, answers(503))

    with pytest.raises(RegistryUnavailable) as caught:
        fetcher().read(f"{server.url}/{PATH}", home, WHAT)

    assert said(caught) == "The registry answered 503 twice. npm/fast-colour@2.4.1 is not examined yet."
    assert len(server.seen) == 2
    assert world.naps == [pytest.approx(0.6)]


def test_the_second_try_may_succeed(fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer) -> None:
    failing(shelf, answers(502), times=1)

    assert b"fast-colour" in fetcher().read(f"{server.url}/{PATH}", home, WHAT).body


def test_a_short_wait_that_the_registry_asks_for_is_kept(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer, world: World
) -> None:
    failing(shelf, answers(429, Retry_After="3"), times=1)

    fetcher().read(f"{server.url}/{PATH}", home, WHAT)

    assert world.naps == [3.0]


def test_a_long_wait_is_left_to_a_later_review(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer, world: World
) -> None:
    failing(shelf, answers(429, Retry_After="600"))

    with pytest.raises(RegistryUnavailable) as caught:
        fetcher().read(f"{server.url}/{PATH}", home, WHAT)

    assert said(caught) == (
        "The registry answered 429 and asks us to wait 600 seconds. npm/fast-colour@2.4.1 is not examined yet."
    )
    assert world.naps == []


@pytest.mark.parametrize(
    ("fault", "limits", "words"),
    [
        (answers(500), {}, "The registry answered 500 twice."),
        (answers(206, "part"), {}, "The registry answered 206 twice."),
        (hangs(), {"idle": 0.2}, "The registry did not answer in time."),
        (drips(bytes(10000), 0.05), {"total": 0.4}, "The registry did not send everything in time."),
        (breaks_off(b"half", missing=4), {}, "The registry broke off its answer, or answered what is not HTTP."),
        (answers(302), {}, "The registry sent us on without saying where to."),
    ],
)
def test_no_answer_is_never_an_empty_answer(
    fetcher: Fetch,
    home: Endpoint,
    shelf: Shelf,
    server: RegistryServer,
    fault: Fault,
    limits: dict[str, float],
    words: str,
) -> None:
    """F26: whatever goes wrong, the package is named as not examined."""
    failing(shelf, fault)

    for fetch in (fetcher(**limits).read, fetcher(**limits).store):
        with pytest.raises(RegistryUnavailable) as caught:
            fetch(f"{server.url}/{PATH}", home, WHAT)
        assert said(caught) == f"{words} npm/fast-colour@2.4.1 is not examined yet."


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\nX-Slow: ",  # a header without end
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;",  # a chunk's size without end
        b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
    ],
)
def test_a_slow_drip_ends_with_the_time_for_the_request(world: World, head: bytes) -> None:
    """Each byte comes in time; all of them together would take for ever."""
    with dripping(head) as port:
        endpoints = Endpoints(f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/simple/")
        with world.fetcher(endpoints, total=0.4, tries=1) as fetcher, pytest.raises(RegistryUnavailable) as caught:
            fetcher.read(endpoints.npm, Endpoint(endpoints.npm), WHAT)

    assert said(caught).startswith("The registry did not send everything in time.")


def test_a_registry_that_is_not_there_is_named(world: World) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoints = Endpoints(f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/simple/")

    with world.fetcher(endpoints) as fetcher, pytest.raises(RegistryUnavailable) as caught:
        fetcher.read(endpoints.npm, Endpoint(endpoints.npm), WHAT)

    assert said(caught) == (
        "The registry cannot be reached (connection refused). npm/fast-colour@2.4.1 is not examined yet."
    )


def test_a_registry_whose_name_does_not_resolve_is_named(world: World) -> None:
    def unknown(host: str) -> tuple[str, ...]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    endpoint = Endpoint("https://registry.example/")
    fetcher = Fetcher([endpoint], resolve=unknown, sleep=world.naps.append)
    with fetcher, pytest.raises(RegistryUnavailable) as caught:
        fetcher.read("https://registry.example/x", endpoint, WHAT)

    assert said(caught).startswith("The registry has a name that cannot be resolved.")


@pytest.mark.parametrize("status", [404, 410, 451])
def test_what_is_not_there_is_not_found(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer, status: int
) -> None:
    failing(shelf, answers(status))

    with pytest.raises(PackageNotFound):
        fetcher().read(f"{server.url}/{PATH}", home, WHAT)

    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("status", "authorization", "says"),
    [
        (401, "Bearer s3cret", "it does not take the credentials that are set for it. Whoever runs Assay should check them."),
        (403, "Bearer s3cret", "it does not allow this to the credentials that are set for it. Whoever runs Assay should check them."),
        (401, None, "it wants credentials, and none are set for it. Whoever runs Assay can set them."),
    ],
)  # fmt: skip
def test_a_refusal_says_who_can_mend_it_and_does_not_go_away_by_itself(
    fetcher: Fetch,
    home: Endpoint,
    shelf: Shelf,
    server: RegistryServer,
    status: int,
    authorization: str | None,
    says: str,
) -> None:
    failing(shelf, answers(status))

    with pytest.raises(NoAccess) as caught:
        fetcher().read(f"{server.url}/{PATH}", replace(home, authorization=authorization), WHAT)

    assert caught.value.reason is Reason.NO_ACCESS
    assert said(caught) == f"The registry answered {status} for npm/fast-colour@2.4.1: {says} It is not examined."


def test_a_registry_that_keeps_failing_is_left_alone(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer
) -> None:
    failing(shelf, answers(500))
    one = fetcher()

    for _ in range(6):
        with pytest.raises(RegistryUnavailable) as caught:
            one.read(f"{server.url}/{PATH}", home, WHAT)

    assert said(caught).startswith("The registry failed so often that it is left alone for a while.")
    assert len(server.seen) == 5


def test_one_fetcher_serves_many_threads(fetcher: Fetch, home: Endpoint, server: RegistryServer) -> None:
    one = fetcher()
    paths = [f"{server.url}/npm/fast-colour/2.4.{number % 2}" for number in range(40)]

    with ThreadPoolExecutor(8) as pool:
        bodies = list(pool.map(lambda url: one.read(url, home, WHAT).body, paths))

    assert [json.loads(body)["version"] for body in bodies] == [path.rpartition("/")[2] for path in paths]


# --- place ----------------------------------------------------------------------------------------------------------


def test_a_redirect_on_the_registry_itself_is_followed_with_credentials(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer
) -> None:
    shelf.break_path("/old", redirects("npm/fast-colour/2.4.1"))

    document = fetcher().read(f"{server.url}/old", home, WHAT)

    assert document.url == f"{server.url}/{PATH}"
    assert [seen.headers.get("authorization") for seen in server.seen] == ["Bearer s3cret", "Bearer s3cret"]


def test_credentials_do_not_cross_to_another_registry(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer, world: World
) -> None:
    """The other one is configured too, so it is asked; but it gets no credentials, nor does the way back."""
    with RegistryServer(shelf) as other:
        endpoints = Endpoints(server.endpoints.npm, other.endpoints.pypi)
        shelf.break_path("/over", redirects(f"{other.url}/back"))
        shelf.break_path("/back", redirects(f"{server.url}/{PATH}"))
        with world.fetcher(endpoints) as one:
            one.read(f"{server.url}/over", home, WHAT)

    assert [seen.headers.get("authorization") for seen in server.seen] == ["Bearer s3cret", None]
    assert [seen.headers.get("authorization") for seen in other.seen] == [None]


def test_redirects_without_end_are_given_up(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer
) -> None:
    failing(shelf, redirects(f"/{PATH}"))

    with pytest.raises(RegistryUnavailable) as caught:
        fetcher(tries=1).read(f"{server.url}/{PATH}", home, WHAT)

    assert said(caught).startswith("The registry sent us on more than 3 times.")
    assert len(server.seen) == 4


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "//169.254.169.254/latest/",
        "https://metadata.example/computeMetadata/v1/",
        "http://localhost:1/",
        "file:///etc/passwd",
        "https://files.example\\@metadata.example/",
    ],
)
def test_a_redirect_to_an_inner_address_is_refused_and_counted(
    fetcher: Fetch, home: Endpoint, shelf: Shelf, server: RegistryServer, world: World, location: str
) -> None:
    """F30."""
    world.names = {"metadata.example": [["169.254.169.254"]]}
    failing(shelf, redirects(location))
    one = fetcher()

    with pytest.raises(AddressRefused) as caught:
        one.read(f"{server.url}/{PATH}", home, WHAT)

    assert said(caught).startswith("The registry sends us where Assay does not go: ")
    assert said(caught).endswith("npm/fast-colour@2.4.1 is not examined.")
    assert one.refusals == 1
    assert set(world.dialled) == {"127.0.0.1"}
    assert len(server.seen) == 1


def test_an_address_of_the_registrys_own_host_on_another_port_is_not_the_registry(
    fetcher: Fetch, home: Endpoint, world: World
) -> None:
    with pytest.raises(AddressRefused) as caught:
        fetcher().store("http://127.0.0.1:1/x.tgz", home, WHAT)

    assert world.dialled == []
    assert "127.0.0.1 is a bare IP address" in said(caught)


@contextmanager
def dripping(head: bytes) -> Iterator[int]:
    """A server that sends a head at once and then one byte at a time, for ever."""
    stop = threading.Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(head)
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"1")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        stop.set()
        thread.join()
