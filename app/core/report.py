"""The immutable report of one review: what changed, what was found, what was not examined, and the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from app.core.diff import Change
from app.core.directives import DirectiveChange
from app.core.errors import Reason
from app.core.finding import Finding
from app.core.package import Package
from app.core.policy import Action, Conclusion, PolicyProblem
from app.core.specimen import FactId, NotExamined

SCHEMA = 1
RETELLING = frozenset({"capability-gained", "install-script"})
"""Rules that say that a line is new, or runs unasked; where another says what it does, that goes first."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding with what the policy made of it. `because` is one plain sentence naming the rule that decided.

    `owner`, `until` and `reason` are the policy rule's, where one decided.
    """

    finding: Finding
    action: Action
    because: str
    owner: str | None = None
    until: date | None = None
    reason: str | None = None
    policy_line: int = 0  # of the policy rule that decided; 0: the preset did


@dataclass(frozen=True, slots=True)
class JudgedGap:
    """Something that was not examined with what the policy made of it: BLOCK means "keeps the check from success"."""

    gap: NotExamined
    action: Action
    because: str
    owner: str | None = None
    until: date | None = None
    reason: str | None = None
    policy_line: int = 0  # of the policy rule that decided; 0: the preset did


@dataclass(frozen=True, slots=True)
class ArtifactSummary:
    """One archive that was opened. `size` in bytes, `files` the count of members."""

    filename: str
    sha256: str
    size: int
    files: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """One package of the review with all that was learned of it.

    `changes` are its changes in every dependency file (at least one). `capabilities` are the capability facts of the
    new version, `gained` those that the old one lacked (empty for a package that is new here).
    Removed packages have neither artifacts nor findings.
    """

    changes: tuple[Change, ...]
    artifacts: tuple[ArtifactSummary, ...] = ()
    capabilities: tuple[FactId, ...] = ()
    gained: tuple[FactId, ...] = ()
    findings: tuple[Judged, ...] = ()
    gaps: tuple[JudgedGap, ...] = ()

    @property
    def change(self) -> Change:
        """The change that a reader should see first."""
        return self.changes[0]

    @property
    def package(self) -> Package:
        """The package version that the review is about."""
        return self.change.pin.package

    @property
    def action(self) -> Action:
        """The gravest action of its findings and gaps; IGNORE when there is nothing."""
        actions = [judged.action for judged in self.findings] + [judged.action for judged in self.gaps]
        return min(actions, key=lambda action: action.rank, default=Action.IGNORE)

    @property
    def is_compared_only(self) -> bool:
        """Whether nobody opened it because nobody opens packages of its ecosystem, and the policy lets that pass."""
        return any(one.gap.reason is Reason.ECOSYSTEM and one.action.rank > Action.WARN.rank for one in self.gaps)

    @property
    def untold_gaps(self) -> tuple[JudgedGap, ...]:
        """The gaps that no finding which blocks or warns says as well: people need not read of a thing twice."""
        told: set[Reason | None] = {one.finding.tells for one in self.findings if one.action.rank <= Action.WARN.rank}
        if self.is_compared_only:
            told.add(Reason.ECOSYSTEM)  # said once for all packages of an ecosystem
        return tuple(gap for gap in self.gaps if gap.gap.reason not in told)

    def is_told(self, judged: Judged) -> bool:
        """Whether a gap of this package says as much as this finding, which neither blocks nor warns."""
        reasons = {gap.gap.reason for gap in self.gaps if gap.action is not Action.IGNORE}
        return judged.action.rank > Action.WARN.rank and judged.finding.tells in reasons


@dataclass(frozen=True, slots=True)
class FileRead:
    """A dependency file of the pull request. `format` is None when it looks like one and no parser knows it.

    `left_out`: it was not read, because the policy ignores its folder, or because that holds what was installed.
    """

    path: str
    format: str | None
    pins: int = 0
    left_out: bool = False

    @property
    def is_read(self) -> bool:
        """Whether a parser was asked for it."""
        return self.format is not None and not self.left_out

    @property
    def is_unknown(self) -> bool:
        """Whether no parser knows it."""
        return self.format is None and not self.left_out


@dataclass(frozen=True, slots=True)
class FileGap:
    """A dependency file, or a line of it, that was not examined."""

    path: str
    line: int
    judged: JudgedGap


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A finding about a dependency file as a whole, and the line it is about."""

    path: str
    line: int
    judged: Judged


