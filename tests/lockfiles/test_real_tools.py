"""npm, yarn, pnpm, bun and deno lock one project, and what Assay reads is what they list themselves. Needs `-m network`.

The tools come by `npx`, in the versions of today: a newer one may write what no case shows. No script of a package runs.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from app.core.lockfile import Lockfile, Pin
from worker.lockfiles.register import parser_for

MANIFEST = {
    "name": "shop",
    "version": "1.0.0",
    "private": True,
    "dependencies": {"debug": "4.3.4", "old-ms": "npm:ms@2.0.0", "@babel/helper-string-parser": "7.25.9"},
    "devDependencies": {"is-odd": "3.0.1", "ms": "2.1.3"},
}
PACKAGES = {
    "npm/@babel/helper-string-parser@7.25.9",
    "npm/debug@4.3.4",
    "npm/is-number@6.0.0",
    "npm/is-odd@3.0.1",
    "npm/ms@2.0.0",
    "npm/ms@2.1.2",
    "npm/ms@2.1.3",
}
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts")
BERRY = ("npx", "--yes", "--package=@yarnpkg/cli-dist@4", "yarn")
BUN = ("npx", "--yes", "bun@1")
TOOLS = {
    "npm": ("package-lock.json", "npm", "install", "--package-lock-only", *QUIET),
    "npm 6": ("package-lock.json", "npx", "--yes", "npm@6", "install", "--package-lock-only", *QUIET),
    "yarn 1": ("yarn.lock", "npx", "--yes", "yarn@1", "install", "--ignore-scripts", "--non-interactive"),
    "yarn 4": ("yarn.lock", *BERRY, "install", "--mode=update-lockfile"),
    "pnpm": ("pnpm-lock.yaml", "npx", "--yes", "pnpm@10", "install", "--lockfile-only", "--ignore-scripts"),
    "bun": ("bun.lock", *BUN, "install", "--lockfile-only", "--ignore-scripts"),
    "deno": ("deno.lock", "npx", "--yes", "deno@2", "install", "--lockfile-only"),
}
YARN = {"YARN_ENABLE_SCRIPTS": "0", "YARN_ENABLE_TELEMETRY": "0", "YARN_ENABLE_IMMUTABLE_INSTALLS": "0"}

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(shutil.which("npx") is None, reason="needs npm"),
]


@pytest.fixture(params=TOOLS)
def tool(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def locked(tool: str, folder: Path) -> Lockfile:
    """The project's lockfile, as the tool writes it today."""
    file, *command = TOOLS[tool]
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps(MANIFEST), "utf-8")
    if tool == "yarn 4":
        (folder / file).touch()  # or it looks for a project in the folders above
    run(command, folder)
    parser = parser_for(file)
    assert parser is not None
    return parser.parse(file, (folder / file).read_bytes())


def run(command: list[str] | tuple[str, ...], folder: Path) -> str:
    environment = {**os.environ, **YARN, "DENO_DIR": str(folder / ".deno")}
    done = subprocess.run(
        command, cwd=folder, check=True, capture_output=True, timeout=100, env=environment, text=True, encoding="utf-8"
    )
    return done.stdout


def labels(lockfile: Lockfile) -> set[str]:
    return {pin.package.label for pin in lockfile.pins}


def test_every_tool_locks_the_same_packages(tool: str, tmp_path: Path) -> None:
    lockfile = locked(tool, tmp_path / "shop")
    assert not lockfile.problems
    assert not lockfile.notices
    assert labels(lockfile) == PACKAGES
    transitive = {pin.package.label for pin in lockfile.pins if not pin.direct}
    assert transitive == {"npm/is-number@6.0.0", "npm/ms@2.1.2"}
    assert {pin.package.label: pin.parents for pin in lockfile.pins if pin.parents} == {
        "npm/is-number@6.0.0": ("npm/is-odd@3.0.1",),
        "npm/ms@2.1.2": ("npm/debug@4.3.4",),
    }
    if tool != "deno":  # which does not write down under which name
        assert {(pin.package.label, pin.alias) for pin in lockfile.pins if pin.alias} == {("npm/ms@2.0.0", "old-ms")}


def test_the_hashes_are_those_of_npm(tmp_path: Path) -> None:
    """But for yarn 4, whose checksums are over archives of its own."""
    tools = [tool for tool in TOOLS if tool != "yarn 4"]
    read = [locked(tool, tmp_path / str(number)) for number, tool in enumerate(tools)]
    strong = [{pin.package.label: pin.digests[0] for pin in lockfile.pins} for lockfile in read]
    assert dict(zip(tools, strong, strict=True)) == dict.fromkeys(tools, strong[0])
    assert all(_is_summed(pin) for pin in locked("yarn 4", tmp_path / "berry").pins)


def _is_summed(pin: Pin) -> bool:
    return not pin.digests and pin.checksum is not None and bool(pin.checksum.hex)


def test_the_packages_are_those_that_yarn_lists(tmp_path: Path) -> None:
    lockfile = locked("yarn 4", tmp_path / "shop")
    listed = [json.loads(line) for line in run((*BERRY, "info", "-AR", "--json"), tmp_path / "shop").splitlines()]
    said = {f"npm/{one['value'].replace('@npm:', '@')}" for one in listed if "@npm:" in one["value"]}
    assert labels(lockfile) == said


def test_the_packages_are_those_that_bun_lists(tmp_path: Path) -> None:
    lockfile = locked("bun", tmp_path / "shop")
    listed = run((*BUN, "pm", "ls", "--all"), tmp_path / "shop").splitlines()[1:]
    aliased = {f"npm/{pin.alias}@{pin.package.version}" for pin in lockfile.pins if pin.alias}
    said = {f"npm/{line.split()[-1]}" for line in listed}
    assert said - aliased == labels(lockfile) - {"npm/ms@2.0.0"}


def test_the_packages_are_those_that_npm_lists(tmp_path: Path) -> None:
    lockfile = locked("npm", tmp_path / "shop")
    listed = run(("npm", "ls", "--all", "--parseable", "--long", "--package-lock-only"), tmp_path / "shop")
    said = {line.partition(":")[2].rpartition("npm:")[2] for line in listed.splitlines()[1:]}
    assert {label.removeprefix("npm/") for label in labels(lockfile)} == said
