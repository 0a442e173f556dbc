"""What the name of a requirements file says: that it is one, that it only constrains, and what it is for."""

from __future__ import annotations

from app.core.lockfile import Scope

_KINDS = ("requirements", "constraints")
_SCOPES = {
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


def is_requirements_file(path: str) -> bool:
    """Whether it is called like one: `requirements-dev.txt`, `dev_requirements.txt`, `requirements/base.txt` …, or
    like constraints.
    """
    return _kind(path) is not None


def is_constraints_file(path: str) -> bool:
    """Whether the name says that the file installs nothing by itself."""
    return _kind(path) == "constraints"


def scope_of(path: str) -> Scope:
    """What the packages are for, as far as a word of the file's name says so; else run time."""
    words = _words(path.rpartition("/")[2].lower())
    return next((scope for scope, said in _SCOPES.items() if words & said), Scope.RUNTIME)


def _kind(path: str) -> str | None:
    folder, _, name = path.lower().rpartition("/")
    stem, _, extension = name.rpartition(".")
    for kind in _KINDS:
        if extension in ("txt", "lock") and (stem.startswith(kind) or kind in _words(stem)):
            return kind
        if extension == "txt" and folder.rpartition("/")[2] == kind:
            return kind
    return None


def _words(name: str) -> set[str]:
    return set(name.replace("_", "-").replace(".", "-").split("-"))
