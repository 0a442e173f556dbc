"""Tokens that anybody can make are told; those with a key of their own are not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_unsafe_default

SOURCE = "const jwt = require('jsonwebtoken');\njwt.sign(payload, 'secret');\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_unsafe_default, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_unsafe_default, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "const jwt = require('jsonwebtoken');\njwt.sign(payload, 'secret');",
            "jwt.sign({ id: 1 }, \"change-me\", { expiresIn: '1h' });",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == ["medium: its code uses a key that stands in its code (jwt.sign)"]

    @pytest.mark.parametrize(
        "source",
        [
            "jwt.encode(payload, 'secret', algorithm='HS256')",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["medium: its code uses a key that stands in its code (jwt.encode)"]

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("jwt.verify(t, 'secret');", "medium: its code uses a key that stands in its code (jwt.verify)"),
            (
                "app.use(session({ secret: 'keyboard cat' }));",
                "medium: its code uses a key that stands in its code (the sessions of a site)",
            ),
            (
                "jwt.verify(t, k, { ignoreExpiration: true });",
                "medium: its code believes tokens without checking the end",
            ),
            (
                "jwt.verify(t, k, { algorithms: ['none'] });",
                "medium: its code believes tokens without checking the signature",
            ),
            ("jwt.sign(p, k, { expiresIn: '5y' });", "low: its code issues tokens that live 5y"),
        ],
    )
    def test_other_ways_in_javascript(self, source: str, says: str) -> None:
        assert javascript(source) == [says]

    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("app.secret_key = 'abc'", "medium: its code uses a key that stands in its code (the sessions of a site)"),
            (
                "app.config['SECRET_KEY'] = 'abc'",
                "medium: its code uses a key that stands in its code (the sessions of a site)",
            ),
            (
                "jwt.decode(t, options={'verify_signature': False})",
                "medium: its code believes tokens without checking the signature",
            ),
            (
                "jwt.decode(t, k, options={'verify_exp': False})",
                "medium: its code believes tokens without checking the end",
            ),
            (
                "jwt.decode(t, k, algorithms=['none'])",
                "medium: its code believes tokens without checking the signature",
            ),
        ],
    )
    def test_other_ways_in_python(self, source: str, says: str) -> None:
        assert python(source) == [says]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_unsafe_default, found)
        (told_old,) = findings(token_unsafe_default, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "jwt.sign(payload, process.env.JWT_SECRET, { expiresIn: '7d' });",
            "jwt.verify(t, key, { algorithms: ['RS256'] });",
            "app.use(session({ secret: process.env.SECRET }));",
            "const form = { secret: 'label.secret' };",
            "// jwt.sign(payload, 'secret')",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of services with a key of their own."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "jwt.encode(payload, settings.KEY, algorithm='HS256')",
            "jwt.decode(t, key, algorithms=['HS256'])",
            "app.secret_key = os.environ['SECRET_KEY']",
            "options = {'verify_signature': False}",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of services with a key of their own."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert (
            findings(token_unsafe_default, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
        )
