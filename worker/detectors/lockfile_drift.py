"""Manifest and lockfile say different things.

What a manifest asks for and the lockfile does not have is looked up at the next install: nobody reviewed which version
comes then. And what a lockfile has as the project's own wish, although no manifest asks for it, somebody wrote there.

Looks at    what a pull request newly asks for in a manifest, and what it adds to a lockfile as a direct dependency.
Reports     a wish that the lockfile does not fulfil, and a direct dependency that no manifest names.
Blind to    what both had before; peer dependencies and what a build needs, which no lockfile has; versions that the
            project overrides, and ranges of a grammar of their own (Poetry's `^`); what no manifest names in a lockfile
            that does not say what is direct (`Pipfile.lock`, most `pylock.toml`, requirements); ranges of Rust.
What to do  Run the package manager's own install, and commit what it writes.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Reason
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.package import INSPECTED, Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import Drift, FileSpecimen

CARD = RuleCard(
    id="lockfile-drift",
    category=Category.INTEGRITY,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED | {Ecosystem.CARGO},
    since="0.1",
)


def detect_file(specimen: FileSpecimen) -> Iterator[Finding]:
    """Report each contradiction between this file and the one that goes with it."""
    for drift in specimen.drifts:
        yield _unexplained(specimen, drift) if drift.is_locked else _unlocked(specimen, drift)


def _unexplained(specimen: FileSpecimen, drift: Drift) -> Finding:
    return CARD.finding(
        Words("it has {0} as a direct dependency, and no manifest asks for it", (drift.name,)),
        [Evidence(specimen.path, drift.line, Words("{0} does not name it", (drift.other,)))],
    )


def _unlocked(specimen: FileSpecimen, drift: Drift) -> Finding:
    wanted = f"{drift.name} {drift.range}".rstrip()
    if drift.versions:
        says = Words("{0} has {1}", (drift.other, ", ".join(drift.versions)))
        message = Words("it asks for {0}, and the lockfile has no version that this allows", (wanted,))
    else:
        says = Words("{0} does not have it", (drift.other,))
        message = Words("it asks for {0}, which the lockfile does not have", (wanted,))
    return CARD.finding(message, [Evidence(specimen.path, drift.line, says)], tells=Reason.UNPINNED)
