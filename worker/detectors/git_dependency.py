"""Comes from a git repository, not from a registry.

What is in a repository is not published: it has no version that stays, no hash but the commit's, and its build steps
run on every machine that installs it. Assay does not open it.

Looks at    entries that are new or changed and name a git repository.
Reports     each of them; and whether it names a commit, or a branch or tag, which can move to other code at any time.
Blind to    git requirements of files without versions (requirements.txt): they are told as not examined. A package that
            came from elsewhere before is told of by source-changed.
What to do  Use a published version, or name a full commit and read the code.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Reason
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.package import Ecosystem, Source, SourceKind
from app.core.provenance import can_move, is_commit, was_elsewhere
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="git-dependency",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.MEDIUM,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report a package that comes from git, unless it came from elsewhere before: that is another rule's affair."""
    before, pin = specimen.change.before, specimen.change.after
    if pin is None or pin.source.kind is not SourceKind.GIT or was_elsewhere(specimen.change) is not None:
        return
    moves = ", at a name that can move to other code" if can_move(pin.source) else ""
    url = pin.source.url or "a repository"
    yield CARD.finding(
        Words(f"it comes from git ({{0}}){moves}, not from a registry; it is not examined", (url.partition("#")[0],)),
        [Evidence(specimen.change.file, pin.line, _names(pin.source))],
        new=before is None or before.source.kind is not SourceKind.GIT,
        tells=Reason.UNSUPPORTED_SOURCE,
    )


def _names(source: Source) -> Words:
    if source.reference is None:
        return Words("names no commit: whatever the repository's main branch holds is taken")
    if is_commit(source.reference):
        return Words("names the commit {0}", (source.reference,))
    return Words("names {0}, which is no full commit and can move", (source.reference,))
