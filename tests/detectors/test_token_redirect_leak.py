"""A client that takes its token along to other hosts is told; one that decides itself when, is not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_redirect_leak

SOURCE = "got(u, { hooks: { beforeRedirect: [(o) => { o.headers.authorization = t; }] } });\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_redirect_leak, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_redirect_leak, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "got(u, { hooks: { beforeRedirect: [(o) => { o.headers.authorization = t; }] } });",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == ["low: its code shows its token to whatever host an answer names (beforeRedirect)"]

    @pytest.mark.parametrize(
        "source",
        [
            "import requests\nclass Session(requests.Session):\n    def rebuild_auth(self, prepared, response):\n        pass",
            'import requests\nclass Session(requests.Session):\n    def rebuild_auth(self, prepared, response):\n        """Keep it."""\n        return',
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["low: its code shows its token to whatever host an answer names (rebuild_auth)"]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_redirect_leak, found)
        (told_old,) = findings(token_redirect_leak, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "got(u, { hooks: { beforeRedirect: [(o) => { delete o.headers.authorization; }] } });",
            "got(u, { hooks: { beforeRedirect: [(o) => { log(o.url); }] } });",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of clients that drop it."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "class Session(requests.Session):\n    def rebuild_auth(self, prepared, response):\n        if other(response):\n            del prepared.headers['Authorization']",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of clients that look at the host."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert (
            findings(token_redirect_leak, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
        )
