"""A private key in a package is told once, loud in its code and softly in its tests, and is never quoted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import minted
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import leaked_private_key, leaked_secret

STORE = b"\x30\x82\x09\x51\x02\x01\x03\x30\x82\x09\x17\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" + bytes(range(200))


class TestAlarm:
    @pytest.mark.parametrize(
        ("key", "name"),
        [
            (minted.rsa_key, "a private key"),
            (lambda: minted.rsa_key(pkcs8=True), "a private key"),
            (minted.ec_key, "a private key"),
            (minted.openssh_key, "a private key"),
            (minted.pgp_key, "a private OpenPGP key"),
            (minted.age, "a private age key"),
        ],
        ids=["PKCS#1", "PKCS#8", "SEC 1", "OpenSSH", "OpenPGP", "age"],
    )
    def test_a_key_that_can_be_read_is_high(self, key: Callable[[], str], name: str) -> None:
        (found,) = findings(leaked_private_key, wheel({"imgpress/__init__.py": "", "imgpress/server.key": key()}))
        assert told([found])[0].startswith(f"high: it ships {name} in imgpress/server.key (fingerprint ")

    def test_a_key_in_source(self) -> None:
        key = minted.ec_key().replace("\n", "\\n")
        (found,) = findings(leaked_private_key, npm({"index.js": f'const KEY = "{key}";'}))
        assert (found.severity, places(found)) == ("high", ["index.js:1"])

    def test_a_service_account(self) -> None:
        (found,) = findings(leaked_private_key, sdist({"imgpress/account.json": minted.service_account()}))
        assert "the key of a Google Cloud service account" in told([found])[0]
        assert found.evidence[0].says.plain().endswith("; its owner revokes it with Google Cloud")

    def test_a_store_is_possible_and_low(self) -> None:
        (found,) = findings(leaked_private_key, wheel({"imgpress/signing.p12": STORE}))
        assert told([found])[0].startswith("low: it may ship a PKCS#12 key store in imgpress/signing.p12")

    def test_the_old_version_s_key_is_not_new(self) -> None:
        key = minted.ec_key()
        (found,) = findings(leaked_private_key, npm({"b.pem": key}), npm({"a.pem": key}))
        assert not found.new

    def test_a_crowd_is_one_finding(self) -> None:
        keys = {f"lib/{n}.pem": minted.ec_key() for n in range(9)}
        (found,) = findings(leaked_private_key, npm(keys))
        assert told([found]) == ["high: it ships a private key in lib/0.pem and 8 more of the kind"]


class TestInnocentTwin:
    @pytest.mark.parametrize("path", ["test/fixtures/key.pem", "docs/setup.md", "certs/localhost.key", "examples/a.js"])
    def test_what_stands_in_tests_documents_and_examples_is_low(self, path: str) -> None:
        """The shape of servers that bring a certificate for the developer's own machine."""
        (found,) = findings(leaked_private_key, npm({path: minted.ec_key()}))
        assert told([found]) == [f"low: its tests, documents or examples hold a private key, first in {path}"]

    def test_many_keys_of_tests_are_one_remark(self) -> None:
        keys = {f"tests/certs/{n}.pem": minted.ec_key() for n in range(5)}
        (found,) = findings(leaked_private_key, sdist(keys))
        assert (found.severity, len(found.evidence)) == ("low", 3)
        assert "a private key and 4 other credentials, first in tests/certs/0.pem" in told([found])[0]

    @pytest.mark.parametrize(
        "text",
        [
            "const BEGIN = '-----BEGIN RSA PRIVATE KEY-----';",
            "if '-----BEGIN PRIVATE KEY-----' in text and '-----END PRIVATE KEY-----' in text: load(text)",
            minted.rsa_key(password=b"a long passphrase"),
            minted.rsa_key().replace("PRIVATE KEY", "PUBLIC KEY"),
        ],
        ids=["marker", "parser", "passphrase", "public"],
    )
    def test_code_that_reads_keys_and_keys_that_open_nothing(self, text: str) -> None:
        """The shape of cryptographic libraries."""
        assert findings(leaked_private_key, npm({"index.js": text})) == []

    def test_a_token_is_told_by_the_other_rule_and_a_key_is_not(self) -> None:
        found = npm({"a.js": f"'{minted.with_crc('npm_')}'", "b.pem": minted.ec_key()})
        assert [one.evidence[0].file for one in findings(leaked_private_key, found)] == ["b.pem"]
        assert [one.evidence[0].file for one in findings(leaked_secret, found)] == ["a.js"]
