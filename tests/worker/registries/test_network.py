"""A look at the real registries, through this machine's own configuration. Run with `-m network`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from app.core.integrity import Outcome, compare
from app.core.package import Package
from app.endpoints import find_endpoints
from worker.registries import open_registries

pytestmark = [pytest.mark.network, pytest.mark.enable_socket]


@pytest.fixture(autouse=True)
def asked_for(request: pytest.FixtureRequest) -> None:
    if "network" not in request.config.getoption("markexpr"):
        pytest.skip("run with -m network")


@pytest.mark.parametrize("label", ["npm/is-number@7.0.0", "npm/@types/node@20.11.5", "pypi/requests@2.32.3"])
def test_well_known_packages_are_found_and_match_their_own_hashes(label: str) -> None:
    package = Package.parse(label)
    registry = open_registries(find_endpoints(os.environ, Path.home()))[package.ecosystem]

    release = registry.release(package)

    assert release.artifacts
    for artifact in release.artifacts:
        with registry.download(artifact) as download:
            assert compare(artifact.digests, download.digests) is Outcome.MATCH
