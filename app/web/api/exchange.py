"""A workflow's OIDC token is exchanged for one of ours: short, of one repository (the shapes are RFC 8693's).

Whoever may change a workflow of a repository may ask about that repository, and about no other.
"""

from __future__ import annotations

import logging
from typing import Annotated

from pydantic import Field

from app.core.access import DEFAULT_SCOPES, Access, Scope, read_scopes
from app.core.errors import InputError
from app.core.workflow import LIFETIME, Workflow, is_at_home, read_workflow
from app.rate_limit import Limit
from app.token_settings import WorkflowSettings
from app.web.api.door import Limited
from app.web.api.problems import Problem
from app.web.api.route import Call, Reply, Shape

log = logging.getLogger(__name__)

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
OURS = "urn:ietf:params:oauth:token-type:access_token"
JWT = "urn:ietf:params:oauth:token-type:jwt"
THEIRS = frozenset({JWT, "urn:ietf:params:oauth:token-type:id_token"})
PER_ADDRESS = Limit("exchange", 120)
PER_REPOSITORY = Limit("exchange-repository", 120)
LONGEST = 16_384  # characters of a token; GitHub's have two thousand
RETRY_SECONDS = 30

Name = Annotated[str, Field(max_length=200)]


class ExchangeShape(Shape):
    """RFC 8693, section 2.1. Whatever else that names (an actor, several audiences) is refused."""

    grant_type: Annotated[Name, Field(description=f"`{GRANT}`.")]
    subject_token: Annotated[str, Field(max_length=LONGEST, description="The workflow's OIDC token.")]
    subject_token_type: Annotated[Name, Field(description=f"`{JWT}`, or the same with `id_token`.")]
    requested_token_type: Annotated[Name | None, Field(description=f"`{OURS}`, if anything.")] = None
    scope: Annotated[
        str | None, Field(max_length=500, description="Scopes with a space between them; `packages:read` if left out.")
    ] = None
    audience: Annotated[Name | None, Field(description="The audience of the workflow's token, if anything.")] = None


class ExchangedShape(Shape):
    """RFC 8693, section 2.2.1."""

    access_token: str
    issued_token_type: str
    token_type: str
    expires_in: int
    scope: str


def exchange_token(call: Call, body: ExchangeShape) -> Reply:
    """Exchange a workflow's token for a token of its repository. Its text is in this answer, and nowhere else."""
    settings, signatures = call.house.settings.workflows, call.house.signatures
    if settings is None or signatures is None or call.house.issuer is None:
        raise Problem("not_found", "This installation exchanges no tokens: its operator has not set ASSAY_OIDC=1.")
    scopes = _wanted(body, settings)
    try:
        payload = signatures.payload(body.subject_token, call.now)
        workflow = read_workflow(payload, settings.issuer, settings.audience, call.now)
    except InputError as error:
        log.info("workflow refused", extra={"why": str(error)})
        raise Problem("bad_subject_token", f"The subject token is not taken. {error}") from error
    except OSError as error:
        log.warning("keys of the issuer out of reach", extra={"why": str(error)})
        detail = "The keys of the issuer cannot be had now, so nobody can say whether this token is good. Try again."
        raise Problem("keys_unavailable", detail, retry=RETRY_SECONDS) from error
    access = _access(call, workflow, scopes)
    made = call.issuer.exchange(workflow, access, settings.issuer, call.actor)
    if made is None:
        raise Problem("replayed_token", "This token was exchanged before. Ask GitHub for another one in the same step.")
    log.info("workflow got a token", extra={"made": made.credential.id, "run": workflow.shown})
    return Reply(
        ExchangedShape(
            access_token=made.token.text,
            issued_token_type=OURS,
            token_type="Bearer",  # noqa: S106 (RFC 6749's name of the kind)
            expires_in=int(LIFETIME.total_seconds()),
            scope=" ".join(sorted(scopes)),
        )
    )


def _wanted(body: ExchangeShape, settings: WorkflowSettings) -> frozenset[Scope]:
    if body.grant_type != GRANT:
        raise Problem("unsupported_grant_type", f"The grant_type is {GRANT}, and no other.")
    if body.subject_token_type not in THEIRS:
        raise Problem("bad_subject_token", f"The subject_token_type is {JWT}; other tokens are not exchanged.")
    if body.requested_token_type not in {None, OURS}:
        raise Problem("bad_subject_token", f"The requested_token_type is {OURS}; others are not given out.")
    if body.audience not in {None, settings.audience}:
        raise Problem("invalid_target", f"Tokens are given for {settings.audience} only.")
    try:
        scopes = DEFAULT_SCOPES if body.scope is None else read_scopes(body.scope.split())
    except InputError as error:
        raise Problem("invalid_scope", str(error)) from error
    if not scopes or not scopes <= settings.scopes:
        known = ", ".join(sorted(settings.scopes))
        raise Problem("invalid_scope", f"A workflow gets these scopes here, and at least one: {known}.")
    return scopes


def _access(call: Call, workflow: Workflow, scopes: frozenset[Scope]) -> Access:
    """What it may do: in its own repository, in the installation that GitHub's newest delivery named."""
    home = call.house.store.deliveries.home(workflow.repository_id)
    if home is None or not is_at_home(workflow, home):
        log.info("workflow of an unknown repository", extra={"repository": workflow.repository_id})
        detail = (
            "GitHub has told this installation of no pull request in the repository of this workflow. "
            "Install the App there, or open a pull request first."
        )
        raise Problem("unknown_repository", detail)
    standing = call.house.limiter.take(f"{PER_REPOSITORY.name}:{workflow.repository_id}", PER_REPOSITORY)
    if not standing.allowed:
        raise Limited(standing)
    return Access(scopes, frozenset({home.installation_id}), frozenset({home.repository_id}))
