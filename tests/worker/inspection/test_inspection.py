"""Real archives through the real sealed child: reader, extractors and rules together, with nothing but the archive."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest

from app.core.errors import Reason
from app.core.package import Package
from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactKind, FactId, NotExamined
from tests.worker.inspection.archives import NPM, SDIST, WHEEL, entry, tarball, tgz
from tests.worker.inspection.zips import wheel
from worker.inspection.engine import ENGINE
from worker.inspection.sandbox import SealedInspector

MANIFEST = '{"name": "fast-colour", "version": "2.4.1", "scripts": {"postinstall": "node setup.js"}}'
SETUP = "const https = require('https');\nhttps.request({ host: 'drop.example' });\n"


@pytest.fixture(scope="module")
def inspector() -> Iterator[SealedInspector]:
    with SealedInspector() as sealed:
        yield sealed


def inspect(inspector: SealedInspector, kind: ArtifactKind, content: bytes, filename: str) -> Inspection:
    package = Package.parse("npm/fast-colour@2.4.1" if kind is NPM else "pypi/imgpress@3.0.0")
    return inspector.inspect(InspectionRequest(package, filename, kind, io.BytesIO(content)))


def test_what_an_npm_tarball_can_do_is_found_and_judged(inspector: SealedInspector) -> None:
    archive = tarball({"package.json": MANIFEST, "setup.js": SETUP})
    inspection = inspect(inspector, NPM, archive, "fast-colour-2.4.1.tgz")
    assert inspection.facts is not None, inspection.not_examined
    facts = {(file.path, fact.id, fact.line) for file in inspection.facts.files for fact in file.facts}
    assert ("package.json", FactId.INSTALL_SCRIPT, 1) in facts
    assert ("setup.js", FactId.NETWORK, 2) in facts
    assert "install-script" in {finding.rule for finding in inspection.findings}
    assert (inspection.facts.engine, inspection.facts.size) == (ENGINE, len(archive))


@pytest.mark.parametrize(
    ("kind", "filename"), [(SDIST, "imgpress-3.0.0.tar.gz"), (WHEEL, "imgpress-3.0.0-py3-none-any.whl")]
)
def test_what_a_python_package_can_do_is_found(kind: ArtifactKind, filename: str, inspector: SealedInspector) -> None:
    code = "import subprocess\nsubprocess.run(['convert'])\n"
    metadata = "Name: imgpress\nVersion: 3.0.0\n"
    if kind is SDIST:
        archive = tarball({"imgpress/convert.py": code, "PKG-INFO": metadata}, "imgpress-3.0.0")
    else:
        archive = wheel({"imgpress/convert.py": code, "imgpress-3.0.0.dist-info/METADATA": metadata})
    inspection = inspect(inspector, kind, archive, filename)
    assert inspection.facts is not None, inspection.not_examined
    (file,) = (file for file in inspection.facts.files if file.path == "imgpress/convert.py")
    assert [(fact.id, fact.line) for fact in file.facts if fact.id is FactId.PROCESS] == [(FactId.PROCESS, 2)]


def test_both_contents_of_one_name_are_inspected(inspector: SealedInspector) -> None:
    innocent, evil = entry("package/index.js", b"module.exports = 1\n"), entry("package/index.js", SETUP.encode())
    for archive in (tgz(innocent, evil), tgz(evil, innocent)):
        inspection = inspect(inspector, NPM, archive, "fast-colour-2.4.1.tgz")
        assert inspection.facts is not None, inspection.not_examined
        assert FactId.NETWORK in {fact.id for file in inspection.facts.files for fact in file.facts}
        assert "disagreement" in {oddity.id for oddity in inspection.facts.oddities}


def test_an_archive_that_is_refused_is_not_examined_and_never_clean(inspector: SealedInspector) -> None:
    inspection = inspect(inspector, NPM, b"<html>", "fast-colour-2.4.1.tgz")
    detail = "fast-colour-2.4.1.tgz is not a gzip-compressed tar: it is a web page."
    assert inspection == Inspection(
        None, not_examined=(NotExamined("fast-colour-2.4.1.tgz", Reason.MALFORMED, detail),)
    )


def test_facts_that_are_known_are_judged_again_beside_another_old_version(inspector: SealedInspector) -> None:
    archive = tarball({"package.json": MANIFEST, "setup.js": SETUP})
    first = inspect(inspector, NPM, archive, "fast-colour-2.4.1.tgz")
    assert first.facts is not None
    package = Package.parse("npm/fast-colour@2.4.1")
    again = inspector.inspect(InspectionRequest(package, first.facts.filename, NPM, known=first.facts))
    assert again == first
    replaced = InspectionRequest(
        package, first.facts.filename, NPM, known=first.facts, previous=package, before=first.facts
    )
    assert all(not finding.new for finding in inspector.inspect(replaced).findings)
