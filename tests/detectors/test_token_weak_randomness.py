"""A secret from weak random numbers is told; other uses of the word and of the numbers are not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_weak_randomness

SOURCE = "const token = Math.random().toString(36).slice(2);\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_weak_randomness, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_weak_randomness, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "const token = Math.random().toString(36).slice(2);",
            "const o = { token: 'x' + Math.random() };",
            "this.token = `${Date.now()}${Math.random()}`;",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == ["medium: its code makes token from random numbers that can be foretold"]

    @pytest.mark.parametrize(
        "source",
        [
            "import random\ndef make_password():\n    return ''.join(random.choice(CHARS) for _ in range(9))",
            "import random\nmake_password = lambda: random.choices(CHARS, k=9)",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["medium: its code makes make_password from random numbers that can be foretold"]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_weak_randomness, found)
        (told_old,) = findings(token_weak_randomness, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "const cancelToken = Math.random();",
            "const id = 'ui-' + Math.random().toString(36);",
            "const x = Math.random() * width;",
            "const token = crypto.randomBytes(16).toString('hex');",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of user interfaces."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import random\nsample_token = random.choice(vocab)",
            "import random\njitter = random.random()",
            "import random\ntoken = random.SystemRandom().choice(CHARS)",
            "import secrets\ntoken = secrets.token_hex()",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of language models and of clients that try again."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert (
            findings(token_weak_randomness, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE}))
            == []
        )
