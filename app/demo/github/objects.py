"""Real git objects, kept in memory: blobs, trees and commits with the shas that git itself would give them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

Content = str | bytes


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """One line of a tree. `mode` is 100644, 100755, 120000 (a link), 160000 (a submodule) or 040000 (a folder)."""

    mode: str
    name: str
    sha: str

    @property
    def type(self) -> str:
        """GitHub's word for what the entry is."""
        return {"040000": "tree", "160000": "commit"}.get(self.mode, "blob")


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit. `date` is aware."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    email: str
    date: datetime
    message: str


class Objects:
    """The objects of one network: a repository and its forks share them, as on GitHub."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}
        self._trees: dict[str, tuple[TreeEntry, ...]] = {}
        self._commits: dict[str, Commit] = {}

    def add_blob(self, content: Content) -> str:
        """Keep a file's content and return its sha."""
        data = content.encode() if isinstance(content, str) else content
        sha = _sha("blob", data)
        self._blobs[sha] = data
        return sha

    def add_files(self, files: Mapping[str, str], modes: Mapping[str, str] | None = None) -> str:
        """Write the trees for path → blob sha; return the root's sha. `modes` names files that are not 100644."""
        folders: dict[str, dict[str, str]] = {}
        entries: list[TreeEntry] = []
        for path, sha in files.items():
            name, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(name, {})[rest] = sha
            else:
                entries.append(TreeEntry((modes or {}).get(path, "100644"), name, sha))
        for name, inside in folders.items():
            below = {
                path.partition("/")[2]: mode for path, mode in (modes or {}).items() if path.startswith(f"{name}/")
            }
            entries.append(TreeEntry("040000", name, self.add_files(inside, below)))
        return self._add_tree(entries)

    def add_commit(
        self, tree: str, parents: Iterable[str], *, author: str, email: str, date: datetime, message: str
    ) -> Commit:
        """Keep a commit and return it."""
        parents = tuple(parents)
        stamp = f"{author} <{email}> {int(date.timestamp())} +0000"
        lines = [f"tree {tree}", *(f"parent {sha}" for sha in parents), f"author {stamp}", f"committer {stamp}"]
        sha = _sha("commit", ("\n".join(lines) + f"\n\n{message}\n").encode())
        commit = Commit(sha, tree, parents, author, email, date, message)
        self._commits[sha] = commit
        return commit

    def blob(self, sha: str) -> bytes | None:
        """A file's content."""
        return self._blobs.get(sha)

    def commit(self, sha: str) -> Commit | None:
        """A commit."""
        return self._commits.get(sha)

    def tree(self, sha: str) -> tuple[TreeEntry, ...] | None:
        """The entries of one folder, by its own sha or by that of a commit."""
        commit = self._commits.get(sha)
        return self._trees.get(commit.tree if commit else sha)

    def files(self, sha: str) -> dict[str, TreeEntry]:
        """Path → entry of everything below a tree or commit that is not a folder."""
        return {path: entry for path, entry in self.walk(sha) if entry.mode != "040000"}

    def walk(self, sha: str, prefix: str = "") -> Iterable[tuple[str, TreeEntry]]:
        """Everything below a tree or commit, folders included, in git's order."""
        for entry in self.tree(sha) or ():
            yield prefix + entry.name, entry
            if entry.mode == "040000":
                yield from self.walk(entry.sha, f"{prefix}{entry.name}/")

    def history(self, sha: str) -> list[Commit]:
        """A commit and all its ancestors, each after its descendants as far as the dates allow, newest first."""
        seen: dict[str, Commit] = {}
        waiting = [sha]
        while waiting:
            commit = self._commits[waiting.pop()]
            if commit.sha not in seen:
                seen[commit.sha] = commit
                waiting.extend(commit.parents)
        order = {sha: place for place, sha in enumerate(self._commits)}
        return sorted(seen.values(), key=lambda commit: order[commit.sha], reverse=True)

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both have in their history; None when they have nothing in common."""
        known = {commit.sha for commit in self.history(one)}
        return next((commit.sha for commit in self.history(other) if commit.sha in known), None)

    def _add_tree(self, entries: Iterable[TreeEntry]) -> str:
        # git sorts folders as if their names ended in a slash
        ordered = tuple(sorted(entries, key=lambda entry: entry.name + ("/" if entry.mode == "040000" else "")))
        data = b"".join(
            f"{entry.mode.lstrip('0')} {entry.name}\0".encode() + bytes.fromhex(entry.sha) for entry in ordered
        )
        sha = _sha("tree", data)
        self._trees[sha] = ordered
        return sha


def _sha(kind: str, data: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(data)}\0".encode() + data, usedforsecurity=False).hexdigest()
