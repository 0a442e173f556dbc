"""npm, yarn and pnpm lock one project, and what Assay reads from their three files is the same."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from app.core.lockfile import Lockfile
from worker.lockfiles.register import parser_for

MANIFEST = {
    "name": "shop",
    "version": "1.0.0",
    "private": True,
    "dependencies": {"debug": "4.3.4", "old-ms": "npm:ms@2.0.0", "@babel/helper-string-parser": "7.25.9"},
    "devDependencies": {"is-odd": "3.0.1", "ms": "2.1.3"},
}
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts")
TOOLS = {
    "package-lock.json": ("npm", "install", "--package-lock-only", *QUIET),
    "yarn.lock": ("npx", "--yes", "yarn@1", "install", "--ignore-scripts", "--non-interactive"),
    "pnpm-lock.yaml": ("npx", "--yes", "pnpm@10", "install", "--lockfile-only", "--ignore-scripts"),
}

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(shutil.which("npx") is None, reason="needs npm"),
]


def locked(file: str, folder: Path) -> Lockfile:
    """The project's lockfile, as its tool writes it today."""
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps(MANIFEST), "utf-8")
    subprocess.run(TOOLS[file], cwd=folder, check=True, capture_output=True, timeout=100)
    parser = parser_for(file)
    assert parser is not None
    return parser.parse(file, (folder / file).read_bytes())


def test_three_tools_lock_the_same_packages(tmp_path: Path) -> None:
    lockfiles = [locked(file, tmp_path / file.partition(".")[0]) for file in TOOLS]
    read = [{(pin.package.label, pin.alias) for pin in lockfile.pins} for lockfile in lockfiles]
    assert read[0] == read[1] == read[2]
    assert ("npm/ms@2.0.0", "old-ms") in read[0]
    assert not any(lockfile.problems or lockfile.notices for lockfile in lockfiles)
    strong = [{pin.package.label: pin.digests[0] for pin in lockfile.pins} for lockfile in lockfiles]
    assert strong[0] == strong[1] == strong[2]
