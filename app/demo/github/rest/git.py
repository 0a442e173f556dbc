"""Calls about contents: commits, comparisons, trees, blobs, files of a branch."""

from __future__ import annotations

from app.demo.github.model import Repository
from app.demo.github.objects import Commit
from app.demo.github.patches import changed_files
from app.demo.github.refusals import Refusal, not_found
from app.demo.github.rest.routes import Answer, Ask, of_repository
from app.demo.github.shapes import repositories
from app.demo.github.shapes.addresses import api

MOST_FILES = 300  # that a comparison or a commit lists
MOST_COMMITS = 250


def show_tree(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/git/trees/{sha}: one folder, or with `recursive` all; truncated past the limit."""
    repository, sha = ask.repository, ask.parts["sha"]
    objects = repository.objects
    if objects.tree(sha) is None:
        raise not_found()
    if ask.query.get("recursive"):  # any value counts, even 0 and false
        entries = list(objects.walk(sha))
    else:
        entries = [(entry.name, entry) for entry in objects.tree(sha) or ()]
    limit = ask.world.faults.tree_limit
    commit = objects.commit(sha)
    tree = commit.tree if commit else sha
    lines = [
        repositories.tree_entry(ask.world, repository, path, entry, len(objects.blob(entry.sha) or b""))
        if entry.type == "blob"
        else repositories.tree_entry(ask.world, repository, path, entry, None)
        for path, entry in entries[:limit]
    ]
    url = f"{api(ask.world)}/repos/{repository.full_name}/git/trees/{tree}"
    return Answer(200, {"sha": tree, "url": url, "tree": lines, "truncated": len(entries) > limit})


def show_blob(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/git/blobs/{sha}."""
    sha = ask.parts["sha"]
    content = ask.repository.objects.blob(sha)
    if content is None:
        raise not_found()
    return Answer(200, repositories.blob(ask.world, ask.repository, sha, content))


def show_commit(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/commits/{ref}."""
    commit = _resolve(ask.repository, ask.parts["ref"])
    shape = repositories.commit(ask.world, ask.repository, commit)
    parent = commit.parents[0] if commit.parents else None
    files = changed_files(ask.repository.objects, parent, commit.sha)
    additions, deletions = sum(file.additions for file in files), sum(file.deletions for file in files)
    return Answer(
        200,
        shape
        | {
            "stats": {"additions": additions, "deletions": deletions, "total": additions + deletions},
            "files": [repositories.file(ask.world, ask.repository, commit.sha, file) for file in files[:MOST_FILES]],
        },
    )


def show_content(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/contents/{path}: a file; folders are of no use to us and answered with 404."""
    ref = ask.query.get("ref", ask.repository.default_branch)
    commit = _resolve(ask.repository, ref)
    entry = ask.repository.objects.files(commit.sha).get(ask.parts["path"])
    content = ask.repository.objects.blob(entry.sha) if entry else None
    if entry is None or content is None:
        raise not_found()
    return Answer(200, repositories.content(ask.world, ask.repository, ref, ask.parts["path"], entry.sha, content))


def compare(ask: Ask) -> Answer:
    """GET /repos/{owner}/{repo}/compare/{base}...{head}: the merge base; files on the first page only."""
    repository, objects = ask.repository, ask.repository.objects
    base_name, dots, head_name = ask.parts["basehead"].partition("...")
    if not dots:
        raise not_found()
    base, head = _resolve(repository, base_name), _resolve(repository, head_name)
    shared = objects.merge_base(base.sha, head.sha)
    if shared is None:
        raise Refusal(404, f"No common ancestor between {base.sha} and {head.sha}.")
    merge_base = objects.commit(shared)
    assert merge_base is not None
    before = {commit.sha for commit in objects.history(base.sha)}
    after = {commit.sha for commit in objects.history(head.sha)}
    ahead = [commit for commit in reversed(objects.history(head.sha)) if commit.sha not in before]
    behind = len(before - after)
    status = "identical" if base == head else "diverged" if ahead and behind else "ahead" if ahead else "behind"
    url = f"{api(ask.world)}/repos/{repository.full_name}/compare/{base.sha}...{head.sha}"
    html = f"{ask.world.address}/{repository.full_name}/compare/{base.sha}...{head.sha}"
    page, following = ask.page(ahead[:MOST_COMMITS])
    answer = {
        "url": url,
        "html_url": html,
        "permalink_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "base_commit": repositories.commit(ask.world, repository, base),
        "merge_base_commit": repositories.commit(ask.world, repository, merge_base),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": behind,
        "total_commits": len(ahead),
        "commits": [repositories.commit(ask.world, repository, commit) for commit in page],
    }
    if ask.query.get("page", "1") == "1":
        files = changed_files(objects, shared, head.sha)[:MOST_FILES]
        answer["files"] = [repositories.file(ask.world, repository, head.sha, file) for file in files]
    return Answer(200, answer, following)


ROUTES = (
    of_repository("GET", "/git/trees/<sha>", show_tree, "contents", "read"),
    of_repository("GET", "/git/blobs/<sha>", show_blob, "contents", "read"),
    of_repository("GET", "/commits/<ref>", show_commit, "contents", "read"),
    of_repository("GET", "/contents/<path:path>", show_content, "contents", "read"),
    of_repository("GET", "/compare/<path:basehead>", compare, "contents", "read"),
)


def _resolve(repository: Repository, ref: str) -> Commit:
    """A branch, `HEAD` or a sha; commits of forks are reachable, as the network shares its objects."""
    sha = repository.head if ref == "HEAD" else repository.branches.get(ref, ref)
    commit = repository.objects.commit(sha)
    if commit is None:
        raise not_found()
    return commit
