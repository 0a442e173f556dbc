"""What the name of a requirements file says: that it is one, that it only constrains, and what it is for."""

from __future__ import annotations

from app.core.lockfile import Scope
from app.core.scope_words import scope_said, words

_KINDS = ("requirements", "constraints")


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
    return scope_said(path.rpartition("/")[2]) or Scope.RUNTIME


def _kind(path: str) -> str | None:
    folder, _, name = path.lower().rpartition("/")
    stem, _, extension = name.rpartition(".")
    for kind in _KINDS:
        if extension in ("txt", "lock") and (stem.startswith(kind) or kind in words(stem)):
            return kind
        if extension == "txt" and folder.rpartition("/")[2] == kind:
            return kind
    return None
