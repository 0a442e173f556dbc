"""What a source distribution does while it is built says less where a wheel is installed in its place.

An installer that finds a wheel for the machine takes it, and runs nothing. So a step that only does what honest builds
do as well (start a compiler, fetch a library's source) is told one step softer there. What no honest build does keeps
its severity: somebody may build from source.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.core.finding import Finding, Reach, Severity
from app.core.specimen import ArtifactFacts, ArtifactKind

_HONEST_BUILDS_DO = frozenset({"install-network", "install-shell", "install-script", "capability-gained"})


def has_wheel(artifacts: Iterable[ArtifactFacts]) -> bool:
    """Whether an installer would take a wheel of these."""
    return any(artifact.kind is ArtifactKind.WHEEL for artifact in artifacts)


def beside_a_wheel(finding: Finding) -> Finding:
    """A finding of a source distribution whose version has a wheel for the machine as well."""
    if finding.reach is Reach.INSTALL and finding.severity is Severity.HIGH and finding.rule in _HONEST_BUILDS_DO:
        return replace(finding, severity=Severity.MEDIUM)
    return finding
