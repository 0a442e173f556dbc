"""A lockfile that uv makes now, read as uv reads it: a newer uv may write what no case shows. Run with `-m network`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
import uv

from app.core.lockfile import Scope
from worker.lockfiles import uv_lock

pytestmark = [pytest.mark.network, pytest.mark.enable_socket]

PROJECT = """
[project]
name = "shop"
version = "1.0.0"
requires-python = ">=3.11"
dependencies = ["requests[socks]>=2.31", "numpy<2; python_version<'3.12'", "numpy>=2; python_version>='3.12'"]
[project.optional-dependencies]
plot = ["kiwisolver"]
[dependency-groups]
dev = ["pytest"]
"""


@pytest.fixture(autouse=True)
def asked_for(request: pytest.FixtureRequest) -> None:
    if "network" not in request.config.getoption("markexpr"):
        pytest.skip("run with -m network")


def test_the_packages_are_those_that_uv_lists(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    run(tmp_path, "lock")
    listed = json.loads(run(tmp_path, "export", "--frozen", "--all-extras", "--all-groups", "--format", "cyclonedx1.5"))

    lockfile = uv_lock.parse("uv.lock", (tmp_path / "uv.lock").read_bytes())

    assert not lockfile.problems
    assert {(pin.package.name, pin.package.version) for pin in lockfile.pins} == {
        (component["name"], component["version"]) for component in listed["components"]
    }
    assert {pin.package.name for pin in lockfile.pins if pin.direct} == {"requests", "numpy", "kiwisolver", "pytest"}
    assert {pin.package.name for pin in lockfile.pins if pin.scope is Scope.OPTIONAL} == {"kiwisolver"}
    assert all(pin.digests for pin in lockfile.pins)


def run(folder: Path, *words: str) -> str:
    environment = {**os.environ, "UV_CACHE_DIR": str(folder / "cache")}
    command = [uv.find_uv_bin(), *words, "--quiet", "--no-config"]
    return subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True, text=True).stdout