@dataclass(frozen=True, slots=True)
class Report:
    """All of one review. Prose is made from it and from nothing else.

    `repository` is `owner/name` and `number` the pull request (empty and 0 on the command line). `retry_at` is an
    ISO 8601 time when something will be tried again. `seconds` is how long the review took.
    """

    conclusion: Conclusion
    engine: str
    policy: str
    reviewed: tuple[Reviewed, ...] = ()
    files: tuple[FileRead, ...] = ()
    file_gaps: tuple[FileGap, ...] = ()
    policy_problems: tuple[PolicyProblem, ...] = ()
    policy_path: str = ".github/assay.yml"
    unused_exceptions: tuple[str, ...] = ()
    repository: str = ""
    number: int = 0
    head_sha: str = ""
    base_sha: str = ""
    retry_at: str | None = None
    seconds: float = 0.0
    advice: tuple[tuple[str, str], ...] = ()  # rule id → its page's "What to do"
    head_policy_problems: tuple[PolicyProblem, ...] = ()  # in the policy file as this pull request would leave it
    switched_off: bool = False  # `enabled: false` in the policy
    notes: tuple[str, ...] = ()  # sentences of ours about this review: "No organisation default …"
    schema: int = SCHEMA
    file_findings: tuple[FileFinding, ...] = ()
    directives: tuple[DirectiveChange, ...] = ()

    def findings(self, action: Action) -> tuple[tuple[Reviewed, Judged], ...]:
        """All findings that came to this action, gravest first."""
        found = [(item, judged) for item in self.reviewed for judged in item.findings if judged.action is action]
        return tuple(sorted(found, key=lambda pair: -pair[1].finding.severity.rank))

    def in_files(self, action: Action) -> tuple[FileFinding, ...]:
        """The findings about dependency files that came to this action, gravest first."""
        found = [one for one in self.file_findings if one.judged.action is action]
        return tuple(sorted(found, key=lambda one: -one.judged.finding.severity.rank))

    @property
    def left_out(self) -> tuple[str, ...]:
        """The dependency files in folders that are left out."""
        return tuple(file.path for file in self.files if file.left_out)

    @property
    def untold_file_gaps(self) -> tuple[FileGap, ...]:
        """The gaps of files that are not ignored and that no finding about the same line says as well."""
        told = {
            (one.path, one.line, one.judged.finding.tells)
            for one in self.file_findings
            if one.judged.action.rank <= Action.WARN.rank
        }
        return tuple(
            gap
            for gap in self.file_gaps
            if gap.judged.action is not Action.IGNORE and (gap.path, gap.line, gap.judged.gap.reason) not in told
        )

    def with_action(self, action: Action) -> tuple[Reviewed, ...]:
        """The packages that have a finding of this action and none graver."""
        return tuple(
            item
            for item in self.reviewed
            if min((judged.action for judged in item.findings), key=lambda a: a.rank, default=None) is action
        )

    @property
    def compared_only(self) -> tuple[tuple[str, int], ...]:
        """What people call each ecosystem whose packages were compared, not opened; and how many of them there are."""
        counts = Counter(item.package.ecosystem for item in self.reviewed if item.is_compared_only)
        return tuple((ecosystem.called, number) for ecosystem, number in sorted(counts.items()))

    @property
    def gaps(self) -> tuple[JudgedGap, ...]:
        """Everything that was not examined and that the policy does not ignore."""
        packages = [judged for item in self.reviewed for judged in item.gaps]
        files = [gap.judged for gap in self.file_gaps]
        return tuple(judged for judged in (*files, *packages) if judged.action is not Action.IGNORE)
