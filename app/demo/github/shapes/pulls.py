"""Pull requests and what is said on them as JSON."""

from __future__ import annotations

from app.demo.github.model import Account, Comment, LineComment, PullRequest, Repository, Review
from app.demo.github.objects import Commit
from app.demo.github.shapes import people, repositories
from app.demo.github.shapes.addresses import Json, api, iso
from app.demo.github.world import World


def pull(world: World, pull: PullRequest) -> Json:
    """A pull request in full."""
    repository = pull.repository
    base = f"{api(world)}/repos/{repository.full_name}"
    url, html = f"{base}/pulls/{pull.number}", pull_html(world, pull)
    issue = f"{base}/issues/{pull.number}"
    files = world.files(pull)
    commits = list(commits_of(pull))
    statuses = f"{base}/statuses/{pull.head_sha}"
    links = {
        "self": url,
        "html": html,
        "issue": issue,
        "comments": f"{issue}/comments",
        "review_comments": f"{url}/comments",
        "review_comment": f"{base}/pulls/comments{{/number}}",
        "commits": f"{url}/commits",
        "statuses": statuses,
    }
    return {
        "url": url,
        "id": pull.id,
        "node_id": f"PR_{pull.id}",
        "html_url": html,
        "diff_url": f"{html}.diff",
        "patch_url": f"{html}.patch",
        "issue_url": issue,
        "commits_url": f"{url}/commits",
        "review_comments_url": f"{url}/comments",
        "review_comment_url": f"{base}/pulls/comments{{/number}}",
        "comments_url": f"{issue}/comments",
        "statuses_url": statuses,
        "number": pull.number,
        "state": pull.state,
        "locked": False,
        "title": pull.title,
        "user": people.account(world, pull.author),
        "body": pull.body or None,
        "labels": [],
        "milestone": None,
        "active_lock_reason": None,
        "created_at": iso(pull.created_at),
        "updated_at": iso(pull.updated_at),
        "closed_at": iso(pull.closed_at),
        "merged_at": None,
        "merge_commit_sha": None,
        "assignee": None,
        "assignees": [],
        "requested_reviewers": [],
        "requested_teams": [],
        "head": _side(world, pull.head_repository, pull.head_ref, pull.head_sha, pull.author),
        "base": _side(world, repository, pull.base_ref, pull.base_sha, repository.owner),
        "_links": {name: {"href": link} for name, link in links.items()},
        "author_association": "NONE" if pull.from_fork else "MEMBER",
        "auto_merge": None,
        "draft": pull.draft,
        "merged": False,
        "mergeable": True,
        "rebaseable": True,
        "mergeable_state": "clean",
        "merged_by": None,
        "comments": len(world.comments(pull)),
        "review_comments": len(world.line_comments_of(pull)),
        "maintainer_can_modify": False,
        "commits": len(commits),
        "additions": sum(file.additions for file in files),
        "deletions": sum(file.deletions for file in files),
        "changed_files": len(files),
    }


def commits_of(pull: PullRequest) -> list[Commit]:
    """The commits that a pull request would bring in, oldest first."""
    objects = pull.repository.objects
    there = {commit.sha for commit in objects.history(pull.base_sha)}
    return [commit for commit in reversed(objects.history(pull.head_sha)) if commit.sha not in there]


def pull_html(world: World, pull: PullRequest) -> str:
    """Where people see it."""
    return f"{world.address}/{pull.repository.full_name}/pull/{pull.number}"


def pull_reference(world: World, pull: PullRequest) -> Json:
    """A pull request as check runs name it."""
    head = pull.head_repository or pull.repository
    return {
        "id": pull.id,
        "number": pull.number,
        "url": f"{api(world)}/repos/{pull.repository.full_name}/pulls/{pull.number}",
        "head": {"ref": pull.head_ref, "sha": pull.head_sha, "repo": _repository_reference(world, head)},
        "base": {"ref": pull.base_ref, "sha": pull.base_sha, "repo": _repository_reference(world, pull.repository)},
    }


def comment(world: World, comment: Comment) -> Json:
    """A comment of the conversation."""
    pull = comment.pull
    base = f"{api(world)}/repos/{pull.repository.full_name}/issues"
    return {
        "id": comment.id,
        "node_id": f"IC_{comment.id}",
        "url": f"{base}/comments/{comment.id}",
        "html_url": f"{pull_html(world, pull)}#issuecomment-{comment.id}",
        "issue_url": f"{base}/{pull.number}",
        "user": people.account(world, comment.author),
        "body": comment.body,
        "created_at": iso(comment.created_at),
        "updated_at": iso(comment.updated_at),
        "author_association": "NONE",
        "performed_via_github_app": people.app(world, comment.app) if comment.app else None,
        "minimized": {"reason": comment.minimised.lower()} if comment.minimised else None,
    }


def review(world: World, review: Review) -> Json:
    """A review."""
    pull = review.pull
    url = f"{api(world)}/repos/{pull.repository.full_name}/pulls/{pull.number}"
    html = f"{pull_html(world, pull)}#pullrequestreview-{review.id}"
    return {
        "id": review.id,
        "node_id": f"PRR_{review.id}",
        "user": people.account(world, review.author),
        "body": review.body,
        "state": "COMMENTED",
        "html_url": html,
        "pull_request_url": url,
        "_links": {"html": {"href": html}, "pull_request": {"href": url}},
        "submitted_at": iso(review.submitted_at),
        "commit_id": review.commit,
        "author_association": "NONE",
    }


def line_comment(world: World, comment: LineComment) -> Json:
    """A review comment."""
    pull = comment.pull
    base = f"{api(world)}/repos/{pull.repository.full_name}/pulls"
    url, html = f"{base}/comments/{comment.id}", f"{pull_html(world, pull)}#discussion_r{comment.id}"
    file = next((file for file in world.files(pull) if file.path == comment.path), None)
    position = file.commentable.get(comment.line) if file and comment.line else None
    return {
        "id": comment.id,
        "node_id": f"PRRC_{comment.id}",
        "url": url,
        "html_url": html,
        "pull_request_url": f"{base}/{pull.number}",
        "pull_request_review_id": comment.review.id,
        "diff_hunk": comment.hunk,
        "path": comment.path,
        "position": 1 if comment.subject_type == "file" else position,
        "original_position": 1,
        "commit_id": comment.commit,
        "original_commit_id": comment.original_commit,
        "user": people.account(world, comment.author),
        "body": comment.body,
        "created_at": iso(comment.created_at),
        "updated_at": iso(comment.updated_at),
        "author_association": "NONE",
        "line": comment.line,
        "original_line": comment.original_line,
        "start_line": None,
        "original_start_line": None,
        "start_side": None,
        "side": "RIGHT",
        "subject_type": comment.subject_type,
        "_links": {
            "self": {"href": url},
            "html": {"href": html},
            "pull_request": {"href": f"{base}/{pull.number}"},
        },
    }


def _side(world: World, repository: Repository | None, ref: str, sha: str, owner: Account) -> Json:
    account = repository.owner if repository else owner
    return {
        "label": f"{account.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": people.account(world, account),
        "repo": repositories.repository(world, repository) if repository else None,
    }


def _repository_reference(world: World, repository: Repository) -> Json:
    return {
        "id": repository.id,
        "url": f"{api(world)}/repos/{repository.full_name}",
        "name": repository.name,
    }
