"""Figures side by side: `make bench`. Nothing here is a test, and no test measures time."""

from __future__ import annotations

import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from app.core.diff import compare
from app.core.package import Package
from app.core.ports import InspectionRequest
from app.core.specimen import ArtifactKind
from app.demo.packages import npm_tarball, sdist
from tests.fakes.clock import FakeClock
from tests.stories.theatre import Theatre, npm_files, sri, theatre
from worker.inspection.sandbox import SealedInspector
from worker.lockfiles import package_lock, requirements_txt

JAVASCRIPT = """
const path = require('path')
const fs = require('fs')
function read%(n)d(name, options) {
  const full = path.join(options.root, name + '%(n)d')
  return fs.readFileSync(full, 'utf8').split('\\n').map(line => line.trim()).filter(Boolean)
}
exports.read%(n)d = read%(n)d
"""
PYTHON = '''
import os
import json
def read_%(n)d(name, root="."):
    """Read a file of records."""
    with open(os.path.join(root, name)) as stream:
        return [json.loads(line) for line in stream if line.strip()]
'''


def main() -> None:
    """Print every figure as it comes."""
    for name, figures in (("parse and compare", _parsing), ("inspection", _inspection), ("review", _reviews)):
        click.echo(f"\n{name}")
        for line in figures():
            click.echo(f"  {line}")
    click.echo(f"\npeak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _parsing() -> Iterator[str]:
    lock, changed = (_big_lock(version) for version in ("1.0.0", "1.0.1"))
    yield _measured(
        f"package-lock of {len(lock) / 1e6:.1f} MB, both sides parsed and compared", lambda: _diff(lock, changed)
    )
    pins = "".join(f"package-{n}==1.{n} \\\n    --hash=sha256:{n:064x}\n" for n in range(5000)).encode()
    yield _measured(
        f"requirements of {len(pins) / 1e6:.1f} MB with hashes, parsed",
        lambda: requirements_txt.parse("requirements.txt", pins),
    )


def _diff(before: bytes, after: bytes) -> object:
    return compare([package_lock.parse("package-lock.json", before)], [package_lock.parse("package-lock.json", after)])


def _big_lock(version: str) -> bytes:
    entries: dict[str, Any] = {"": {"name": "big", "dependencies": {"package-0": "1"}}}
    for number in range(26_000):
        entries[f"node_modules/package-{number}"] = {
            "version": version if number % 10 == 0 else "1.0.0",
            "resolved": f"https://registry.example/package-{number}/-/package-{number}-{version}.tgz",
            "integrity": sri(f"{number} {version if number % 10 == 0 else 0}".encode()),
            "engines": {"node": ">=18"},
            "dependencies": {f"package-{number + 1}": "^1.0.0", f"package-{number + 7}": "^1.0.0"},
        }
    return json.dumps({"lockfileVersion": 3, "packages": entries}, indent=2).encode()


def _inspection() -> Iterator[str]:
    many = range(3000)
    packages = {
        "1 MB of JavaScript in 20 files": (
            npm_tarball("bench", "1.0.0", _files("js", JAVASCRIPT, many)), ArtifactKind.NPM_TARBALL, "bench-1.0.0.tgz"
        ),
        "1 MB of Python in 20 files": (
            sdist("bench", "1.0.0", _files("py", PYTHON, many)), ArtifactKind.SDIST, "bench-1.0.0.tar.gz"
        ),
        "a package of one line": (
            npm_tarball("bench", "1.0.0", {"index.js": "module.exports = 1\n"}), ArtifactKind.NPM_TARBALL, "b-1.0.0.tgz"
        ),
    }  # fmt: skip
    with SealedInspector() as inspector:
        yield _measured("the template starts", inspector.start)
        for name, (archive, kind, filename) in packages.items():
            yield _measured(name, lambda a=archive, k=kind, f=filename: _inspect(inspector, a, k, f))  # type: ignore[misc]


def _files(suffix: str, text: str, numbers: range) -> dict[str, str]:
    size = len(numbers) // 20
    return {
        f"bench/part{start}.{suffix}": "".join(text % {"n": n} for n in numbers[start : start + size])
        for start in range(0, len(numbers), size)
    }


def _inspect(inspector: SealedInspector, archive: bytes, kind: ArtifactKind, filename: str) -> None:
    with tempfile.TemporaryFile() as content:
        content.write(archive)
        content.seek(0)
        inspection = inspector.inspect(
            InspectionRequest(Package.parse("npm/bench@1.0.0"), filename, kind, archive=content)
        )
    assert inspection.facts is not None, inspection.not_examined


def _reviews() -> Iterator[str]:
    with SealedInspector(pool=os.cpu_count() or 2) as inspector:
        inspector.start()
        for number in (1, 20, 200):
            with tempfile.TemporaryDirectory() as folder, theatre(Path(folder), FakeClock(), inspector) as house:
                packages = {f"package-{n}": ("1.0.0", _publish(house, n)) for n in range(number)}
                repository = house.repository(npm_files({}))
                for temperature in ("cold", "warm"):
                    pull = house.github.open_pull(repository, temperature, npm_files(packages))
                    yield _measured(f"{number} changed packages, {temperature}", house.settle)
                    assert house.check(pull).conclusion == "success", house.check(pull).title


def _publish(house: Theatre, number: int) -> str:
    return house.publish(f"package-{number}", "1.0.0", {"index.js": JAVASCRIPT % {"n": number} * 20})


def _measured(name: str, work: Callable[[], object]) -> str:
    began = time.perf_counter()
    work()
    return f"{name:<62} {time.perf_counter() - began:7.2f} s"


if __name__ == "__main__":
    main()
