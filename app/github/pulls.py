"""What is read of a pull request: its present state, the merge base, trees and blobs."""

from __future__ import annotations

import base64
import binascii
import hashlib

from app.core.errors import ForgeError, ForgeUnavailable
from app.core.ports import AddedLine, Pull
from app.github import answers
from app.github.client import Client
from app.github.patch import added_lines
from app.github.permissions import BLOB, COMPARE, PULL, PULL_FILES, TREE

GHOST = "ghost"  # whom GitHub shows for a deleted account


def pull(client: Client, number: int) -> Pull:
    """The pull request as it is now."""
    found = client.send(PULL, answers.PullRequest, number=number)
    head, base = found.head, found.base
    return Pull(
        number=found.number,
        state=found.state,
        head_sha=head.sha,
        base_sha=base.sha,
        base_ref=base.ref,
        author=found.user.login if found.user else GHOST,
        from_fork=head.repo is None or head.repo.id != base.repo.id,
        private=base.repo.private,
        repository=base.repo.full_name,
        draft=found.draft,
    )


def merge_base(client: Client, base_sha: str, head_sha: str) -> str:
    """The commit that both last had in common. Only the merge base is read: GitHub cuts lists of files at 300."""
    compared = client.send(
        COMPARE, answers.Comparison, query={"per_page": 1, "page": 1}, basehead=f"{base_sha}...{head_sha}"
    )
    return compared.merge_base_commit.sha


def tree(client: Client, sha: str) -> dict[str, str]:
    """Path → blob sha of all files of a commit, symbolic links included, submodules not.

    A tree that GitHub truncates is walked folder by folder; so is a folder that is named without what is in it, as in
    the answer to a request that lost `recursive` on a redirect.
    """
    files: dict[str, str] = {}
    waiting = [("", sha)]
    while waiting:
        prefix, folder = waiting.pop()
        found = client.send(TREE, answers.Tree, query={"recursive": 1}, sha=folder)
        if found.truncated:
            found = client.send(TREE, answers.Tree, sha=folder)
        if found.truncated:
            raise ForgeError(f"the folder {prefix or '/'!r} has more files than GitHub lists")
        filled = {parent for entry in found.tree for parent in _parents(entry.path)}
        for entry in found.tree:
            if entry.type == "blob":
                files[prefix + entry.path] = entry.sha
            elif entry.type == "tree" and entry.path not in filled:
                waiting.append((f"{prefix}{entry.path}/", entry.sha))
    return files


def blob(client: Client, sha: str) -> bytes:
    """The content of a file, to 100 MB; `ForgeUnavailable` when the bytes are not those that the sha names."""
    found = client.send(BLOB, answers.Blob, sha=sha)
    content = decoded(found.content, found.encoding, f"blob {sha}")
    header = f"blob {len(content)}\0".encode()
    if len(sha) == 40 and hashlib.sha1(header + content, usedforsecurity=False).hexdigest() != sha:
        raise ForgeUnavailable(f"GitHub sent other bytes than those of blob {sha}")
    return content


def added(client: Client, number: int) -> list[AddedLine]:
    """The lines that a pull request adds, in the first hundred files, as far as GitHub shows patches: one call."""
    files = client.send(PULL_FILES, list[answers.ChangedFile], query={"per_page": 100, "page": 1}, number=number)
    return [AddedLine(file.filename, line, text) for file in files for line, text in added_lines(file.patch or "")]


def decoded(content: str, encoding: str, what: str) -> bytes:
    """The bytes of a blob or a file as GitHub encodes them."""
    if encoding == "utf-8":
        return content.encode()
    if encoding != "base64":
        raise ForgeError(f"GitHub does not show the content of {what} (encoding {encoding!r})")
    try:
        return base64.b64decode(content)
    except binascii.Error as error:
        raise ForgeUnavailable(f"GitHub sent {what} in broken base64") from error


def _parents(path: str) -> list[str]:
    parts = path.split("/")
    return ["/".join(parts[:count]) for count in range(1, len(parts))]
