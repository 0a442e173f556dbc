"""Packages from text → the facts that the engine learns of them; nothing is packed and nothing runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from app.core.finding import Finding
from app.core.package import Package
from app.core.ports import Detector
from app.core.specimen import ArtifactFacts, ArtifactKind, Specimen
from worker.inspection.facts.assembly import gather
from worker.inspection.facts.extractors import LANGUAGES
from worker.inspection.facts.languages import Languages
from worker.inspection.facts.native.loading import read_native
from worker.inspection.facts.native.reading import complete, unread
from worker.inspection.member import Member

Files = Mapping[str, str | bytes]
METADATA = "Metadata-Version: 2.1\nName: imgpress\nVersion: 3.0.0\nLicense: MIT\n"


def members(files: Files) -> list[Member]:
    """The files as an archive's reader gives them."""
    contents = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return [
        Member(path, len(content), hashlib.sha256(content).hexdigest(), content) for path, content in contents.items()
    ]


def npm(files: Files | None = None, /, *, languages: Languages = LANGUAGES, **manifest: Any) -> ArtifactFacts:
    """A tarball of npm; keywords are fields of its `package.json` unless `files` brings one."""
    text = json.dumps({"name": "fast-colour", "version": "2.4.1", **manifest}, indent=2)
    return facts_of({"package.json": text, **(files or {})}, ArtifactKind.NPM_TARBALL, languages=languages)


def wheel(files: Files, /, *, tag: str = "py3-none-any", languages: Languages = LANGUAGES) -> ArtifactFacts:
    """A wheel, with METADATA unless `files` brings one."""
    info = "imgpress-3.0.0.dist-info/METADATA"
    whole = {**files, info: files.get(info, METADATA)}
    return facts_of(whole, ArtifactKind.WHEEL, languages=languages, filename=f"imgpress-3.0.0-{tag}.whl")


def sdist(files: Files, /, *, languages: Languages = LANGUAGES) -> ArtifactFacts:
    """A source distribution, with PKG-INFO unless `files` brings one."""
    return facts_of({"PKG-INFO": METADATA, **files}, ArtifactKind.SDIST, languages=languages)


def facts_of(
    files: Files,
    kind: ArtifactKind,
    *,
    before: ArtifactFacts | None = None,
    languages: Languages = LANGUAGES,
    engine: str = "test",
    filename: str = "archive",
) -> ArtifactFacts:
    """What the engine learns of an archive with these files."""
    found = gather(
        members(files),
        engine=engine,
        filename=filename,
        kind=kind,
        sha256="1" * 64,
        size=1000,
        before=before,
        oddities=tuple,
        languages=languages,
    )
    return complete(found, members(files), read_native) if unread(found) else found


def findings(
    detector: Detector, after: ArtifactFacts, before: ArtifactFacts | None = None, *, old: str = "2.4.0"
) -> list[Finding]:
    """What one rule says of an artifact, beside the one it replaces."""
    package = Package.parse("npm/fast-colour@2.4.1")
    if after.kind is not ArtifactKind.NPM_TARBALL:
        package = Package.parse("pypi/imgpress@2.4.1")
    previous = None if before is None else Package(package.ecosystem, package.name, old)
    return list(detector.detect(Specimen(package, after, previous, before)))


def told(found: list[Finding]) -> list[str]:
    """Each finding as one line: severity, and what it says."""
    return [f"{finding.severity}: {finding.message.plain()}" for finding in found]


def places(finding: Finding) -> list[str]:
    """The evidence as `file:line`."""
    return [f"{evidence.file}:{evidence.line}" for evidence in finding.evidence]
