"""Manifest and lockfile read together, in both directions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from app.core.errors import Reason
from worker.changed_files import Formats, Side, changed_files
from worker.comparison import Comparison, compare_files
from worker.detectors import lockfile_drift
from worker.drift import with_drift
from worker.lockfiles.register import looks_like_dependency_file, manifest_for, parser_for

FORMATS = Formats(parser_for, looks_like_dependency_file, manifest_for)


def manifest(**fields: Any) -> str:
    return json.dumps({"name": "shop", **fields}, indent=1)


def lock(direct: Mapping[str, str], **others: str) -> str:
    """A package-lock of these packages; the first are what the project asks for."""
    packages: dict[str, Any] = {"": {"name": "shop", "dependencies": dict(direct)}}
    packages |= {f"node_modules/{name}": {"version": version} for name, version in {**direct, **others}.items()}
    return json.dumps({"lockfileVersion": 3, "packages": packages}, indent=1)


def compared(before: Mapping[str, str], after: Mapping[str, str]) -> Comparison:
    sides = [
        Side(dict(files), lambda path, files=files: files[path].encode())  # type: ignore[misc]
        for files in (before, after)
    ]
    pairs = changed_files(sides[0], sides[1], FORMATS, lambda _path: False)
    return with_drift(compare_files(pairs, parser_for), sides[0], sides[1], FORMATS, lambda _path: False)


def told(found: Comparison) -> list[str]:
    return [
        f"{finding.evidence[0].file}:{finding.evidence[0].line} {finding.message.plain()}"
        for side in found.sides
        for finding in lockfile_drift.detect_file(side)
    ]


LOCKED = {"package.json": manifest(dependencies={"left": "^1.0.0"}), "package-lock.json": lock({"left": "1.0.0"})}


def test_a_wish_without_its_lock_is_told_and_is_not_examined() -> None:
    """Or a pull request that touches the manifest alone would pass for one that changes nothing."""
    after = {**LOCKED, "package.json": manifest(dependencies={"left": "^1.0.0", "evil": "*"})}
    found = compared(LOCKED, after)
    assert told(found) == ["package.json:5 it asks for evil *, which the lockfile does not have"]
    (gap,) = found.gaps
    assert (gap.path, gap.line, gap.gap.reason) == ("package.json", 5, Reason.UNPINNED)
    assert gap.gap.detail == (
        "package.json asks for evil *; package-lock.json does not have it, so whatever is newest may be installed."
    )


def test_a_wish_that_the_locked_version_does_not_fulfil() -> None:
    found = compared(LOCKED, {**LOCKED, "package.json": manifest(dependencies={"left": "^2.0.0"})})
    assert told(found) == ["package.json:4 it asks for left ^2.0.0, and the lockfile has no version that this allows"]


def test_a_direct_dependency_that_no_manifest_asks_for() -> None:
    found = compared(LOCKED, {**LOCKED, "package-lock.json": lock({"left": "1.0.0", "evil": "6.6.6"})})
    assert told(found) == [
        "package-lock.json:14 it has npm/evil@6.6.6 as a direct dependency, and no manifest asks for it"
    ]
    assert found.gaps == ()


def test_in_pythons_world_as_well() -> None:
    uv = (
        'version = 1\n\n[[package]]\nname = "left"\nversion = "1.0.0"\nsource = { registry = "https://pypi.example" }\n'
        '\n[[package]]\nname = "shop"\nversion = "0"\nsource = { virtual = "." }\ndependencies = [{ name = "left" }]\n'
    )
    before = {"pyproject.toml": '[project]\nname = "shop"\ndependencies = ["left>=1"]\n', "uv.lock": uv}
    after = {**before, "pyproject.toml": '[project]\nname = "shop"\ndependencies = ["left>=2", "Evil"]\n'}
    assert told(compared(before, after)) == [
        "pyproject.toml:3 it asks for left >=2, and the lockfile has no version that this allows",
        "pyproject.toml:3 it asks for evil, which the lockfile does not have",
    ]


def test_without_a_lockfile_a_manifest_is_a_dependency_file_of_its_own() -> None:
    found = compared({}, {"package.json": manifest(dependencies={"left": "1.0.0", "right": "^2.0.0"})})
    assert [change.pin.package.label for change in found.changes] == ["npm/left@1.0.0"]
    assert [(gap.line, gap.gap.reason) for gap in found.gaps] == [(5, Reason.UNPINNED)]
    assert told(found) == []


def test_a_lockfile_that_goes_away_leaves_its_manifest_alone_with_all_its_wishes() -> None:
    found = compared(LOCKED, {"package.json": LOCKED["package.json"]})
    assert [(gap.path, gap.gap.reason) for gap in found.gaps] == [("package.json", Reason.UNPINNED)]


def test_a_lockfile_that_comes_covers_its_manifest() -> None:
    found = compared({"package.json": LOCKED["package.json"]}, LOCKED)
    assert [change.pin.package.label for change in found.changes] == ["npm/left@1.0.0"]
    assert (found.gaps, told(found)) == ((), [])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            LOCKED,
            {
                "package.json": manifest(dependencies={"left": "^1.0.0", "right": "~2.1.0"}),
                "package-lock.json": lock({"left": "1.0.0", "right": "2.1.4"}),
            },
            id="both changed together",
        ),
        pytest.param(
            LOCKED, {**LOCKED, "package.json": manifest(scripts={}, dependencies={"left": "^1.0.0"})}, id="other lines"
        ),
        pytest.param(
            LOCKED,
            {**LOCKED, "package.json": manifest(dependencies={"left": "^1.0.0"}, peerDependencies={"react": "18"})},
            id="a peer dependency",
        ),
        pytest.param(
            LOCKED,
            {**LOCKED, "package.json": manifest(dependencies={"left": "^9.0.0"}, overrides={"left": "1.0.0"})},
            id="a version that is forced",
        ),
        pytest.param(
            LOCKED,
            {**LOCKED, "package.json": manifest(dependencies={"left": "next"})},
            id="a tag, which is no range",
        ),
        pytest.param(
            LOCKED,
            {
                **LOCKED,
                "package.json": manifest(dependencies={"left": "^1.0.0", "own": "^1.0.0"}),
                "packages/own/package.json": json.dumps({"name": "own", "version": "1.0.0"}),
            },
            id="a package of the workspace itself",
        ),
        pytest.param(
            LOCKED,
            {
                "package.json": LOCKED["package.json"],
                "packages/own/package.json": json.dumps({"name": "own", "dependencies": {"right": "2.0.0"}}),
                "package-lock.json": lock({"left": "1.0.0", "right": "2.0.0"}),
            },
            id="asked for by a member of the workspace",
        ),
        pytest.param(LOCKED, {**LOCKED, "package-lock.json": lock({"left": "1.0.0"}, deep="1.0.0")}, id="transitive"),
        pytest.param(
            {"package.json": "{", "package-lock.json": LOCKED["package-lock.json"]},
            {"package.json": "{{", "package-lock.json": lock({"left": "1.0.0", "evil": "1.0.0"})},
            id="a manifest that cannot be read",
        ),
        pytest.param(
            LOCKED,
            {**LOCKED, "node_modules/x/package.json": manifest(dependencies={"evil": "*"})},
            id="a manifest of what was installed",
        ),
    ],
)
def test_what_agrees_is_no_drift(before: Mapping[str, str], after: Mapping[str, str]) -> None:
    found = compared(before, after)
    assert (told(found), found.gaps) == ([], ())


def pylock(*packages: str) -> str:
    """A `pylock.toml` of these packages; each may say after a space whom it requires."""
    text = 'lock-version = "1.0"\ncreated-by = "a tool"\n'
    for package in packages:
        name, _, required = package.partition(" ")
        wants = f'dependencies = [{{ name = "{required}" }}]\n' if required else ""
        sdist = f'sdist = {{ url = "https://files.example/{name}-1.0.tar.gz", hashes = {{ sha256 = "{"a" * 64}" }} }}\n'
        text += f'\n[[packages]]\nname = "{name}"\nversion = "1.0"\n{wants}{sdist}'
    return text


PYPROJECT = '[project]\nname = "shop"\ndependencies = ["left"]\n'
ASKS_FOR_MORE = PYPROJECT.replace('"left"', '"left", "right"')


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        pytest.param("pylock.toml", pylock("left"), pylock("left", "right", "deep"), id="pylock"),
        pytest.param("requirements.lock", "left==1.0\n", "left==1.0\nright==1.0\ndeep==1.0\n", id="rye"),
        pytest.param("requirements.txt", "left==1.0\n", "left==1.0\nright==1.0\ndeep==1.0\n", id="pip"),
    ],
)
def test_a_file_that_does_not_say_what_is_direct_explains_nothing(path: str, before: str, after: str) -> None:
    """Its packages count as direct, though most of them are somebody's dependencies: nothing is wrong with that."""
    found = compared({"pyproject.toml": PYPROJECT, path: before}, {"pyproject.toml": ASKS_FOR_MORE, path: after})
    assert {change.pin.package.name for change in found.changes} == {"right", "deep"}
    assert (told(found), found.gaps) == ([], ())


