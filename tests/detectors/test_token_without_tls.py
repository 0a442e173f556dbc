"""A token that goes out unprotected is told; a client with an option, and the machine itself, are not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_without_tls

SOURCE = (
    "require('https').request({ host: 'api.example', rejectUnauthorized: false, headers: { Authorization: t } });\n"
)


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_without_tls, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_without_tls, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "require('https').request({ host: 'api.example', rejectUnauthorized: false, headers: { Authorization: t } });",
            "axios.get(u, { httpsAgent: new https.Agent({ rejectUnauthorized: false }), headers: { Authorization: `Bearer ${t}` } });",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == [
            "medium: its code sends a token to a server that it does not verify (rejectUnauthorized: false)"
        ]

    @pytest.mark.parametrize(
        "source",
        [
            "requests.get(u, verify=False, headers={'Authorization': t})",
            "requests.post(u, auth=(name, word), verify=False)",
            "session.get(u, headers={'X-Api-Key': k}, verify=False)",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["medium: its code sends a token to a server that it does not verify (verify=False)"]

    @pytest.mark.parametrize(
        "source",
        [
            "fetch('http://api.acme.example/v1', { headers: { Authorization: t } });",
            "axios.post('http://api.acme.example/v1', d, { headers: { 'x-api-key': k } });",
        ],
    )
    def test_clear_text(self, source: str) -> None:
        assert javascript(source) == ["medium: its code sends a token in clear text (to api.acme.example)"]

    def test_clear_text_in_python(self) -> None:
        source = "requests.post('http://api.acme.example/v1', headers={'Authorization': t})"
        assert python(source) == ["medium: its code sends a token in clear text (to api.acme.example)"]

    def test_the_whole_process(self) -> None:
        told_js = javascript("process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';")
        told_py = python("import ssl\nssl._create_default_https_context = ssl._create_unverified_context")
        words = "medium: its code turns off the verification of every server"
        assert told_js == [f"{words} (NODE_TLS_REJECT_UNAUTHORIZED)"]
        assert told_py == [f"{words} (_create_default_https_context)"]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_without_tls, found)
        (told_old,) = findings(token_without_tls, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "https.request({ host, rejectUnauthorized: options.strict, headers: { Authorization: t } });",
            "https.get({ host: 'a.example', rejectUnauthorized: false });",
            "fetch('http://localhost:3000/v1', { headers: { Authorization: t } });",
            "fetch('http://192.168.0.9/v1', { headers: { Authorization: t } });",
            "fetch('https://api.acme.example/v1', { headers: { Authorization: t } });",
            "const xmlns = 'http://www.w3.org/2000/svg';",
            "delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;",
            "if (process.env.NODE_TLS_REJECT_UNAUTHORIZED === '0') warn();",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of clients that leave it to their caller, and of tools for a developer's machine."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "requests.get(u, verify=False)",
            "requests.get(u, verify=verify, headers={'Authorization': t})",
            "requests.get('http://127.0.0.1:9/x', headers={'Authorization': t})",
            "def get(u, verify=False):\n    return verify",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of clients that leave it to their caller."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert findings(token_without_tls, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
