"""Reaches for the identity of a build.

On a build machine a few variables let whoever reads them act as the build: publish packages, push commits, log in to
clouds. Only tools for builds have a use for them.

Looks at    the variables with which a build asks for identity tokens or talks to its own service (of GitHub Actions,
            GitLab, CircleCI, Bitbucket, Azure Pipelines, Buildkite), files of workflows that are written, requests to
            GitHub for new repositories, workflows, runners or secrets, and the memory of the program that runs the
            build.
Reports     high in an install step or start-up hook, where an upgrade begins to, and for the memory of other programs.
            Medium where code of a package that is new here asks for tokens, as clients that publish do, where the name
            says that builds are its business, and for workflows that a generator of projects writes. Low in tests,
            documents and what nothing loads.
Blind to    `GITHUB_TOKEN` and its like, which many tools read: that they are sent to a stranger is told as theft.
What to do  Do not use it in builds that may publish. If it ran in one, look at what was published and pushed since.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.core.evidence import ASIDE, UNASKED, beside_the_old, shown, step, subject
from app.core.finding import Category, Confidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen
from app.core.spreading import WORKFLOWS, spreads

CARD = RuleCard(
    id="ci-token-misuse",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
# Variable → what it gives. Sources: the documentation of each service.
_VARIABLES = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "an identity token of GitHub Actions",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "an identity token of GitHub Actions",
    "ACTIONS_RUNTIME_TOKEN": "the token of the running GitHub Actions job",
    "CI_JOB_JWT": "an identity token of GitLab",
    "CI_JOB_JWT_V1": "an identity token of GitLab",
    "CI_JOB_JWT_V2": "an identity token of GitLab",
    "CIRCLE_OIDC_TOKEN": "an identity token of CircleCI",
    "CIRCLE_OIDC_TOKEN_V2": "an identity token of CircleCI",
    "BITBUCKET_STEP_OIDC_TOKEN": "an identity token of Bitbucket",
    "SYSTEM_OIDCREQUESTURI": "an identity token of Azure Pipelines",
    "BUILDKITE_AGENT_ACCESS_TOKEN": "the token of the running Buildkite agent",
}
_MEMORY = re.compile(r"/proc/(?!self/)[^/\s'\"]{1,64}(?:/task/[^/\s'\"]{1,64})?/mem\b")
# What worms do with a token of GitHub: new repositories, workflows and runners, and the secrets of others.
_SPREADS = re.compile(
    r"/(?:user|orgs/[^/\s]+)/repos\b|/actions/secrets\b|/contents/\.github/workflows|/actions/runners/registration-token"
)
_RUNNER = re.compile(r"Runner\.(?:Worker|Listener)")
_LOOKS = re.compile(r"/proc/|pgrep|pidof|gcore|\bgdb\b|process_vm_readv|/maps\b|/environ\b")
_BUILD_TOOLS = re.compile(
    r"^@(?:actions|octokit|sigstore|semantic-release|changesets|npmcli)/|^npm$|^pnpm$|^yarn$|^lerna$|^uv$|^twine$|^poetry$"
    r"|sigstore|identity|github-actions?\b|\bactions?-|oidc|release|publish|buildkit|(?:^|[-_/])ci(?:$|[-_])"
)


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that reaches for what only the build should hold."""
    is_tool = _BUILD_TOOLS.search(specimen.package.name.lower()) is not None
    began = specimen.before is not None and not any(map(_says, _facts(specimen.before)))
    return beside_the_old(specimen, lambda artifact: _judge(artifact, loud=began and not is_tool))


def _facts(artifact: ArtifactFacts) -> Iterator[Fact]:
    return (fact for file in artifact.files for fact in file.facts)


def _judge(artifact: ArtifactFacts, *, loud: bool) -> Iterator[Finding]:
    """Each thing that is done once a reach, by the first line that does."""
    told: set[Words] = set()
    for file in artifact.files:
        left = {fact for spread in spreads(file)[:1] for fact in spread.lines}  # `self-propagation` tells of them
        lines = {fact.line for fact in left}
        for fact in file.facts:
            says = None if fact in left or (fact.id is FactId.NETWORK and fact.line in lines) else _says(fact)
            message = Words(f"{subject(file.reach)} {says.template}", says.values) if says is not None else None
            if says is not None and message is not None and message not in told:
                told.add(message)
                yield CARD.finding(
                    message,
                    [*step(artifact, file), shown(file, fact, says)],
                    reach=file.reach,
                    severity=_severity(file, fact, loud=loud),
                )


def _says(fact: Fact) -> Words | None:
    """What a fact does that only a build should."""
    match fact.id:
        case FactId.ENVIRONMENT if fact.detail.upper() in _VARIABLES:
            return Words(f"asks for {_VARIABLES[fact.detail.upper()]}")
        case FactId.FILE_WRITE if WORKFLOWS.search(fact.detail):
            return Words("writes a workflow of GitHub Actions ({0})", (fact.detail,))
        case FactId.FILE_READ | FactId.CREDENTIAL_FILE if _MEMORY.search(fact.detail):
            return Words("reads the memory of other programs ({0})", (fact.detail,))
        case FactId.PROCESS | FactId.INSTALL_SCRIPT if _MEMORY.search(fact.evidence):
            return Words("reads the memory of other programs")
    if fact.id is FactId.NETWORK and "api.github.com" in fact.hosts and _SPREADS.search(fact.evidence):
        return Words("changes repositories, workflows or secrets at GitHub")
    if _RUNNER.search(fact.evidence) and _LOOKS.search(fact.evidence):
        return Words("looks into the program that runs the build")
    return None


def _severity(file: FileFacts, fact: Fact, *, loud: bool) -> Severity:
    if file.reach in ASIDE or file.reach is Reach.NONE:
        return Severity.LOW
    if file.reach in UNASKED:
        return Severity.HIGH
    if fact.id in (FactId.FILE_WRITE, FactId.NETWORK):
        return Severity.MEDIUM
    return Severity.HIGH if loud or fact.id is not FactId.ENVIRONMENT else Severity.MEDIUM