def test_a_pylock_that_says_who_requires_whom_is_held_against_its_manifest() -> None:
    before = {"pyproject.toml": PYPROJECT, "pylock.toml": pylock("left deep", "deep")}
    after = {**before, "pylock.toml": pylock("left deep", "deep", "evil")}
    assert told(compared(before, after)) == [
        "pylock.toml:16 it has pypi/evil@1.0 as a direct dependency, and no manifest asks for it"
    ]


@pytest.mark.parametrize("path", ["pylock.toml", "requirements.lock"])
def test_a_wish_is_looked_up_in_a_file_that_does_not_say_what_is_direct(path: str) -> None:
    lock = pylock("left") if path == "pylock.toml" else "left==1.0\n"
    found = compared({"pyproject.toml": PYPROJECT, path: lock}, {"pyproject.toml": ASKS_FOR_MORE, path: lock})
    assert told(found) == ["pyproject.toml:3 it asks for right, which the lockfile does not have"]


PIPENV = {
    "Pipfile": '[packages]\nleft = "*"\n',
    "Pipfile.lock": json.dumps({"_meta": {"pipfile-spec": 6}, "default": {"left": {"version": "==1.0.0"}}}, indent=1),
}


def test_a_wish_of_pipenv_without_its_lock_is_told() -> None:
    found = compared(PIPENV, {**PIPENV, "Pipfile": '[packages]\nleft = "*"\nevil = "*"\n'})
    assert told(found) == ["Pipfile:3 it asks for evil, which the lockfile does not have"]


