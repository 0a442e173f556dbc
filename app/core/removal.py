"""What a token loses when GitHub takes an installation, or some of its repositories, away."""

from __future__ import annotations

from enum import StrEnum

from app.core.access import Access
from app.core.events import InstallationAction, InstallationChange


class Loss(StrEnum):
    """How much of what a token reaches is gone."""

    ALL = "all"
    PART = "part"
    NONE = "none"


SENTENCES = {
    InstallationAction.DELETED: "installation {0} was removed on GitHub",
    InstallationAction.SUSPENDED: "installation {0} is suspended on GitHub",
    InstallationAction.RESUMED: "installation {0} is not suspended on GitHub any more",
    InstallationAction.REPOSITORIES_REMOVED: "repositories of installation {0} were removed on GitHub",
}


def told(change: InstallationChange) -> str:
    """What happened, as the audit and the deliveries that end with it say."""
    return SENTENCES[change.action].format(change.installation_id)


def loss(change: InstallationChange, access: Access) -> Loss:
    """What a token of this access loses.

    One that is narrowed to exactly what is gone loses all of it. One that names more may go on with the rest: a
    repository, too, may have moved to the other installation. One that is narrowed to nothing loses nothing.
    """
    of_it, of_others = change.installation_id in access.installations, len(access.installations) > 1
    if of_it and change.action is not InstallationAction.REPOSITORIES_REMOVED:
        return Loss.PART if of_others else Loss.ALL
    if access.installations and not of_it:
        return Loss.NONE
    gone = access.repositories & change.repositories
    if not gone:
        return Loss.NONE
    return Loss.ALL if gone == access.repositories and not of_others else Loss.PART
