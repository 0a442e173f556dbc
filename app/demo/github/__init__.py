"""A GitHub of our own on loopback, for the demo and for the tests."""

from app.demo.github.model import App, CheckRun, Comment, Installation, LineComment, PullRequest, Repository, Review
from app.demo.github.server import GitHubServer
from app.demo.github.state import GitHub

__all__ = [
    "App",
    "CheckRun",
    "Comment",
    "GitHub",
    "GitHubServer",
    "Installation",
    "LineComment",
    "PullRequest",
    "Repository",
    "Review",
]
