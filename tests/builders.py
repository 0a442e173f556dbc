"""Healthy values to bend: each builder gives a valid value, and keywords change what the test is about."""

from __future__ import annotations

from typing import Any

from app.core.diff import Change, ChangeKind
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.lockfile import Pin, Scope
from app.core.package import REGISTRY, Ecosystem, Package
from app.core.policy import Action, Conclusion
from app.core.report import Judged, Report, Reviewed
from app.core.specimen import ArtifactFacts, ArtifactKind, Fact, FactId, FileFacts, Specimen


def a_package(label: str = "npm/fast-colour@2.4.1") -> Package:
    """A package from its label."""
    return Package.parse(label)


def a_pin(label: str = "npm/fast-colour@2.4.1", **changes: Any) -> Pin:
    """A direct runtime dependency from the registry."""
    values: dict[str, Any] = {
        "package": Package.parse(label),
        "source": REGISTRY,
        "line": 12,
        "scope": Scope.RUNTIME,
        "direct": True,
    } | changes
    return Pin(**values)


def a_change(label: str = "npm/fast-colour@2.4.1", old: str | None = "2.4.0", **changes: Any) -> Change:
    """An upgrade (or, with old=None, an addition)."""
    pin = a_pin(label)
    before = None if old is None else a_pin(f"{pin.package.key}@{old}")
    values: dict[str, Any] = {
        "kind": ChangeKind.ADDED if before is None else ChangeKind.UPGRADED,
        "file": "package-lock.json",
        "before": before,
        "after": pin,
        "direct_line": pin.line,
    } | changes
    return Change(**values)


def a_fact(kind: FactId = FactId.NETWORK, line: int = 7, detail: str = "https.request", **changes: Any) -> Fact:
    """A fact with evidence."""
    values: dict[str, Any] = {"id": kind, "line": line, "detail": detail, "evidence": f"{detail}(…)"} | changes
    return Fact(**values)


def a_file(path: str = "index.js", *facts: Fact, **changes: Any) -> FileFacts:
    """A JavaScript file that importing the package runs."""
    values: dict[str, Any] = {
        "path": path,
        "sha256": "0" * 64,
        "size": 100,
        "language": "javascript",
        "reach": Reach.IMPORT,
        "facts": facts,
    } | changes
    return FileFacts(**values)


def an_artifact(*files: FileFacts, **changes: Any) -> ArtifactFacts:
    """The facts of an npm tarball."""
    values: dict[str, Any] = {
        "engine": "test",
        "filename": "fast-colour-2.4.1.tgz",
        "kind": ArtifactKind.NPM_TARBALL,
        "sha256": "1" * 64,
        "size": 1000,
        "files": files,
        "unpacked": 100 * len(files),
    } | changes
    return ArtifactFacts(**values)


def a_specimen(
    after: ArtifactFacts, before: ArtifactFacts | None = None, label: str = "npm/fast-colour@2.4.1"
) -> Specimen:
    """An artifact under review; an upgrade when `before` is given."""
    package = Package.parse(label)
    previous = None if before is None else Package(package.ecosystem, package.name, "2.4.0")
    return Specimen(package=package, after=after, previous=previous, before=before)


def a_finding(rule: str = "credential-theft", **changes: Any) -> Finding:
    """A critical finding in an install step."""
    values: dict[str, Any] = {
        "rule": rule,
        "category": Category.SUPPLY_CHAIN,
        "severity": Severity.CRITICAL,
        "confidence": Confidence.HIGH,
        "message": Words("reads {0} and sends it to {1}", ("~/.npmrc", "drop.example")),
        "evidence": (
            Evidence("scripts/setup.js", 7, Words("reads {0}", ("~/.npmrc",)), "fs.readFileSync(home + '/.npmrc')"),
        ),
        "reach": Reach.INSTALL,
    } | changes
    return Finding(**values)


def a_judged(action: Action = Action.BLOCK, **changes: Any) -> Judged:
    """A finding with its verdict."""
    return Judged(a_finding(**changes), action, "preset balanced blocks critical findings")


def a_report(*reviewed: Reviewed, **changes: Any) -> Report:
    """A report of one clean upgrade, unless told otherwise."""
    values: dict[str, Any] = {
        "conclusion": Conclusion.SUCCESS,
        "engine": "test",
        "policy": "the built-in preset balanced",
        "reviewed": reviewed or (Reviewed((a_change(),)),),
        "repository": "acme/shop",
        "number": 7,
        "head_sha": "a" * 40,
        "base_sha": "b" * 40,
        "seconds": 1.5,
    } | changes
    return Report(**values)


NPM, PYPI = Ecosystem.NPM, Ecosystem.PYPI
