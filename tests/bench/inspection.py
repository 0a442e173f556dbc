"""What opening packages costs: in sealed children, and the reading of source alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from functools import partial

from app.core.package import Package
from app.core.ports import InspectionRequest
from app.core.specimen import ArtifactKind
from app.demo.packages import npm_tarball, sdist
from tests.bench.figures import clocked, measured
from worker.inspection.facts.extractors import LANGUAGES
from worker.inspection.facts.tree import Budget
from worker.inspection.sandbox import SealedInspector

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


def figures() -> Iterator[str]:
    """Source alone by language, then whole packages in sealed children."""
    for language, text in (("javascript", JAVASCRIPT), ("python", PYTHON)):
        files = _files(text, range(3000))
        size = sum(map(len, files.values())) / 1e6
        _read(language, _files(text, range(20)))  # grammars are loaded before the clock runs
        figure = measured(partial(_read, language, files))
        yield figure.line(f"{language}, {size:.1f} MB read: {size / figure.cpu:.1f} MB a CPU second")
    packages = {
        "a package of 1 MB of JavaScript": (
            npm_tarball(
                "bench", "1.0.0", {f"{name}.js": text for name, text in _files(JAVASCRIPT, range(3000)).items()}
            ),
            ArtifactKind.NPM_TARBALL,
            "bench-1.0.0.tgz",
        ),
        "a package of 1 MB of Python": (
            sdist("bench", "1.0.0", {f"bench/{name}.py": text for name, text in _files(PYTHON, range(3000)).items()}),
            ArtifactKind.SDIST,
            "bench-1.0.0.tar.gz",
        ),
        "a package of one line": (
            npm_tarball("bench", "1.0.0", {"index.js": "module.exports = 1\n"}),
            ArtifactKind.NPM_TARBALL,
            "bench-1.0.0.tgz",
        ),
    }
    with SealedInspector() as inspector:
        yield clocked("the template starts", inspector.start)
        for name, (archive, kind, filename) in packages.items():
            yield clocked(f"{name}, in a sealed child", partial(_inspect, inspector, archive, kind, filename))


def _files(text: str, numbers: range) -> dict[str, str]:
    size = len(numbers) // 20
    return {
        f"part{start}": "".join(text % {"n": n} for n in numbers[start : start + size])
        for start in range(0, len(numbers), size)
    }


def _read(language: str, files: dict[str, str]) -> None:
    suffix = {"javascript": "js", "python": "py"}[language]
    for name, text in files.items():
        found = LANGUAGES.read_file(language, f"{name}.{suffix}", text.encode(), Budget(60))
        assert found.facts, name


def _inspect(inspector: SealedInspector, archive: bytes, kind: ArtifactKind, filename: str) -> None:
    with tempfile.TemporaryFile() as content:
        content.write(archive)
        content.seek(0)
        inspection = inspector.inspect(
            InspectionRequest(Package.parse("npm/bench@1.0.0"), filename, kind, archive=content)
        )
    assert inspection.facts is not None, inspection.not_examined
