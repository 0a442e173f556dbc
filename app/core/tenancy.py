"""Who is served: one installation of the App, and which of them may use something."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass

EVERYBODY = "*"
Allowed = AbstractSet[int | str]
"""Installations by their number, owners of repositories by their login in lower case, or `EVERYBODY`."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """One installation of the App, and the login of the owner of the repository that is reviewed."""

    installation: int
    owner: str

    @property
    def realm(self) -> str:
        """Where what is learned of private packages is kept (see `Inspections`)."""
        return str(self.installation)


@dataclass(frozen=True, slots=True)
class Home:
    """Where a repository belongs, as GitHub's newest delivery about it said: its installation, and its owner's id."""

    installation_id: int
    repository_id: int
    owner_id: int


def serves(allowed: Allowed, tenant: Tenant | None) -> bool:
    """Whether this tenant is among them. None is the operator in person, on the command line."""
    if tenant is None or EVERYBODY in allowed:
        return True
    return tenant.installation in allowed or tenant.owner.lower() in allowed
