"""Every call Assay makes to GitHub with the permission it needs, and what a token of each phase asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.core.ports import Phase

ANYBODY = ("metadata", "read")  # every installation token has it


@dataclass(frozen=True, slots=True)
class Call:
    """One call of GitHub's REST API.

    `path` is the route as GitHub's description writes it, with `{repository}` for `owner/name`. `permission` is the
    least that GitHub's documentation names for it; None for calls with the App's own key or the token itself. `does`
    completes "GitHub refused to …".
    """

    method: str
    path: str
    permission: tuple[str, str] | None
    does: str

    @property
    def writes(self) -> bool:
        """Whether the call changes something."""
        return self.method != "GET"


# with the App's key
OWN_APP = Call("GET", "/app", None, "name the App of our key")
MINT = Call("POST", "/app/installations/{installation}/access_tokens", None, "make a token for the installation")
# with a token
REVOKE = Call("DELETE", "/installation/token", None, "revoke our token")
PULL = Call("GET", "/repos/{repository}/pulls/{number}", ("pull_requests", "read"), "show the pull request")
PULL_FILES = Call("GET", "/repos/{repository}/pulls/{number}/files", ("pull_requests", "read"), "list changed files")
COMPARE = Call("GET", "/repos/{repository}/compare/{basehead}", ("contents", "read"), "compare base and head")
TREE = Call("GET", "/repos/{repository}/git/trees/{sha}", ("contents", "read"), "list the files of a commit")
BLOB = Call("GET", "/repos/{repository}/git/blobs/{sha}", ("contents", "read"), "show a file")
COMMIT = Call("GET", "/repos/{repository}/commits/{ref}", ("contents", "read"), "show the newest commit")
CHECKS = Call("GET", "/repos/{repository}/commits/{sha}/check-runs", ("checks", "read"), "list the check runs")
CHECK = Call("GET", "/repos/{repository}/check-runs/{check}", ("checks", "read"), "show our check run")
ANNOTATIONS = Call(
    "GET", "/repos/{repository}/check-runs/{check}/annotations", ("checks", "read"), "list our annotations"
)
CREATE_CHECK = Call("POST", "/repos/{repository}/check-runs", ("checks", "write"), "create our check run")
UPDATE_CHECK = Call("PATCH", "/repos/{repository}/check-runs/{check}", ("checks", "write"), "update our check run")
# comments of a pull request's conversation are comments of an issue; GitHub accepts either permission for them
COMMENTS = Call("GET", "/repos/{repository}/issues/{number}/comments", ("pull_requests", "read"), "list the comments")
CREATE_COMMENT = Call(
    "POST", "/repos/{repository}/issues/{number}/comments", ("pull_requests", "write"), "post our comment"
)
UPDATE_COMMENT = Call(
    "PATCH", "/repos/{repository}/issues/comments/{comment}", ("pull_requests", "write"), "edit our comment"
)
LINE_COMMENTS = Call(
    "GET", "/repos/{repository}/pulls/{number}/comments", ("pull_requests", "read"), "list the review comments"
)
CREATE_LINE_COMMENT = Call(
    "POST", "/repos/{repository}/pulls/{number}/comments", ("pull_requests", "write"), "post a review comment"
)
UPDATE_LINE_COMMENT = Call(
    "PATCH", "/repos/{repository}/pulls/comments/{comment}", ("pull_requests", "write"), "edit our review comment"
)
CREATE_REVIEW = Call(
    "POST", "/repos/{repository}/pulls/{number}/reviews", ("pull_requests", "write"), "post our review"
)

CALLS: tuple[Call, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Call))

PHASES: Mapping[Phase, Mapping[str, str]] = MappingProxyType(
    {
        Phase.READ: MappingProxyType(
            {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "read"}
        ),
        Phase.WRITE: MappingProxyType({"checks": "write", "metadata": "read", "pull_requests": "write"}),
    }
)
ORGANISATION: Mapping[str, str] = MappingProxyType({"contents": "read", "metadata": "read"})

LEVELS = ("read", "write", "admin")


def union(*sets: Mapping[str, str]) -> dict[str, str]:
    """The permissions that cover all of these: each name with its highest level."""
    merged: dict[str, str] = {}
    for permissions in sets:
        for name, level in permissions.items():
            merged[name] = max(level, merged.get(name, level), key=LEVELS.index)
    return merged
