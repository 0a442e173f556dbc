"""What the environment says about API tokens: the peppers that hash them, and how long they may live."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from app.core.access import Scope
from app.core.issuing import Lifetimes
from app.core.tokens import Pepper
from app.core.workflow import SCOPES
from app.environment import Environment

SHORTEST_PEPPER = 32  # characters; `openssl rand -base64 32` gives 44
GITHUB_ISSUER = "https://token.actions.githubusercontent.com"
GITHUB_API = "https://api.github.com"
LOOPBACK = ("localhost", "127.0.0.1", "::1")
NAMES = ("ASSAY_TOKEN_PEPPER", "ASSAY_TOKEN_PEPPER_PREVIOUS")


@dataclass(frozen=True, slots=True)
class WorkflowSettings:
    """Whose tokens workflows may exchange for ours: of which issuer, meant for which audience, for which scopes."""

    issuer: str
    audience: str
    scopes: frozenset[Scope] = SCOPES


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """`peppers` holds today's first, then the one that it replaces; none: this installation has no API tokens.

    `suspend` says that a burst from a new network suspends a token, not only tells of it. `rate` is how many requests a
    token may make in a minute. `leak_keys_url` is where the keys of GitHub's secret scanning are; None: its reports are
    not taken. `workflows` None: workflows get no tokens for their own.
    """

    peppers: tuple[Pepper, ...] = field(default=(), repr=False)
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    suspend: bool = False
    rate: int = 600
    leak_keys_url: str | None = None
    workflows: WorkflowSettings | None = None


def read_token_settings(read: Environment, *, required: bool = False, public_url: str | None = None) -> TokenSettings:
    """Read the variables; problems are remembered by `read`. `public_url` is where this installation is reached."""
    peppers = read_peppers(read, required=required)
    most = read.number("ASSAY_TOKEN_MAX_DAYS", 366, least=1, most=366)
    return TokenSettings(
        peppers=peppers,
        lifetimes=Lifetimes().shortened(timedelta(days=most)),
        suspend=read.flag("ASSAY_TOKEN_SUSPEND"),
        rate=read.number("ASSAY_TOKEN_RATE", 600, least=1, most=1_000_000),
        leak_keys_url=read.web_address("ASSAY_LEAK_KEYS_URL"),
        workflows=_workflows(read, public_url, has_peppers=bool(peppers)),
    )


def read_peppers(read: Environment, *, required: bool = False) -> tuple[Pepper, ...]:
    """Today's pepper and the one that it replaces, as far as they are set; problems are remembered by `read`."""
    peppers = []
    for name in NAMES:
        text = read.text(name)
        if text is None:
            continue
        if len(text) < SHORTEST_PEPPER:
            read.problems.append(f"{name} is shorter than {SHORTEST_PEPPER} characters. Try: openssl rand -base64 32")
        peppers.append(a_pepper(text))
    if read.text(NAMES[0]) is None and (required or peppers):
        read.problems.append(f"{NAMES[0]} is not set. It hashes API tokens; make one with: openssl rand -base64 32")
    return tuple(peppers)


def a_pepper(text: str) -> Pepper:
    """A pepper with an id that is made from it, so that nobody has to number them. The id gives nothing away."""
    return Pepper(hashlib.sha256(b"assay pepper id\0" + text.encode()).hexdigest()[:12], text.encode())


def _workflows(read: Environment, public_url: str | None, *, has_peppers: bool) -> WorkflowSettings | None:
    """Off unless `ASSAY_OIDC=1`: it lets whoever may change a workflow ask about its repository."""
    if not read.flag("ASSAY_OIDC"):
        return None
    issuer, audience = read.web_address("ASSAY_OIDC_ISSUER"), read.text("ASSAY_OIDC_AUDIENCE") or public_url
    if issuer is None and (read.text("GITHUB_API_URL") or GITHUB_API).rstrip("/") != GITHUB_API:
        read.problems.append(
            "GITHUB_API_URL names an Enterprise Server, so ASSAY_OIDC_ISSUER must name its issuer "
            "(https://HOST/_services/token): ids of its repositories mean others on github.com."
        )
    if issuer is not None and not issuer.startswith("https://") and urlsplit(issuer).hostname not in LOOPBACK:
        read.problems.append("ASSAY_OIDC_ISSUER does not begin with https://. Its keys decide whom we believe.")
    if not has_peppers:
        read.problems.append("ASSAY_OIDC is 1, but there are no API tokens to give: set ASSAY_TOKEN_PEPPER.")
    if audience is None:
        read.problems.append("ASSAY_OIDC is 1, but neither ASSAY_OIDC_AUDIENCE nor ASSAY_PUBLIC_URL says for whom.")
    return WorkflowSettings(issuer or GITHUB_ISSUER, audience or "", _workflow_scopes(read))


def _workflow_scopes(read: Environment) -> frozenset[Scope]:
    text = read.text("ASSAY_OIDC_SCOPES")
    if text is None:
        return SCOPES
    names = frozenset(re.split(r"[,\s]+", text.strip(", \t")))
    if not names <= SCOPES:
        read.problems.append(f"ASSAY_OIDC_SCOPES holds more than a workflow may have: {', '.join(sorted(SCOPES))}.")
    return frozenset(scope for scope in SCOPES if scope in names)