def test_what_pipenv_locks_beside_what_was_asked_for_is_no_drift() -> None:
    entries = {"left": {"version": "==1.0.0"}, "deep": {"version": "==2.0.0"}}
    lock = json.dumps({"_meta": {"pipfile-spec": 6}, "default": entries}, indent=1)
    found = compared(PIPENV, {**PIPENV, "Pipfile.lock": lock})
    assert [change.pin.package.name for change in found.changes] == ["deep"]
    assert told(found) == []


def test_a_library_whose_ranges_stay_as_they_are_hears_nothing() -> None:
    """Its settings change with every release, and its ranges fix no version on purpose."""
    files = {
        "setup.cfg": "[metadata]\nversion = 1.0\n[options]\ninstall_requires =\n    left>=1\n",
        "setup.py": "from setuptools import setup\n\nsetup(version='1.0', tests_require=['right>2'])\n",
        "environment.yml": "name: kit-1.0\ndependencies:\n  - numpy\n  - pip:\n    - left>=1\n",
    }
    released = {name: text.replace("1.0", "1.1") for name, text in files.items()}
    found = compared(files, released)
    assert [file.path for file in found.files] == ["environment.yml", "setup.cfg", "setup.py"]
    assert (found.gaps, found.changes, told(found)) == ((), (), [])


