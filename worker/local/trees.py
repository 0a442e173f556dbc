"""One side of a review on the command line: a folder, or the current folder at a git revision."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Protocol

from app.core.errors import InputError
from worker.local.workbench import read_file

REVISION = "git:"
LEFT_OUT = frozenset({".git", "node_modules", "__pycache__"})
"""Folders that hold what was installed, not what somebody wrote."""

_SUBMODULE = "160000"
_WAIT = 60.0  # seconds for one question to git


class Tree(Protocol):
    """Files by path (POSIX, relative)."""

    def files(self) -> Mapping[str, str]:
        """Path → what tells two contents apart."""
        ...

    def read(self, path: str) -> bytes:
        """The content of one of its files."""
        ...

    def name_of(self, path: str) -> str:
        """How people call one of its files."""
        ...


def open_tree(text: str) -> Tree | None:
    """`git:REV` or a folder; None for anything else. Raise `InputError` when git does not know the revision."""
    if text.startswith(REVISION):
        return Revision.of(text.removeprefix(REVISION), Path.cwd())
    return Folder(Path(text)) if Path(text).is_dir() else None


@dataclass(frozen=True)
class Folder:
    """A folder as it is on disk. Virtual environments and what a package manager installed are left out."""

    root: Path

    def files(self) -> Mapping[str, str]:
        """Every file, by the place where it lies: its content is compared when it is asked for."""
        return self._files

    def read(self, path: str) -> bytes:
        """The content of a file."""
        return read_file(Path(self._files[path]))

    def name_of(self, path: str) -> str:
        """Its path."""
        return str(self.root / path)

    @cached_property
    def _files(self) -> Mapping[str, str]:
        found = {}
        for folder, folders, names in os.walk(self.root, onerror=_refuse):
            folders[:] = sorted(
                one for one in folders if one not in LEFT_OUT and not Path(folder, one, "pyvenv.cfg").is_file()
            )
            for place in (Path(folder, name) for name in names):
                found[_text(os.fsencode(place.relative_to(self.root).as_posix()))] = str(place)
        return found


@dataclass(frozen=True)
class Revision:
    """The folder `place` of a git repository as it was at a commit. Only git's own objects are read."""

    name: str
    commit: str
    place: Path

    @classmethod
    def of(cls, name: str, place: Path) -> Revision:
        """Find the commit; raise `InputError` when there is none of this name, or no repository."""
        if not name:
            raise InputError("git: without a revision. Write git:main, git:HEAD~1 or git:1a2b3c4.")
        try:
            _git(place, "rev-parse", "--git-dir")
        except InputError as error:
            raise InputError(f"git:{name}: the current folder is in no git repository ({error}).") from error
        try:
            commit = _git(place, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        except InputError as error:
            raise InputError(
                f"git:{name}: this repository has no such revision. Is it fetched? `git fetch` brings what is missing."
            ) from error
        return cls(name, commit.decode().strip(), place)

    def files(self) -> Mapping[str, str]:
        """Path → blob id, of every file below the place; submodules are other repositories and stand for nothing."""
        return self._files

    def read(self, path: str) -> bytes:
        """The content of a file."""
        return _git(self.place, "cat-file", "blob", self._files[path])

    def name_of(self, path: str) -> str:
        """`path at main`."""
        return f"{path} at {self.name}"

    @cached_property
    def _files(self) -> Mapping[str, str]:
        found = {}
        for entry in _git(self.place, "ls-tree", "-r", "-z", self.commit).split(b"\0")[:-1]:
            kind, _, path = entry.partition(b"\t")
            mode, _, blob = kind.decode().split(" ")
            name = _text(path)
            if mode != _SUBMODULE and not LEFT_OUT.intersection(PurePosixPath(name).parts):
                found[name] = blob
        return found


def _git(place: Path, *arguments: str) -> bytes:
    """Ask git; raise `InputError` with its own last words when it refuses."""
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=place, env=environment, capture_output=True, timeout=_WAIT, check=False
        )
    except FileNotFoundError as error:
        raise InputError("git is not installed here, and git:REV asks for it.") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"git {arguments[0]} did not answer within {_WAIT:.0f} seconds.") from error
    if done.returncode:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        cause = words[-1].removeprefix("fatal: ") if words else f"exit code {done.returncode}"
        raise InputError(f"git {arguments[0]}: {cause}")
    return done.stdout


def _text(path: bytes) -> str:
    r"""A path as text that can be written anywhere; bytes that are no UTF-8 stand as `\\xff`."""
    return path.decode("utf-8", "backslashreplace")


def _refuse(error: OSError) -> None:
    """A folder that cannot be listed may hold a lockfile: going on without it could show it as removed."""
    raise InputError(f"{error.filename}: {error.strerror or error}") from error
