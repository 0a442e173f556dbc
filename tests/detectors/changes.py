"""Dependency files from text → what the rules about changes say of them; nothing is fetched."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.core.finding import Finding
from app.core.integrity import Digest
from app.core.origins import Binding, Configured
from app.core.package import Ecosystem
from app.core.ports import ChangeDetector, FileDetector
from app.core.specimen import ChangeSpecimen, Served
from tests.stories.theatre import sri
from worker.changed_files import FilePair
from worker.comparison import Comparison, compare_files
from worker.lockfiles.register import parser_for

NPM, PYPI = Ecosystem.NPM, Ecosystem.PYPI
REGISTRY = "https://registry.example"
HASH = sri(b"left")
CONFIGURED = Configured({NPM: frozenset({"https://mirror.example"}), PYPI: frozenset({"https://pypi.example"})})


def npm_lock(
    named: Mapping[str, Mapping[str, Any]] | None = None,
    /,
    *,
    direct: tuple[str, ...] | None = None,
    **entries: Mapping[str, Any],
) -> str:
    """A `package-lock.json` of these entries; all are direct unless `direct` names some."""
    entries |= named or {}
    names = entries if direct is None else direct
    packages: dict[str, Any] = {"": {"name": "shop", "dependencies": dict.fromkeys(names, "*")}}
    packages |= {f"node_modules/{name}": {"version": "1.0.0", **entry} for name, entry in entries.items()}
    return json.dumps({"name": "shop", "lockfileVersion": 3, "packages": packages}, indent=2)


def tarball(name: str = "left", version: str = "1.0.0", registry: str = REGISTRY) -> str:
    """Where a registry keeps an archive."""
    return f"{registry}/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"


def on(registry: str, name: str = "left", version: str = "1.0.0", /, **more: Any) -> dict[str, Any]:
    """An entry whose archive is on this registry, with a hash."""
    return {"version": version, "resolved": tarball(name, version, registry), "integrity": HASH, **more}


def uv_lock(*entries: tuple[str, str, str, str], index: str = f"{REGISTRY}/simple") -> str:
    """A `uv.lock` of wheels: name, version, the host that it comes from, and the text that it is the hash of."""
    packages = []
    for name, version, host, content in entries:
        wheel = f"{host}/{name}-{version}-py3-none-any.whl"
        digest = hashlib.sha256(content.encode()).hexdigest()
        packages.append(
            f'[[package]]\nname = "{name}"\nversion = "{version}"\nsource = {{ registry = "{index}" }}\n'
            f'wheels = [\n    {{ url = "{wheel}", hash = "sha256:{digest}" }},\n]\n'
        )
    return "\n".join(["version = 1\nrevision = 3\n", *packages])


def compared(before: str | None, after: str | None, path: str = "package-lock.json") -> Comparison:
    """Two revisions of one dependency file."""
    old, new = (None if text is None else text.encode() for text in (before, after))
    return compare_files([FilePair(path, old, new)], parser_for)


def findings(
    detector: ChangeDetector,
    before: str | None,
    after: str | None,
    path: str = "package-lock.json",
    *,
    configured: Configured = CONFIGURED,
    served: tuple[Digest, ...] = (),
) -> list[Finding]:
    """What one rule says of the changes between two revisions of a dependency file."""
    comparison = compared(before, after, path)
    return [
        finding
        for change in comparison.changes
        for finding in detector.detect_change(
            ChangeSpecimen(change, (Served("archive", served),), (), comparison.around[path], configured)
        )
    ]


def in_file(
    detector: FileDetector,
    before: str | None,
    after: str,
    path: str = "requirements.txt",
    configured: Configured = CONFIGURED,
) -> list[Finding]:
    """What one rule says of a dependency file as a whole."""
    return [
        finding
        for side in compared(before, after, path).sides
        for finding in detector.detect_file(replace(side, configured=configured))
    ]


def bound(pattern: str, registry: str, ecosystem: Ecosystem = NPM) -> Configured:
    """The operator's registries, with names bound to one of them."""
    return Configured(CONFIGURED.known, (Binding(ecosystem, pattern, registry),))


def told(found: list[Finding]) -> list[str]:
    """Each finding as one line: severity, and what it says."""
    return [f"{finding.severity}: {finding.message.plain()}" for finding in found]


def where(finding: Finding) -> str:
    """The first evidence as one line."""
    row = finding.evidence[0]
    return f"{row.file}:{row.line} {row.says.plain()}"
