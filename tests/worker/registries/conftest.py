"""A loopback registry with a few packages, and a fetcher that notes where it goes and never sleeps."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from app.core.errors import CannotExamine
from app.core.package import Ecosystem
from app.core.ports import Registry
from app.demo.packages import npm_tarball, sdist, sdist_filename, wheel, wheel_filename
from app.demo.registry import RegistryServer
from app.demo.shelf import Shelf
from app.registries import Endpoints
from worker.connections import dial_tcp, resolve_name
from worker.registries import configured, open_registries
from worker.registries.download import Fetcher, Limits

LINUX = "cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64"
MACOS = "cp311-cp311-macosx_11_0_arm64"


@pytest.fixture
def shelf() -> Shelf:
    """`fast-colour`, `@acme/tool`, and `img-press` with an sdist and wheels."""
    shelf = Shelf()
    shelf.put_npm("fast-colour", "2.4.0", npm_tarball("fast-colour", "2.4.0", {"index.js": "0"}))
    shelf.put_npm("fast-colour", "2.4.1", npm_tarball("fast-colour", "2.4.1", {"index.js": "1"}), deprecated="too fast")
    shelf.put_npm("@acme/tool", "1.0.0", npm_tarball("@acme/tool", "1.0.0", scripts={"postinstall": "node x"}))
    shelf.put_pypi("Img.Press", sdist_filename("Img.Press", "3.0"), sdist("Img.Press", "3.0"))
    shelf.put_pypi("Img.Press", wheel_filename("Img.Press", "3.0"), wheel("Img.Press", "3.0"))
    for tag in (LINUX, MACOS):
        content = wheel("Img.Press", "3.1", {"imgpress/__init__.py": tag}, tag=tag)
        shelf.put_pypi("Img.Press", wheel_filename("Img.Press", "3.1", tag), content)
    return shelf


@dataclass
class World:
    """What a fetcher sees of the world, and what it did: names it resolved, addresses it dialled, naps it took.

    `names` are hosts with their addresses (several lists: one for each time they are asked); `hosts` are addresses
    that lead to a loopback port.
    """

    names: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    hosts: Mapping[str, int] = field(default_factory=dict)
    now: float = 0.0
    resolved: list[str] = field(default_factory=list)
    dialled: list[str] = field(default_factory=list)
    naps: list[float] = field(default_factory=list)

    def resolve(self, host: str) -> Sequence[str]:
        self.resolved.append(host)
        answers = self.names.get(host.rstrip("."))
        if answers is None:
            return resolve_name(host)  # an address, or localhost
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def dial(self, address: str, port: int, seconds: float) -> socket.socket:
        self.dialled.append(address)
        if address in self.hosts:
            return dial_tcp("127.0.0.1", self.hosts[address], seconds)
        return dial_tcp(address, port, seconds)

    def fetcher(self, endpoints: Endpoints, **limits: Any) -> Fetcher:
        return Fetcher(
            configured(endpoints),
            limits=Limits(**limits),
            resolve=self.resolve,
            dial=self.dial,
            sleep=self.naps.append,
            jitter=lambda: 0.5,
        )


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def server(shelf: Shelf) -> Iterator[RegistryServer]:
    with RegistryServer(shelf) as server:
        yield server


Open = Callable[..., dict[Ecosystem, Registry]]


@pytest.fixture
def registries(server: RegistryServer, world: World) -> Iterator[Open]:
    """Open the registries of the loopback server, under limits given as keywords."""
    with ExitStack() as stack:

        def open_with(**limits: Any) -> dict[Ecosystem, Registry]:
            fetcher = stack.enter_context(world.fetcher(server.endpoints, **limits))
            return open_registries(server.endpoints, fetcher=fetcher)

        yield open_with


def said(error: pytest.ExceptionInfo[CannotExamine]) -> str:
    """What people read."""
    return error.value.detail
