"""Who a workflow is: the claims of GitHub Actions' OIDC token, read strictly and held against what is expected.

The signature is checked before (`app/web/api/issuer_keys.py`); here are the decisions. The claims are those of GitHub's
"OpenID Connect reference". `repository` may be another's name tomorrow: ids decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from app.core.access import Scope
from app.core.errors import InputError
from app.core.escape import visible
from app.core.events import FullName
from app.core.tenancy import Home

LEEWAY = timedelta(seconds=30)  # two clocks that differ a little
LONGEST = timedelta(hours=1)  # GitHub's end after minutes; what lives longer is no token for one step
LIFETIME = timedelta(minutes=15)
"""How long the token lives that a workflow gets."""

SCOPES = frozenset(
    {
        Scope.PACKAGES_READ,
        Scope.PACKAGES_INSPECT,
        Scope.REVIEWS_READ,
        Scope.REVIEWS_WRITE,
        Scope.FINDINGS_READ,
        Scope.POLICY_READ,
    }
)
"""All that a workflow can be given. Nothing about tokens, the audit or webhooks, whatever the operator says."""

Text = Annotated[str, Meta(min_length=1, max_length=500)]
Number = Annotated[str, Meta(pattern=r"\A[1-9][0-9]{0,18}\Z")]  # GitHub writes ids as texts
Time = Annotated[int, Meta(ge=0, le=1 << 40)]  # seconds since 1970


class _Claims(Struct):
    iss: Text
    aud: Text
    sub: Text
    jti: Text
    exp: Time
    nbf: Time
    iat: Time
    repository: FullName
    repository_id: Number
    repository_owner_id: Number
    ref: Text
    run_id: Number


@dataclass(frozen=True, slots=True)
class Workflow:
    """A run of a workflow. `once` is the token's own id, `ends` its end. Names are strangers' words."""

    repository_id: int
    owner_id: int
    repository: str
    subject: str
    ref: str
    run: str
    once: str
    ends: datetime

    @property
    def shown(self) -> str:
        """Which run it is, for the audit: on one line, with nothing hidden."""
        return f"run {self.run}, ref {visible(self.ref, 160)}, sub {visible(self.subject, 240)}"

    @property
    def title(self) -> str:
        """What its token is called."""
        return f"{self.repository[:70]} run {self.run}"


def read_workflow(payload: bytes, issuer: str, audience: str, now: datetime) -> Workflow:
    """The workflow that a token's signed payload speaks of; raise `InputError` with what is wrong with it."""
    try:
        claims = msgspec.json.decode(payload, type=_Claims)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        detail = str(error) if isinstance(error, msgspec.ValidationError) else "it is no JSON"
        raise InputError(f"Its claims are not those of a workflow: {visible(detail, 200)}.") from error
    if claims.iss != issuer:
        raise InputError(f"It was issued by {visible(claims.iss)}, not by {issuer}.")
    if claims.aud != audience:
        raise InputError(f"It is meant for the audience {visible(claims.aud)}, not for {audience}.")
    ends = _moment(claims.exp)
    if now >= ends + LEEWAY:
        raise InputError(f"It ended at {ends:%Y-%m-%d %H:%M:%S} UTC.")
    if _moment(claims.nbf) > now + LEEWAY:
        raise InputError(f"It is not valid before {_moment(claims.nbf):%Y-%m-%d %H:%M:%S} UTC.")
    if _moment(claims.iat) > now + LEEWAY:
        raise InputError(
            f"It says that it was issued at {_moment(claims.iat):%Y-%m-%d %H:%M:%S} UTC, which is to come."
        )
    if ends - _moment(claims.iat) > LONGEST:
        raise InputError("It lives for more than an hour; the token of a workflow's step does not.")
    return Workflow(
        repository_id=int(claims.repository_id),
        owner_id=int(claims.repository_owner_id),
        repository=claims.repository,
        subject=claims.sub,
        ref=claims.ref,
        run=claims.run_id,
        once=claims.jti,
        ends=ends,
    )


def is_at_home(workflow: Workflow, home: Home | None) -> bool:
    """Whether it runs in a repository that GitHub has told this installation of, under the owner that it has now."""
    return home is not None and (home.repository_id, home.owner_id) == (workflow.repository_id, workflow.owner_id)


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.max.replace(tzinfo=UTC) - LONGEST
