"""The published schema accepts what the reader accepts, and points editors at most of what it refuses."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest
import yaml

from app.core.policy import Policy
from app.core.policy_file import KEYS, RULE_KEYS, read_policy
from app.core.policy_schema import policy_schema

ALERTS = ["install-script"]
SCHEMA = policy_schema(ALERTS)

GOOD = """\
version: 1
enabled: true
preset: balanced
rules:
  - alert: [install-script, not-examined/too-large]
    package: npm/@acme/*
    version: ^1.2
    scope: development
    direct: true
    path: "**/package-lock.json"
    change: [upgraded, re-sourced]
    action: ignore
    reason: reviewed
    owner: "@acme/platform"
    until: "2027-03-01"
  - category: supply-chain
    severity: [low, medium]
    confidence: low
    new: false
    action: monitor
not-examined: warn
paths:
  ignore: ["examples/**"]
comment: never
review-comments: false
"""

BAD = {
    "no version": "enabled: true\n",
    "another version": "version: 2\n",
    "an unknown key": "version: 1\npreste: quiet\n",
    "an unknown key of a rule": "version: 1\nrules: [{alert: install-script, acton: block, action: block}]\n",
    "an unknown alert": "version: 1\nrules: [{alert: instal-script, action: block}]\n",
    "an exception without an end": "version: 1\nrules: [{package: npm/a, action: ignore, reason: a, owner: b}]\n",
    "a rule that matches everything": "version: 1\nrules: [{action: block}]\n",
    "a package without its ecosystem": "version: 1\nrules: [{package: esbuild, action: block}]\n",
    "a version without a package": "version: 1\nrules: [{version: ^1, scope: runtime, action: block}]\n",
    "an empty list": "version: 1\nrules: [{alert: [], action: block}]\n",
    "a gap that is ignored": "version: 1\nnot-examined: ignore\n",
}


def test_it_is_a_schema_and_json() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


def test_it_knows_every_key_that_the_reader_knows() -> None:
    assert tuple(SCHEMA["properties"]) == KEYS
    assert tuple(SCHEMA["properties"]["rules"]["items"]["properties"]) == RULE_KEYS


def test_both_accept_a_file_that_says_everything() -> None:
    assert isinstance(read_policy(GOOD.encode(), "the test", ALERTS), Policy)
    assert refused(GOOD) == []


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_both_refuse(text: str) -> None:
    assert isinstance(read_policy(text.encode(), "the test", ALERTS), tuple)
    assert refused(text)


def test_without_a_catalogue_any_alert_may_be_named() -> None:
    document = yaml.safe_load("version: 1\nrules: [{alert: some-alert, action: block}]\n")
    assert not list(jsonschema.Draft202012Validator(policy_schema()).iter_errors(document))


def refused(text: str) -> list[Any]:
    return list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(yaml.safe_load(text)))
