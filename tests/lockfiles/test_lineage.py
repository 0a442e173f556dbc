"""What a file tells of how its packages came in, and that no way is shown which it does not tell."""

from __future__ import annotations

import json

import pytest

from app.core.diff import Change, compare
from app.core.lockfile import Lineage, Lockfile, UnreadableLockfile
from app.core.prose import how_in_short, how_it_came
from tests.lockfiles.test_cases import FOLDERS, PARSERS, lockfile_in
from worker.lockfiles.register import parser_for

PYLOCK = 'lock-version = "1.0"\ncreated-by = "a tool"\n'
SDIST = f'sdist = {{ url = "https://files.example/%s-1.0.tar.gz", hashes = {{ sha256 = "{"a" * 64}" }} }}\n'
KIT = '[[packages]]\nname = "kit"\nversion = "1.0"\n' + SDIST % "kit"
ASKED = '[[packages]]\nname = "app"\nversion = "1.0"\ndependencies = [{ name = "kit" }]\n' + SDIST % "app"
HASH = "--hash=sha256:" + "a" * 64
GO = "module shop.example/shop\n\nrequire (\n\tgit.example/left v1.0.0\n\tgit.example/right v1.0.0 // indirect\n)\n"


def read(path: str, text: str) -> Lockfile:
    parser = parser_for(path)
    assert parser is not None
    return parser.parse(path, text.encode())


@pytest.mark.parametrize(
    ("path", "text", "lineage"),
    [
        pytest.param("pylock.toml", PYLOCK + KIT, Lineage.UNKNOWN, id="pylock, where nobody says who requires whom"),
        pytest.param("pylock.toml", PYLOCK + KIT + ASKED, Lineage.FULL, id="pylock, where somebody does"),
        pytest.param(
            "Pipfile.lock",
            json.dumps({"_meta": {"pipfile-spec": 6}, "default": {"kit": {"version": "==1.0"}}}),
            Lineage.UNKNOWN,
            id="pipenv, which never does",
        ),
        pytest.param("requirements.txt", "kit==1.0\n", Lineage.LISTED, id="what a person lists"),
        pytest.param("requirements.txt", f"kit==1.0 {HASH}\n", Lineage.UNKNOWN, id="hashes, which a tool wrote"),
        pytest.param("requirements.txt", f"kit==1.0 {HASH}\n    # via app\n", Lineage.LISTED, id="and why"),
        pytest.param("requirements.lock", "kit==1.0\n", Lineage.UNKNOWN, id="a lock without a word of why"),
        pytest.param("requirements.lock", "kit==1.0\n    # via app\n", Lineage.LISTED, id="a lock that says why"),
        pytest.param("go.mod", GO, Lineage.DIRECT, id="go.mod, which marks the indirect ones"),
        pytest.param("go.sum", "git.example/left v1.0.0 h1:" + "A" * 43 + "=\n", Lineage.UNKNOWN, id="go.sum"),
        pytest.param("gradle.lockfile", "org.example:kit:1.0=runtimeClasspath\n", Lineage.UNKNOWN, id="Gradle"),
    ],
)
def test_what_a_file_tells(path: str, text: str, lineage: Lineage) -> None:
    assert read(path, text).lineage is lineage


def added(path: str, text: str) -> dict[str, Change]:
    return {change.pin.package.name: change for change in compare([], [read(path, text)])}


def test_nobody_is_called_direct_by_a_file_that_does_not_tell() -> None:
    change = added("pylock.toml", PYLOCK + KIT)["kit"]
    assert how_it_came(change) == "In `pylock.toml` line 4; the file does not say who asks for it"
    assert how_in_short(change) == "not said"


def test_an_indirect_module_of_go_comes_in_through_nobody_knows_whom() -> None:
    changes = added("go.mod", GO)
    assert how_it_came(changes["git.example/left"]) == "Direct, `go.mod` line 4"
    assert how_it_came(changes["git.example/right"]) == (
        "Indirect, `go.mod` line 5; the file does not say through whom"
    )
    assert [how_in_short(changes[f"git.example/{side}"]) for side in ("left", "right")] == ["direct", "indirect"]


def test_what_nothing_requires_is_not_called_direct() -> None:
    packages = {"": {}, "node_modules/left": {"version": "1.0.0"}}
    change = added("package-lock.json", json.dumps({"lockfileVersion": 3, "packages": packages}))["left"]
    assert how_it_came(change) == "Nothing in the file requires it, `package-lock.json` line 1"
    assert how_in_short(change) == "required by nothing"


def test_a_file_that_does_not_tell_names_no_parents() -> None:
    """Over all cases of all formats: a way is shown only where the file says so."""
    telling = set[str]()
    for folder in FOLDERS:
        file = lockfile_in(folder)
        try:
            lockfile = PARSERS[folder.parent.name].parse(file.relative_to(folder).as_posix(), file.read_bytes())
        except UnreadableLockfile:
            continue
        has_parents = any(pin.parents for pin in lockfile.pins)
        assert not (has_parents and lockfile.lineage in (Lineage.UNKNOWN, Lineage.DIRECT)), folder
        if has_parents:
            telling.add(folder.parent.name)
    assert telling == {
        "bun-lock",
        "cargo-lock",
        "composer-lock",
        "deno-lock",
        "gemfile-lock",
        "nuget-lock",
        "package-lock",
        "pdm-lock",
        "pnpm-lock",
        "podfile-lock",
        "poetry-lock",
        "pylock",
        "requirements",
        "uv-lock",
        "yarn-lock",
    }
