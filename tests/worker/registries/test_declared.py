"""The registry's word on a manifest: taken where the registry gives it, unknown where it does not."""

from __future__ import annotations

import pytest

from app.core.declaration import BIN, DEPENDENCIES, SCRIPTS, members
from app.core.errors import RegistryUnavailable
from app.core.package import Package
from app.core.ports import Registry
from app.demo.faults import answers
from app.demo.packages import npm_tarball
from app.demo.registry import RegistryServer
from app.demo.shelf import Shelf
from tests.builders import NPM
from tests.worker.registries.conftest import Open

TOOL = Package.parse("npm/tool@1.0.0")
DOCUMENT = "/npm/tool/1.0.0"


@pytest.fixture
def npm(registries: Open, shelf: Shelf) -> Registry:
    shelf.put_npm(
        "tool",
        "1.0.0",
        npm_tarball("tool", "1.0.0", scripts={"postinstall": "node a.js"}, dependencies={"a": "^1.0.0"}, bin="a.js"),
    )
    return registries()[NPM]


def known(npm: Registry) -> dict[str, dict[str, str] | None]:
    declared = dict(npm.release(TOOL).declared)
    return {group: members(declared, group) for group in (SCRIPTS, DEPENDENCIES, BIN)}


def test_a_version_document_says_all(npm: Registry) -> None:
    assert known(npm) == {
        "scripts": {"postinstall": "node a.js"},
        "dependencies": {"a": "^1.0.0"},
        "bin": {"tool": "a.js"},
    }


def test_a_packument_is_too_long_to_be_asked_for_manifests(npm: Registry, shelf: Shelf) -> None:
    shelf.break_path(DOCUMENT, answers(404))  # then the packument is asked for, in npm's short form
    assert npm.release(TOOL).declared == ()


def test_a_short_document_says_nothing_of_scripts(npm: Registry, shelf: Shelf) -> None:
    word = '{"name": "tool", "version": "1.0.0", "dependencies": {"a": "1"}, "dist": {"tarball": "x"}}'
    shelf.break_path(DOCUMENT, answers(200, word))
    assert known(npm) == {"scripts": None, "dependencies": {"a": "1"}, "bin": None}


@pytest.mark.parametrize("field", ['"scripts": 7', '"scripts": ["x"]', '"scripts": {"install": {"a": [[[[1]]]]}}'])
def test_nonsense_is_no_script(npm: Registry, shelf: Shelf, server: RegistryServer, field: str) -> None:
    word = f'{{"_id": "tool@1.0.0", "name": "tool", "version": "1.0.0", {field}, "dist": {{"tarball": "{server.endpoints}"}}}}'
    shelf.break_path(DOCUMENT, answers(200, word))
    assert known(npm)[SCRIPTS] == {}


def test_half_a_character_hides_nothing(npm: Registry, shelf: Shelf) -> None:
    word = '{"_id": "x", "name": "tool", "version": "1.0.0", "scripts": {"install": "a \\ud83d"}, "dist": {"tarball": "x"}}'
    shelf.break_path(DOCUMENT, answers(200, word))
    assert known(npm)[SCRIPTS] == {"install": "a \\ud83d"}


def test_brackets_without_end_are_nonsense(npm: Registry, shelf: Shelf) -> None:
    deep = f"{'[' * 5_000}{']' * 5_000}"
    word = f'{{"_id": "x", "name": "tool", "version": "1.0.0", "scripts": {deep}, "dist": {{"tarball": "x"}}}}'
    shelf.break_path(DOCUMENT, answers(200, word))
    with pytest.raises(RegistryUnavailable):
        npm.release(TOOL)
