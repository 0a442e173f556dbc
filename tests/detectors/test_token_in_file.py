"""A secret that goes to a file anybody may read is told; one in a file of its owner alone is not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_in_file

SOURCE = "const fs = require('fs');\nfs.writeFileSync('/tmp/t', process.env.NPM_TOKEN);\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_in_file, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_in_file, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "const fs = require('fs');\nfs.writeFileSync('/tmp/t', process.env.NPM_TOKEN);",
            "require('fs').writeFileSync('.npmrc', `//registry.example/:_authToken=${process.env.NPM_TOKEN}`);",
            "const fs = require('fs');\nconst t = process.env.NPM_TOKEN;\nfs.appendFileSync('log.txt', 'auth ' + t);",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == [
            "medium: its code writes the secret in the variable NPM_TOKEN to a file that others may read"
        ]

    @pytest.mark.parametrize(
        "source",
        [
            "import os\nwith open('/tmp/t', 'w') as f:\n    f.write(os.environ['API_TOKEN'])",
            "import os\nfrom pathlib import Path\nPath('t.txt').write_text(os.environ['API_TOKEN'])",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == [
            "medium: its code writes the secret in the variable API_TOKEN to a file that others may read"
        ]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_in_file, found)
        (told_old,) = findings(token_in_file, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "require('fs').writeFileSync('/tmp/t', process.env.NPM_TOKEN, { mode: 0o600 });",
            "require('fs').writeFileSync('a.txt', process.env.HOME);",
            "const t = process.env.NPM_TOKEN;\nrequire('fs').writeFileSync('a.txt', 'no secret');",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of tools that keep a login."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "import os\nfd = os.open('t', os.O_CREAT | os.O_WRONLY, 0o600)\nwith open(fd, 'w') as f:\n    f.write(os.environ['API_TOKEN'])",
            "import os\nopen('a.txt', 'w').write(os.environ['LANG'])",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of tools that keep a login."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert findings(token_in_file, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
