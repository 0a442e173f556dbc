"""A command that takes a token as an argument is told; one with another way in is not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_on_command_line

SOURCE = "program.option('--token <token>', 'the token');\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_on_command_line, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_on_command_line, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "program.option('--token <token>', 'the token');",
            "program.requiredOption('-t, --token <value>');",
            "yargs.option('token', { describe: 'the token' });",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == ["low: its code takes a secret from the command line (--token)"]

    @pytest.mark.parametrize(
        "source",
        [
            "parser.add_argument('--password', help='the password')",
            "parser.add_argument('-p', '--password')",
            "@click.option('--password', required=True)\ndef go(password): pass",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["low: its code takes a secret from the command line (--password)"]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_on_command_line, found)
        (told_old,) = findings(token_on_command_line, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "program.option('--token-file <path>', 'x');",
            "program.option('--max-tokens <n>');",
            "program.option('--token <t>', 'x', process.env.TOKEN);",
            "program.option('--tokens', 'print tokens');",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of tools with other ways in, and of language models."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "parser.add_argument('--password-file')",
            "@click.option('--password', prompt=True, hide_input=True)\ndef go(password): pass",
            "@click.option('--token', envvar='TOKEN')\ndef go(token): pass",
            "parser.add_argument('--max-tokens', type=int)",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of commands that ask."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert (
            findings(token_on_command_line, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE}))
            == []
        )
