"""A token in an address is told; a link for people, and an address without a token, are not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_in_url

SOURCE = "fetch(`https://api.example/x?access_token=${t}`);\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_in_url, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_in_url, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "fetch(`https://api.example/x?access_token=${t}`);",
            "const u = 'https://api.example/x?a=1&access_token=' + t; get(u);",
            "request({ url: base + '/x?access_token=' + this.t });",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == ["medium: its code puts a token into an address (parameter access_token)"]

    @pytest.mark.parametrize(
        "source",
        [
            "u = f'https://api.example/x?api_key={key}'",
            "u = 'https://api.example/x?api_key=%s' % key",
            "def get(key):\n    return requests.get('https://api.example/x?api_key=' + key)",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["medium: its code puts a token into an address (parameter api_key)"]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_in_url, found)
        (told_old,) = findings(token_in_url, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "// fetch(`https://api.example/x?access_token=${t}`)",
            "send(`Reset: https://site.example/reset?token=${t}`);",
            "fetch(`https://api.example/x?page=${n}`);",
            "const u = 'https://api.example/x?access_token=';",
            "const re = /[?&]access_token=([^&]+)/;",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of sites that send links, and of parsers of addresses."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            '"""Ask https://api.example/x?api_key={key} for more."""',
            "link = f'https://site.example/confirm?token={t}'",
            "u = f'https://api.example/x?q={q}'",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of documentation and of mail that confirms an address."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert findings(token_in_url, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
