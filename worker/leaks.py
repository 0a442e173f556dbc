"""Tokens of our own where they do not belong: in an inspected package, or in a line that a pull request adds.

A text counts when the keyed hash says that it is a token that we keep; an id with a right checksum is nobody's secret.
Then its family is revoked at once. The text itself goes no further than this file: it is in no log, fact or report.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from app.core.access import Access
from app.core.errors import Forbidden, ForgeError, ForgeUnavailable, Gone, RateLimited
from app.core.escape import visible
from app.core.package import Package
from app.core.ports import Forge, Inspection, InspectionRequest, Inspector, Pull
from app.core.tokens import find_tokens
from app.issuer import Actor, Issuer
from app.log import redact

log = logging.getLogger(__name__)

INSPECTION = "inspection"
"""How the audit calls whoever found it in a package; `REVIEW` in a pull request."""
REVIEW = "review"
MOST = 100  # texts of one pull request that are compared
PLACE = 300  # characters
ELSEWHERE = "a private place that this token does not reach"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text was found. `installation` is whose private place it is; None: anybody may know.

    `repository` is the one that it is in; None: it belongs to the installation as a whole.
    """

    shown: str
    installation: int | None = None
    repository: int | None = None

    def told_to(self, access: Access) -> str:
        """What the owner of a token reads of it: nobody learns the name of a private repository by a leak."""
        is_theirs = self.installation is None or access.sees(self.installation, self.repository)
        return visible(redact(self.shown), PLACE) if is_theirs else ELSEWHERE


@dataclass(frozen=True, slots=True)
class Leaks:
    """Revokes what leaked."""

    issuer: Issuer

    def revoke(self, found: Iterable[tuple[str, Place]], finder: str) -> None:
        """Compare each text with what is kept, and revoke the families of those that are. Raise `StoreUnavailable`."""
        for text, place in found:
            owner = self.issuer.holder(text)
            if owner is None:
                continue
            revoked = self.issuer.leaked([text], place.told_to(owner.access), Actor(called=finder))
            if revoked:
                log.warning("leak found, revoked", extra={"revoked": " ".join(revoked), "where": place.shown})


@dataclass(frozen=True, slots=True)
class WatchfulInspector:
    """An inspector that revokes what a package holds of ours (`app.core.ports.Inspector`), and hands on nothing of it.

    `realm_of` says of a package whether it is "public", or the number of the installation whose registry it is from.
    """

    inspector: Inspector
    leaks: Leaks
    realm_of: Callable[[Package], str]

    def inspect(self, request: InspectionRequest) -> Inspection:
        """Inspect, and look at what was handed over before anybody keeps what was learned."""
        inspection = self.inspector.inspect(replace(request, hand_over=True))
        realm = self.realm_of(request.package)
        owner = int(realm) if realm.isdecimal() else None
        label = f"{request.package.label} ({request.filename})"
        self.leaks.revoke(((own.text, Place(f"{label}: {own.file}", owner)) for own in inspection.own), INSPECTION)
        return replace(inspection, own=())


def look_at_pull(forge: Forge, pull: Pull, installation: int, repository: int, leaks: Leaks) -> None:
    """Look at the lines that a pull request adds, a fork's as well; one call to GitHub.

    A diff that GitHub does not show is no reason to hold up the review.
    """
    try:
        added = forge.added(pull.number)
    except (RateLimited, ForgeUnavailable, Gone, Forbidden):
        raise
    except ForgeError as error:
        log.warning("lines of the pull request not shown", extra={"why": str(error)})
        return
    owner = installation if pull.private else None
    found: dict[str, Place] = {}
    for line in added:
        where = f"{pull.repository}#{pull.number}: {line.path} line {line.line}"
        found = {
            token.text: Place(where, owner, repository) for token in find_tokens(line.text)
        } | found  # the first place counts
        if len(found) >= MOST:
            break
    leaks.revoke(list(found.items())[:MOST], REVIEW)
