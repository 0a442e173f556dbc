"""What a word in the name of a file or of a group says about what its packages are for."""

from __future__ import annotations

from app.core.lockfile import Scope

_SAID = {
    Scope.BUILD: {"build"},
    Scope.DEVELOPMENT: {
        "ci",
        "dev",
        "develop",
        "development",
        "doc",
        "docs",
        "lint",
        "test",
        "testing",
        "tests",
        "typing",
    },
}


def scope_said(name: str) -> Scope | None:
    """The scope that a word of the name says (`requirements-dev.txt`, `docs`); None when none does."""
    found = words(name.lower())
    return next((scope for scope, said in _SAID.items() if found & said), None)


def words(name: str) -> set[str]:
    """The words of a name, as `-`, `_` and `.` part them."""
    return set(name.replace("_", "-").replace(".", "-").split("-"))
