"""A secret with a public prefix is told; what is meant to be published, and servers, are not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, told
from worker.detectors import token_in_browser

SOURCE = "const k = process.env.NEXT_PUBLIC_STRIPE_SECRET_KEY;\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_in_browser, npm({"index.js": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "const k = process.env.NEXT_PUBLIC_STRIPE_SECRET_KEY;",
            "const k = process.env['NEXT_PUBLIC_STRIPE_SECRET_KEY'];",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == [
            "medium: its code puts the secret in NEXT_PUBLIC_STRIPE_SECRET_KEY into what browsers load"
        ]

    @pytest.mark.parametrize(
        "name", ["import.meta.env.VITE_SUPABASE_SERVICE_ROLE_KEY", "process.env.REACT_APP_DB_PASSWORD"]
    )
    def test_other_prefixes(self, name: str) -> None:
        assert javascript(f"connect({name});") == [
            f"medium: its code puts the secret in {name.rpartition('.')[2]} into what browsers load"
        ]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_in_browser, found)
        (told_old,) = findings(token_in_browser, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "const k = process.env.NEXT_PUBLIC_STRIPE_PUBLISHABLE_KEY;",
            "const k = process.env.REACT_APP_RECAPTCHA_SITE_KEY;",
            "const k = process.env.STRIPE_SECRET_KEY;",
            "// process.env.NEXT_PUBLIC_STRIPE_SECRET_KEY must not exist",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of pages that use keys which are meant for them."""
        assert javascript(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert findings(token_in_browser, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
