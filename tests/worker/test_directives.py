"""Overrides, patches, catalogs and the like that change are told as changes, wherever they stand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from app.core.directive_text import plain_lines
from tests.worker.test_drift import LOCKED, compared, lock, manifest
from worker.comparison import Comparison

PNPM_LOCK = "lockfileVersion: '9.0'\n"


def changed(found: Comparison) -> list[str]:
    return list(plain_lines(found.directives))


def npm(**fields: Any) -> dict[str, str]:
    """A project with a lockfile of npm, and these fields in its manifest."""
    return {**LOCKED, "package.json": manifest(dependencies={"left": "^1.0.0"}, **fields)}


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        pytest.param(
            {"overrides": {"semver": "7.5.2"}},
            {"overrides": {"semver": "7.5.4"}},
            ["package.json:7: override of semver changed: 7.5.2 → 7.5.4"],
            id="npm",
        ),
        pytest.param(
            {},
            {"overrides": {"chart": {".": "5.1.0", "colour": "2.4.0"}}},
            [
                "package.json:8: override of chart added: 5.1.0",
                "package.json:9: override of chart > colour added: 2.4.0",
            ],
            id="npm's overrides below a package",
        ),
        pytest.param(
            {"resolutions": {"**/colour": "2.4.0"}},
            {},
            ["package.json: override of **/colour removed, it was 2.4.0"],
            id="yarn",
        ),
        pytest.param(
            {},
            {"resolutions": {"left@^1": "patch:left@npm%3A1.0.0#~/.yarn/patches/left.patch"}},
            ["package.json:7: patch of left@^1 added: patch:left@npm%3A1.0.0#~/.yarn/patches/left.patch"],
            id="yarn's patches",
        ),
        pytest.param(
            {},
            {"pnpm": {"overrides": {"a": "1"}, "patchedDependencies": {"left@1.0.0": "patches/left.patch"}}},
            [
                "package.json:8: override of a added: 1",
                "package.json:11: patch of left@1.0.0 added: patches/left.patch",
            ],
            id="pnpm",
        ),
        pytest.param(
            {},
            {"workspaces": {"packages": ["a"], "catalog": {"react": "^18"}, "catalogs": {"old": {"react": "^16"}}}},
            [
                "package.json:11: catalog entry of react added: ^18",
                "package.json:15: catalog entry of react (catalog old) added: ^16",
            ],
            id="bun",
        ),
    ],
)
def test_in_a_package_json(before: Mapping[str, Any], after: Mapping[str, Any], lines: list[str]) -> None:
    """Although its lockfile stands beside it, so that nobody takes its ranges for pins."""
    found = compared(npm(**before), npm(**after))
    assert changed(found) == lines
    assert found.changes == ()
    assert [file.path for file in found.files] == ["package.json"]


def test_one_that_stays_is_not_told() -> None:
    before, after = npm(overrides={"a": "1"}, scripts={}), npm(scripts={}, overrides={"a": "1"})
    found = compared(before, after)
    assert (changed(found), found.files) == ([], ())


def test_a_manifest_without_a_lockfile_has_them_as_well() -> None:
    found = compared({"package.json": manifest()}, {"package.json": manifest(overrides={"a": "1"})})
    assert changed(found) == ["package.json:4: override of a added: 1"]


@pytest.mark.parametrize(
    ("path", "before", "after", "lines"),
    [
        pytest.param(
            "pnpm-workspace.yaml",
            "catalog:\n  react: ^18.2.0\n",
            "catalog:\n  react: ^18.3.1\noverrides:\n  semver: 7.5.4\n",
            [
                "pnpm-workspace.yaml:2: catalog entry of react changed: ^18.2.0 → ^18.3.1",
                "pnpm-workspace.yaml:4: override of semver added: 7.5.4",
            ],
            id="a workspace of pnpm",
        ),
        pytest.param(
            "pnpm-lock.yaml",
            PNPM_LOCK,
            PNPM_LOCK + "overrides:\n  semver: 7.5.4\n"
            "catalogs:\n  default:\n    react:\n      specifier: ^18.3.1\n      version: 18.3.1\n",
            [
                "pnpm-lock.yaml:3: override of semver added: 7.5.4",
                "pnpm-lock.yaml:6: catalog entry of react added: ^18.3.1",
            ],
            id="pnpm's lockfile",
        ),
        pytest.param(
            "bun.lock",
            '{"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {}}',
            '{"lockfileVersion": 1, "workspaces": {"": {}}, "packages": {},\n"overrides": {\n"semver": "7.5.4"}}',
            ["bun.lock:3: override of semver added: 7.5.4"],
            id="bun's lockfile",
        ),
        pytest.param(
            "go.mod",
            "module shop.example/a\nrequire git.example/b v1.0.0\n",
            "module shop.example/a\nrequire git.example/b v1.0.0\nreplace git.example/c v2.0.0 => ../c\n",
            ["go.mod:3: replacement of git.example/c v2.0.0 added: ../c"],
            id="Go",
        ),
        pytest.param(
            "constraints.txt",
            "kit<2\nleft==1.0\n",
            "kit<3\nleft==1.0\n",
            ["constraints.txt:1: constraint of kit changed: kit<2 → kit<3"],
            id="pip's constraints",
        ),
        pytest.param(
            "pyproject.toml",
            '[project]\nname = "shop"\n',
            '[project]\nname = "shop"\n[tool.uv]\noverride-dependencies = [\n  "Kit==1.0",\n]\n'
            'constraint-dependencies = ["left<2"]\n'
            '[tool.uv.sources]\nkit = { git = "https://robot:s3cret@git.example/kit", rev = "v1" }\n'
            '[tool.pdm.resolution.overrides]\nright = "1.2"\n',
            [
                "pyproject.toml:5: override of kit added: Kit==1.0",
                "pyproject.toml:7: constraint of left added: left<2",
                "pyproject.toml:9: source of kit added: git https://***@git.example/kit, rev v1",
                "pyproject.toml:11: override of right added: 1.2",
            ],
            id="uv and pdm",
        ),
    ],
)
def test_in_other_files(path: str, before: str, after: str, lines: list[str]) -> None:
    found = compared({path: before}, {path: after})
    assert changed(found) == lines
    assert (found.changes, found.gaps) == ((), ())


def test_a_file_that_goes_takes_its_own_along() -> None:
    found = compared({"pnpm-workspace.yaml": "overrides:\n  a: 1.0.0\n"}, {})
    assert changed(found) == ["pnpm-workspace.yaml: override of a removed, it was 1.0.0"]


PATCHED = {
    **npm(pnpm={"patchedDependencies": {"left@1.0.0": "patches/left.patch"}}),
    "patches/left.patch": "+safe\n",
    "patches/unused.patch": "+safe\n",
}


def test_a_patch_whose_content_changes_is_named_with_what_it_is_applied_to() -> None:
    found = compared(PATCHED, {**PATCHED, "patches/left.patch": "+evil\n", "patches/unused.patch": "+evil\n"})
    assert changed(found) == ["patches/left.patch:1: patch of left@1.0.0 has other contents: patches/left.patch"]
    assert [(file.path, file.format) for file in found.files] == [("patches/left.patch", "patch")]


def test_yarns_patches_are_found_by_their_protocol() -> None:
    patch = ".yarn/patches/left-npm-1.0.0-abc.patch"
    manifest_text = manifest(resolutions={"left": f"patch:left@npm%3A1.0.0#~/{patch}"})
    before = {"package.json": manifest_text, patch: "+safe\n"}
    found = compared(before, {**before, patch: "+evil\n"})
    assert changed(found) == [f"{patch}:1: patch of left has other contents: {patch}"]


def test_a_version_that_the_workspace_forces_is_no_drift() -> None:
    """Pnpm 10 reads overrides from its workspace file, and npm those of the root for all of its workspaces."""
    member = {"packages/own/package.json": manifest(dependencies={"left": "^1.0.0"})}
    wish = {"packages/own/package.json": manifest(dependencies={"left": "^9.0.0"})}
    root = {**LOCKED, "pnpm-workspace.yaml": "overrides:\n  left: 1.0.0\n"}
    assert compared({**root, **member}, {**root, **wish}).gaps == ()
    root = {**npm(overrides={"left": "1.0.0"}), "package-lock.json": lock({"left": "1.0.0"})}
    assert compared({**root, **member}, {**root, **wish}).gaps == ()


def test_one_said_in_two_files_is_one_line() -> None:
    before = {"package.json": manifest(), "pnpm-lock.yaml": PNPM_LOCK}
    after = {
        "package.json": json.dumps({"name": "shop", "pnpm": {"overrides": {"a": "1.0.0"}}}),
        "pnpm-lock.yaml": PNPM_LOCK + "overrides:\n  a: 1.0.0\n",
    }
    assert changed(compared(before, after)) == ["pnpm-lock.yaml:3, package.json:1: override of a added: 1.0.0"]
