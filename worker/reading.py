"""The reading phase of a review: the pull request as it is now, its check, its changes, and who judges them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from app.core.errors import ForgeError, Superseded
from app.core.events import ReviewRequest
from app.core.judgement import is_ignored_path, is_switched_off
from app.core.policy import Policy, PolicyProblem
from app.core.ports import CheckOutput, Forge, Pull
from worker.changed_files import Side, changed_files
from worker.comparison import Comparison, compare_files, name_manifest_lines
from worker.drift import with_drift
from worker.toolbox import Run, Toolbox
from worker.verdict import Judge

POLICY_PATH = ".github/assay.yml"
STALE = CheckOutput("A newer commit replaced this one", "The check of the newer commit has the verdict.")
REPEATED = CheckOutput("A newer run replaced this one", "The newer check of this commit has the verdict.")
CLOSED = CheckOutput("This pull request is closed", "It is examined again when it is opened again.")


MOST_KEPT = 32 << 20  # bytes of the files of one commit


@dataclass(frozen=True, slots=True)
class Reading:
    """What the reading phase learned: the pull request, its check run, its changes and who judges."""

    pull: Pull
    check_id: int
    judge: Judge
    comparison: Comparison


def external_id(pull: Pull, run_id: str) -> str:
    """What our check run carries: number, head, and the delivery that began it."""
    return f"{pull.number}:{pull.head_sha}:{run_id}"


def read_pull(forge: Forge, request: ReviewRequest, box: Toolbox, run: Run) -> Reading:
    """Read what there is to review, and set its check in progress; raise `Superseded` for a closed pull request."""
    pull = forge.pull(request.number)
    _close_older(forge, request, pull, run)
    if pull.state != "open":
        raise Superseded(f"pull request {request.number} is closed")
    check_id = forge.start_check(pull.head_sha, external_id(pull, run.id))
    base = forge.merge_base(pull.base_sha, pull.head_sha)
    trees = {sha: forge.tree(sha) for sha in {pull.base_sha, pull.head_sha, base}}
    judge = judge_at(forge, request, pull.base_sha, pull.head_sha, trees, box)
    comparison = compare_sides(side_of(forge, trees[base]), side_of(forge, trees[pull.head_sha]), judge, box)
    return Reading(pull, check_id, judge, comparison)


def side_of(forge: Forge, tree: Mapping[str, str]) -> Side:
    """A commit's files, fetched when somebody wants them; the last ones are kept, as several look at a file in turn."""
    kept: dict[str, bytes] = {}

    def read(path: str) -> bytes:
        sha = tree[path]
        content = kept[sha] if sha in kept else forge.blob(sha)
        kept[sha] = content
        while len(kept) > 1 and sum(map(len, kept.values())) > MOST_KEPT:
            del kept[next(iter(kept))]
        return content

    return Side(tree, read)


def compare_sides(before: Side, after: Side, judge: Judge, box: Toolbox) -> Comparison:
    """The dependency files that differ, read and compared; nothing when the policy says that nothing is looked at."""
    if is_switched_off(judge.policy, box.floor):
        return Comparison()

    def is_ignored(path: str) -> bool:
        return is_ignored_path(judge.policy, box.floor, path)

    pairs = changed_files(before, after, box.formats, is_ignored)
    comparison = with_drift(compare_files(pairs, box.formats.parser_for), before, after, box.formats, is_ignored)
    return name_manifest_lines(
        comparison, lambda path: after.content(path) if before.files.get(path) != after.files.get(path) else None
    )


def _close_older(forge: Forge, request: ReviewRequest, pull: Pull, run: Run) -> None:
    """No check stays in progress for ever because its review does not go on: neither that of a delivery that was
    replaced, nor one that an earlier run of this delivery began before the head moved or the pull request was closed.
    """
    begun = [(older.request.head_sha, older.id) for older in run.replaced]
    is_closed = pull.state != "open"
    if is_closed or pull.head_sha != request.head_sha:
        begun.append((request.head_sha, run.id))
    for head_sha, run_id in begun:
        output = CLOSED if is_closed else REPEATED if head_sha == pull.head_sha else STALE
        with suppress(ForgeError):  # not at the cost of this review
            forge.cancel_check(head_sha, f"{request.number}:{head_sha}:{run_id}", output)


def judge_at(
    forge: Forge,
    request: ReviewRequest,
    base_sha: str,
    head_sha: str,
    trees: Mapping[str, Mapping[str, str]],
    box: Toolbox,
) -> Judge:
    """The policy of the base branch judges, so that a pull request cannot loosen its own."""
    today = box.tools.clock().date()
    ours, theirs = trees[base_sha].get(POLICY_PATH), trees[head_sha].get(POLICY_PATH)
    head_problems: tuple[PolicyProblem, ...] = ()
    if theirs is not None and theirs != ours:
        proposed = box.read_policy(forge.blob(theirs), "this pull request", today)
        head_problems = proposed if isinstance(proposed, tuple) else ()
    judge = Judge(Policy(), box.catalogue, today, box.floor, head_problems=head_problems)
    if ours is not None:
        read = box.read_policy(forge.blob(ours), f"{POLICY_PATH} at {base_sha[:7]}", today)
        if isinstance(read, Policy):
            return replace(judge, policy=read)
        judge = replace(judge, problems=read)
    return _organisation_default(judge, request, box)


def _organisation_default(judge: Judge, request: ReviewRequest, box: Toolbox) -> Judge:
    owner = request.repository.partition("/")[0]
    found = box.door.organisation_policy(request.installation_id, owner)
    if found is None:
        return judge
    sha, content = found
    read = box.read_policy(content, f"the organisation's {POLICY_PATH} at {sha[:7]}", judge.today)
    if isinstance(read, Policy):
        return replace(judge, policy=read)
    return replace(judge, problems=judge.problems or read)
