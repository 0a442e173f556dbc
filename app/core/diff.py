"""Two sets of lockfiles → what was added, removed, upgraded, downgraded, re-sourced and re-hashed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.lockfile import Pin


class ChangeKind(StrEnum):
    """What happened to one package between merge base and head."""

    ADDED = "added"
    REMOVED = "removed"
    UPGRADED = "upgraded"
    DOWNGRADED = "downgraded"
    RESOURCED = "re-sourced"  # same version, from another place
    REHASHED = "re-hashed"  # same version, other bytes


@dataclass(frozen=True, slots=True)
class Change:
    """One change in one dependency file.

    `before` is None for an addition, `after` for a removal. `through` is the shortest path of package labels from the
    direct dependency (first) down to this package (excluded); empty for a direct one. `direct_line` is the line of that
    direct dependency's own entry in the file, or of the package itself when it is direct.
    """

    kind: ChangeKind
    file: str
    before: Pin | None
    after: Pin | None
    through: tuple[str, ...] = ()
    direct_line: int = 0

    @property
    def pin(self) -> Pin:
        """The pin that counts: the new one, or the old one of a removal."""
        pin = self.after or self.before
        assert pin is not None
        return pin
