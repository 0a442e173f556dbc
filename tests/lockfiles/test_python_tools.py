"""pdm, pipenv and uv lock a project today, and what is read is what the tool lists. Run with `-m network`."""

from __future__ import annotations

import json
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from app.core.lockfile import Lockfile
from worker.lockfiles import pdm_lock, pipfile_lock, pylock

pytestmark = [pytest.mark.network]

PROJECT = '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["requests==2.32.3"]\n'
PIPFILE = '[packages]\nrequests = "==2.32.3"\n[dev-packages]\niniconfig = "*"\n'


def needs(tool: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(tool) is None, reason=f"needs {tool}")


def run(folder: Path, *words: str) -> str:
    return subprocess.run(words, cwd=folder, check=True, capture_output=True, text=True, timeout=100).stdout


def packages(lockfile: Lockfile) -> set[tuple[str, str]]:
    assert not lockfile.problems
    assert not lockfile.notices
    return {(pin.package.name, pin.package.version) for pin in lockfile.pins}


@needs("pdm")
def test_the_packages_are_those_that_pdm_exports(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    run(tmp_path, "pdm", "lock")
    exported = run(tmp_path, "pdm", "export", "--no-hashes", "--no-markers").splitlines()
    listed = {
        line.partition(" ")[0].partition(";")[0] for line in exported if "==" in line and not line.startswith("#")
    }
    read = packages(pdm_lock.parse("pdm.lock", (tmp_path / "pdm.lock").read_bytes()))
    assert {f"{name}=={version}" for name, version in read} == listed


@needs("pipenv")
def test_the_packages_are_those_that_pipenv_locked(tmp_path: Path) -> None:
    (tmp_path / "Pipfile").write_text(PIPFILE, "utf-8")
    run(tmp_path, "pipenv", "lock")
    content = (tmp_path / "Pipfile.lock").read_bytes()
    document = json.loads(content)
    listed = {
        (name, entry["version"].removeprefix("=="))
        for category in ("default", "develop")
        for name, entry in document[category].items()
    }
    assert packages(pipfile_lock.parse("Pipfile.lock", content)) == listed


@pytest.mark.skipif(shutil.which("uv") is None, reason="needs uv")
def test_the_packages_are_those_that_uv_exports_as_pylock(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT, "utf-8")
    run(tmp_path, "uv", "lock", "--quiet")
    run(
        tmp_path,
        "uv",
        "export",
        "--quiet",
        "--frozen",
        "--no-emit-project",
        "--format",
        "pylock.toml",
        "-o",
        "pylock.toml",
    )
    content = (tmp_path / "pylock.toml").read_bytes()
    listed = {(one["name"], one["version"]) for one in tomllib.loads(content.decode())["packages"]}
    assert packages(pylock.parse("pylock.toml", content)) == listed
