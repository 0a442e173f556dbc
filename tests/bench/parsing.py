"""Lockfiles of the size that large projects have: both sides parsed and compared, by format."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from app.core.diff import compare
from tests.bench.figures import measured
from tests.stories.theatre import sri
from worker.lockfiles.register import FORMATS

PATHS = {
    "package-lock": "package-lock.json",
    "requirements": "requirements.txt",
    "uv-lock": "uv.lock",
    "poetry-lock": "poetry.lock",
    "yarn-lock": "yarn.lock",
    "pnpm-lock": "pnpm-lock.yaml",
}


def figures() -> Iterator[str]:
    """One row a format."""
    for name, write in WRITERS.items():
        before, after = write("1.0.0"), write("1.0.1")
        size = f"{len(before) / 1e6:.1f} MB"
        yield measured(partial(_compare, name, before, after)).line(f"{name}, {size}")


def _compare(name: str, before: bytes, after: bytes) -> None:
    parser = FORMATS[name]
    old, new = (parser.parse(PATHS[name], content) for content in (before, after))
    assert compare([old], [new]), name


def _version(number: int, version: str) -> str:
    """Each tenth package changes."""
    return version if number % 10 == 0 else "1.0.0"


def _package_lock(version: str) -> bytes:
    entries: dict[str, Any] = {"": {"name": "big", "dependencies": {"package-0": "1"}}}
    for number in range(24_000):
        this = _version(number, version)
        entries[f"node_modules/package-{number}"] = {
            "version": this,
            "resolved": f"https://registry.example/package-{number}/-/package-{number}-{this}.tgz",
            "integrity": sri(f"{number} {this}".encode()),
            "engines": {"node": ">=18"},
            "dependencies": {f"package-{number + 1}": "^1.0.0", f"package-{number + 7}": "^1.0.0"},
        }
    return json.dumps({"lockfileVersion": 3, "packages": entries}, indent=2).encode()


def _requirements(version: str) -> bytes:
    lines = (f"package-{n}=={_version(n, version)} \\\n    --hash=sha256:{n:064x}\n" for n in range(5_000))
    return "".join(lines).encode()


def _uv(version: str) -> bytes:
    parts = ['version = 1\nrevision = 3\nrequires-python = ">=3.11"\n']
    for number in range(1_000):
        this = _version(number, version)
        wheels = "".join(
            f'    {{ url = "https://files.example/p/package_{number}-{this}-cp311-cp311-linux_{n}.whl", '
            f'hash = "sha256:{number * 100 + n:064x}", size = {n + 1000}, '
            f'upload-time = "2026-01-0{n % 9 + 1}T00:00:00Z" }},\n'
            for n in range(8)
        )
        parts.append(
            f'\n[[package]]\nname = "package-{number}"\nversion = "{this}"\n'
            f'source = {{ registry = "https://registry.example/simple" }}\n'
            f'dependencies = [\n    {{ name = "package-{(number + 1) % 1000}" }},\n]\nwheels = [\n{wheels}]\n'
        )
    return "".join(parts).encode()


def _poetry(version: str) -> bytes:
    parts = []
    for number in range(1_500):
        this = _version(number, version)
        files = "".join(
            f'    {{file = "package_{number}-{this}-{n}.whl", hash = "sha256:{number * 100 + n:064x}"}},\n'
            for n in range(8)
        )
        parts.append(
            f'[[package]]\nname = "package-{number}"\nversion = "{this}"\ndescription = "One of many"\n'
            f'optional = false\npython-versions = ">=3.8"\ngroups = ["main"]\nfiles = [\n{files}]\n\n'
            f'[package.dependencies]\npackage-{(number + 1) % 1500} = ">=1"\n\n'
        )
    end = f'[metadata]\nlock-version = "2.1"\npython-versions = ">=3.11"\ncontent-hash = "{0:064x}"\n'
    return ("".join(parts) + end).encode()


def _yarn(version: str) -> bytes:
    parts = ["# yarn lockfile v1\n\n"]
    for number in range(2_500):
        this = _version(number, version)
        parts.append(
            f'\npackage-{number}@^1.0.0:\n  version "{this}"\n'
            f'  resolved "https://registry.example/package-{number}/-/package-{number}-{this}.tgz#{number:040x}"\n'
            f"  integrity {sri(f'{number} {this}'.encode())}\n"
            f'  dependencies:\n    package-{(number + 1) % 2500} "^1.0.0"\n'
        )
    return "".join(parts).encode()


def _pnpm(version: str) -> bytes:
    direct = _version(0, version)
    importers = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n"
    parts = [f"{importers}      package-0:\n        specifier: ^1.0.0\n        version: {direct}\n\npackages:\n\n"]
    numbers = range(2_500)
    parts += [
        f"  package-{n}@{_version(n, version)}:\n"
        f"    resolution: {{integrity: {sri(f'{n} {_version(n, version)}'.encode())}}}\n    engines: {{node: '>=18'}}\n\n"
        for n in numbers
    ]
    parts.append("snapshots:\n\n")
    for n in numbers:
        needed = (n + 1) % 2500
        parts.append(
            f"  package-{n}@{_version(n, version)}:\n    dependencies:\n"
            f"      package-{needed}: {_version(needed, version)}\n\n"
        )
    return "".join(parts).encode()


WRITERS: dict[str, Callable[[str], bytes]] = {
    "package-lock": _package_lock,
    "requirements": _requirements,
    "uv-lock": _uv,
    "poetry-lock": _poetry,
    "yarn-lock": _yarn,
    "pnpm-lock": _pnpm,
}
