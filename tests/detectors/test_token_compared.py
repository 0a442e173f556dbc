"""A signature that is compared with an operator is told; tokens of parsers and safe comparisons are not."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import findings, npm, places, sdist, told
from worker.detectors import token_compared

SOURCE = "const h = crypto.createHmac('sha256', k).update(b).digest('hex');\nif (h === sig) ok();\n"


def javascript(source: str) -> list[str]:
    """What is told of a package whose code is this."""
    return told(findings(token_compared, npm({"index.js": source})))


def python(source: str) -> list[str]:
    """The same in Python."""
    return told(findings(token_compared, sdist({"imgpress/__init__.py": source})))


class TestAlarm:
    @pytest.mark.parametrize(
        "source",
        [
            "const h = crypto.createHmac('sha256', k).update(b).digest('hex');\nif (h === sig) ok();",
            "if (sig === `sha256=${crypto.createHmac('sha256', k).update(b).digest('hex')}`) ok();",
            "function sign(b) { return crypto.createHmac('sha1', k).update(b).digest('hex'); }\nif (sign(body) === req.headers.sig) ok();",
            "const h = 'sha256=' + crypto.createHmac('sha256', k).update(b).digest('hex');\nmodule.exports = h === req.get('x-signature');",
        ],
    )
    def test_javascript_that_does_it(self, source: str) -> None:
        assert javascript(source) == ["medium: its code compares a signature with ===, which takes a telling time"]

    @pytest.mark.parametrize(
        "source",
        [
            "import hmac\nh = hmac.new(k, b, 'sha256').hexdigest()\nif h == sig:\n    ok()",
            "import hmac\ndef check(request):\n    return hmac.new(k, request.body, 'sha1').hexdigest() == request.headers['X-Sig']",
            "import hmac\ndef sign(b):\n    return hmac.new(k, b, 'sha1').hexdigest()\ndef check(b, s):\n    return sign(b) == s",
        ],
    )
    def test_python_that_does_it(self, source: str) -> None:
        assert python(source) == ["medium: its code compares a signature with ==, which takes a telling time"]

    def test_it_is_one_finding_with_its_places_and_is_not_new_when_the_old_version_did_it(self) -> None:
        found = npm({"index.js": "require('./b');\n" + SOURCE, "b.js": SOURCE})
        (told_new,) = findings(token_compared, found)
        (told_old,) = findings(token_compared, found, found)
        assert len(places(told_new)) == 2
        assert (told_new.new, told_old.new) == (True, False)


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "source",
        [
            "if (token === expected) next();",
            "const h = crypto.createHmac('sha256', k).update(b).digest('hex');\nif (h === undefined) no();\nreturn h;",
            "const h = crypto.createHmac('sha256', k).update(b).digest();\nmodule.exports = crypto.timingSafeEqual(h, sig);",
            "const h = crypto.createHash('md5').update(b).digest('hex');\nif (h === etag) same();",
        ],
    )
    def test_javascript_that_looks_like_it(self, source: str) -> None:
        """The shape of parsers, and of caches that compare hashes of content."""
        assert javascript(source) == []

    @pytest.mark.parametrize(
        "source",
        [
            "if token == '(':\n    depth += 1",
            "import hmac\nok = hmac.compare_digest(hmac.new(k, b, 'sha1').hexdigest(), sig)",
            "import hashlib\nif hashlib.md5(b).hexdigest() == etag:\n    same()",
            "import hmac\nh = hmac.new(k, b, 'sha1').hexdigest()\nif h is None:\n    no()",
        ],
    )
    def test_python_that_looks_like_it(self, source: str) -> None:
        """The shape of parsers, and of caches that compare hashes of content."""
        assert python(source) == []

    def test_tests_and_documents_may(self) -> None:
        assert findings(token_compared, npm({"index.js": "1;", "test/a.test.js": SOURCE, "docs/a.js": SOURCE})) == []
