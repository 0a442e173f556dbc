"""Two manifests that mean the same declare the same; what npm rewrites when it publishes is no difference."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.declaration import BIN, DEPENDENCIES, SCRIPTS, declare, members


def declared(**manifest: Any) -> dict[str, str]:
    return dict(declare({"name": "@acme/tool", **manifest}, whole=True))


@pytest.mark.parametrize(
    ("packed", "registered"),
    [
        ({"bin": "./cli.js"}, {"bin": {"tool": "cli.js"}}),
        ({"bin": {"tool": "./bin/../cli.js"}}, {"bin": {"tool": "cli.js"}}),
        ({"scripts": {"install": "node  a.js "}}, {"scripts": {"install": "node a.js"}}),
        ({"scripts": {"install": ""}}, {"scripts": {}}),
        ({}, {"scripts": {}, "dependencies": {}, "bin": {}}),
        ({"optionalDependencies": {"a": "1"}}, {"optionalDependencies": {"a": "1"}, "dependencies": {"a": "1"}}),
        ({"dependencies": {"a": ""}}, {"dependencies": {"a": "*"}}),
        ({"dependencies": {"a": "1", "b": "2"}}, {"dependencies": {"b": "2", "a": "1"}}),
        ({"scripts": "nonsense", "bin": 3}, {}),
    ],
)
def test_what_means_the_same_declares_the_same(packed: dict[str, Any], registered: dict[str, Any]) -> None:
    assert declared(**packed) == declared(**registered)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"scripts": {"install": "a"}}, {"scripts": {"install": "b"}}),
        ({"scripts": {"install": "x" * 500 + "a"}}, {"scripts": {"install": "x" * 500 + "b"}}),
        ({"dependencies": {"a": "1"}}, {"dependencies": {"a": "2"}}),
        ({"dependencies": {f"a{n}": "1" for n in range(900)}}, {"dependencies": {f"b{n}": "1" for n in range(900)}}),
        ({"bin": {"tool": "a.js"}}, {"bin": {"tool": "b.js"}}),
    ],
)
def test_what_differs_declares_otherwise(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert declared(**one) != declared(**other)


def test_what_a_short_document_leaves_out_is_unknown() -> None:
    short = dict(declare({"name": "a", "dependencies": {"b": "1"}}, whole=False))
    assert members(short, DEPENDENCIES) == {"b": "1"}
    assert members(short, SCRIPTS) is None
    assert members(short, BIN) is None


def test_commands_that_stand_in_a_folder_are_unknown() -> None:
    assert members(declared(directories={"bin": "bin"}), BIN) is None


def test_a_declaration_has_an_end() -> None:
    huge = declared(
        dependencies={f"package-{n}": "1" for n in range(20_000)}, scripts={"s" * 10_000: "c" * 100_000}, bin={}
    )
    assert sum(len(key) + len(value) for key, value in huge.items()) < 1_000
    assert members(huge, DEPENDENCIES) is None, "too many to be kept, and that is said by their number"


def test_half_a_surrogate_pair_can_be_stored() -> None:
    assert "\ud800" not in repr(declared(scripts={"install": "\ud800"}).values()).encode("utf-8").decode()
