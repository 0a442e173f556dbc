"""Repositories and what is in them as JSON: commits, trees, files."""

from __future__ import annotations

import base64

from app.demo.github.model import Repository
from app.demo.github.objects import Commit, TreeEntry
from app.demo.github.patches import FileChange
from app.demo.github.shapes import people
from app.demo.github.shapes.addresses import Json, api, iso, links
from app.demo.github.world import World

_REPOSITORY_LINKS = (
    "archive:{archive_format}{/ref}", "assignees{/user}", "blobs:git/blobs{/sha}", "branches{/branch}",
    "collaborators{/collaborator}", "comments{/number}", "commits{/sha}", "compare:compare/{base}...{head}",
    "contents:contents/{+path}", "contributors", "deployments", "downloads", "events", "forks",
    "git_commits:git/commits{/sha}", "git_refs:git/refs{/sha}", "git_tags:git/tags{/sha}",
    "issue_comment:issues/comments{/number}", "issue_events:issues/events{/number}", "issues{/number}",
    "keys{/key_id}", "labels{/name}", "languages", "merges", "milestones{/number}",
    "notifications{?since,all,participating}", "pulls{/number}", "releases{/id}", "stargazers",
    "statuses:statuses/{sha}",
    "subscribers", "subscription", "tags", "teams", "trees:git/trees{/sha}", "hooks",
)  # fmt: skip


def repository(world: World, repository: Repository) -> Json:
    """A repository."""
    url, html = f"{api(world)}/repos/{repository.full_name}", f"{world.address}/{repository.full_name}"
    host = world.address.partition("://")[2]
    opened = sum(pull.repository is repository and pull.state == "open" for pull in world.pulls)
    forks = sum(found.parent is repository for found in world.repositories.values())
    return {
        "id": repository.id,
        "node_id": f"R_{repository.id}",
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": people.account(world, repository.owner),
        "private": repository.private,
        "html_url": html,
        "description": None,
        "fork": repository.parent is not None,
        "url": url,
        "git_url": f"git://{host}/{repository.full_name}.git",
        "ssh_url": f"git@{host}:{repository.full_name}.git",
        "clone_url": f"{html}.git",
        "svn_url": html,
        "mirror_url": None,
        "homepage": None,
        "language": None,
        "license": None,
        "forks": forks,
        "forks_count": forks,
        "stargazers_count": 0,
        "watchers": 0,
        "watchers_count": 0,
        "size": 1,
        "default_branch": repository.default_branch,
        "open_issues": opened,
        "open_issues_count": opened,
        "topics": [],
        "has_issues": True,
        "has_projects": False,
        "has_wiki": False,
        "has_pages": False,
        "has_downloads": False,
        "has_discussions": False,
        "archived": False,
        "disabled": False,
        "visibility": "private" if repository.private else "public",
        "pushed_at": iso(repository.created_at),
        "created_at": iso(repository.created_at),
        "updated_at": iso(repository.created_at),
        "allow_forking": True,
        "is_template": False,
        "web_commit_signoff_required": False,
    } | links(url, _REPOSITORY_LINKS)


def file(world: World, repository: Repository, commit: str, file: FileChange) -> Json:
    """A changed file of a pull request or a comparison."""
    html = f"{world.address}/{repository.full_name}"
    shape: Json = {
        "sha": file.sha,
        "filename": file.path,
        "status": file.status,
        "additions": file.additions,
        "deletions": file.deletions,
        "changes": file.additions + file.deletions,
        "blob_url": f"{html}/blob/{commit}/{file.path}",
        "raw_url": f"{html}/raw/{commit}/{file.path}",
        "contents_url": f"{api(world)}/repos/{repository.full_name}/contents/{file.path}?ref={commit}",
    }
    return shape if file.patch is None else shape | {"patch": file.patch}


def commit(world: World, repository: Repository, commit: Commit) -> Json:
    """A commit, without its files."""
    url = f"{api(world)}/repos/{repository.full_name}"
    html = f"{world.address}/{repository.full_name}"
    person = world.accounts.get(commit.author.lower())
    user = people.account(world, person) if person else None
    signed = {"name": commit.author, "email": commit.email, "date": iso(commit.date)}
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{url}/commits/{commit.sha}",
        "html_url": f"{html}/commit/{commit.sha}",
        "comments_url": f"{url}/commits/{commit.sha}/comments",
        "commit": {
            "url": f"{url}/git/commits/{commit.sha}",
            "author": signed,
            "committer": signed,
            "message": commit.message,
            "comment_count": 0,
            "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
        },
        "author": user,
        "committer": user,
        "parents": [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{html}/commit/{sha}"} for sha in commit.parents
        ],
    }


def tree_entry(world: World, repository: Repository, path: str, entry: TreeEntry, size: int | None) -> Json:
    """A line of a tree."""
    kind = {"tree": "trees", "blob": "blobs"}.get(entry.type)
    shape: Json = {"path": path, "mode": entry.mode, "type": entry.type, "sha": entry.sha}
    if kind is not None:
        shape["url"] = f"{api(world)}/repos/{repository.full_name}/git/{kind}/{entry.sha}"
    return shape if size is None else shape | {"size": size}


def blob(world: World, repository: Repository, sha: str, content: bytes) -> Json:
    """The content of a file, in base64 with line breaks, as GitHub sends it."""
    return {
        "sha": sha,
        "node_id": f"B_{sha}",
        "size": len(content),
        "url": f"{api(world)}/repos/{repository.full_name}/git/blobs/{sha}",
        "content": base64.encodebytes(content).decode(),
        "encoding": "base64",
    }


def content(world: World, repository: Repository, ref: str, path: str, sha: str, content: bytes) -> Json:
    """A file of a branch; without its content when it is over 1 MB."""
    url = f"{api(world)}/repos/{repository.full_name}/contents/{path}?ref={ref}"
    git = f"{api(world)}/repos/{repository.full_name}/git/blobs/{sha}"
    html = f"{world.address}/{repository.full_name}/blob/{ref}/{path}"
    small = len(content) <= 1_000_000
    return {
        "type": "file",
        "encoding": "base64" if small else "none",
        "size": len(content),
        "name": path.rpartition("/")[2],
        "path": path,
        "content": base64.encodebytes(content).decode() if small else "",
        "sha": sha,
        "url": url,
        "git_url": git,
        "html_url": html,
        "download_url": f"{html}?raw=1",
        "_links": {"self": url, "git": git, "html": html},
    }
