"""A secret of the environment that is printed is told; its presence, its end, and tokens of parsers are not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_logged

SOURCE = "const t = process.env.NPM_TOKEN;\nconsole.log('using', t);\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_logged, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_logged, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "const t = process.env.NPM_TOKEN;\nconsole.log('using', t);",
            "console.log(`token: ${process.env.NPM_TOKEN}`);",
            "const t = process.env['NPM_TOKEN'] || '';\nfunction go() { logger.info({ t }); }",
            "console.error('auth ' + process.env.NPM_TOKEN);",
            "const o = process.env.NPM_TOKEN;\nconsole.debug(JSON.stringify({ o }));",
            "process.stdout.write(process.env.NPM_TOKEN);",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == ["medium: its code prints the secret in the variable NPM_TOKEN"]

    @pytest.mark.parametrize(
        "source",
        [
            "import os\nt = os.environ['API_TOKEN']\nprint('using', t)",
            "import os, logging\nlogging.info('token %s', os.getenv('API_TOKEN'))",
            "import os\nt = os.environ.get('API_TOKEN', '')\ndef go():\n    logger.debug(f'auth {t}')",
            "import os\nprint('t: {}'.format(os.environ['API_TOKEN']))",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["medium: its code prints the secret in the variable API_TOKEN"]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_logged, found)
        (told_old,) = findings(token_logged, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "if (!process.env.NPM_TOKEN) console.log('NPM_TOKEN is not set');",
            "const t = process.env.NPM_TOKEN;\nconsole.log(t.slice(-4), t.length, !!t, t ? 'set' : 'unset', mask(t));",
            "const token = lexer.next();\nconsole.log(token);",
            "const t = process.env.NPM_TOKEN;\nfunction go(t) { console.log(t); }",
            "console.log(process.env.NODE_ENV, process.env.npm_config_cache);",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of tools that say whether they found their token, and of parsers."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import os\nt = os.environ.get('API_TOKEN')\nprint(bool(t), len(t), t[-4:], mask(t))",
            "for token in tokens:\n    print(token)",
            "import os\nprint('API_TOKEN', 'API_TOKEN' in os.environ)",
            "import os\nt = os.environ['API_TOKEN']\nsend(t)",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of commands that report on their settings."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert findings(token_logged, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