def test_a_library_that_asks_for_more_hears_of_that_alone() -> None:
    files = {"setup.cfg": "[options]\ninstall_requires =\n    left>=1\n"}
    found = compared(files, {"setup.cfg": "[options]\ninstall_requires =\n    left>=1\n    right>=2\n"})
    assert [(gap.line, gap.gap.detail) for gap in found.gaps] == [
        (4, "right>=2 fixes no version; which one is installed cannot be examined.")
    ]


def test_a_wish_of_deno_without_its_lock_is_told() -> None:
    lock = json.dumps({"version": "5", "specifiers": {"npm:left@1": "1.0.0"}, "npm": {"left@1.0.0": {}}}, indent=1)
    before = {"deno.json": json.dumps({"imports": {"left": "npm:left@1"}}, indent=1), "deno.lock": lock}
    imports = {"left": "npm:left@2", "evil": "npm:evil", "std": "jsr:@std/fs@1"}
    after = {**before, "deno.json": json.dumps({"imports": imports}, indent=1)}
    assert told(compared(before, after)) == [
        "deno.json:3 it asks for left 2, and the lockfile has no version that this allows",
        "deno.json:4 it asks for evil, which the lockfile does not have",
        "deno.json:5 it asks for @std/fs 1, which the lockfile does not have",
    ]


def test_what_denos_sources_ask_for_themselves_needs_no_manifest() -> None:
    lock = {"version": "5", "specifiers": {"npm:left@1": "1.0.0"}, "npm": {"left@1.0.0": {}}}
    before = {"deno.json": "{}", "deno.lock": json.dumps({"version": "5"})}
    assert told(compared(before, {**before, "deno.lock": json.dumps(lock)})) == []


CARGO = '[package]\nname = "shop"\n[dependencies]\nleft = "1"\n'
CRATE = '[[package]]\nname = "%s"\nversion = "1.0.0"\nsource = "registry+https://crates.example/index"\n'
CARGO_LOCK = f'version = 4\n[[package]]\nname = "shop"\nversion = "0.1.0"\ndependencies = ["left"]\n{CRATE % "left"}'


def test_a_crate_that_is_asked_for_and_not_locked_is_told_and_was_not_compared() -> None:
    before = {"Cargo.toml": CARGO, "Cargo.lock": CARGO_LOCK}
    found = compared(before, {**before, "Cargo.toml": CARGO + 'evil = "1"\nown = { path = "own" }\n'})
    assert told(found) == ["Cargo.toml:5 it asks for evil 1, which the lockfile does not have"]
    assert [gap.gap.reason for gap in found.gaps] == [Reason.ECOSYSTEM]


def test_a_crate_that_is_locked_and_not_asked_for_is_told() -> None:
    before = {"Cargo.toml": CARGO, "Cargo.lock": CARGO_LOCK}
    after = {**before, "Cargo.lock": CARGO_LOCK.replace('["left"]', '["left", "evil"]') + CRATE % "evil"}
    assert told(compared(before, after)) == [
        "Cargo.lock:11 it has cargo/evil@1.0.0 as a direct dependency, and no manifest asks for it"
    ]


def test_what_replaces_a_crate_is_told_as_a_change() -> None:
    before = {"Cargo.toml": CARGO, "Cargo.lock": CARGO_LOCK}
    patch = '[patch.crates-io]\nleft = { git = "https://git.example/left" }\n'
    (change,) = compared(before, {**before, "Cargo.toml": CARGO + patch}).directives
    assert (change.line, change.kind, change.name, change.after) == (
        6,
        "replacement",
        "left",
        "git https://git.example/left",
    )
