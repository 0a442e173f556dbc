"""The command line, used as a person and as a program use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.demo.packages import npm_tarball, sdist, wheel
from app.demo.registry import RegistryServer
from tests.stories.theatre import GREETER, STEALER, npm_files, sri

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[RegistryServer]:
    """A registry on loopback that the command line is told to use."""
    with RegistryServer() as server:
        monkeypatch.setenv("ASSAY_NPM_REGISTRY", server.endpoints.npm)
        monkeypatch.setenv("ASSAY_PYPI_INDEX", server.endpoints.pypi)
        yield server


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `assay …`; exit code, output, errors."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


def records(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def lockfile(folder: Path, name: str, packages: dict[str, tuple[str, str]]) -> Path:
    path = folder / name
    path.write_text(npm_files(packages)["package-lock.json"])
    return path


def test_a_review_of_two_lockfiles_shows_the_block_with_its_line_and_exits_1(
    run: Run, registry: RegistryServer, tmp_path: Path
) -> None:
    old, new = (
        npm_tarball("left", "1.0.0", GREETER),
        npm_tarball("left", "1.0.1", {**GREETER, **STEALER}, scripts={"postinstall": "node scripts/setup.js"}),
    )
    registry.shelf.put_npm("left", "1.0.0", old)
    registry.shelf.put_npm("left", "1.0.1", new)
    before = lockfile(tmp_path, "package-lock.old.json", {"left": ("1.0.0", sri(old))})
    after = lockfile(tmp_path, "package-lock.json", {"left": ("1.0.1", sri(new))})
    code, output, _ = run("review", before, after)
    assert code == 1
    lines = output.splitlines()
    assert lines[0] == f"Comparing {before} with {after}: 1 upgraded"
    block = next(line for line in lines if line.startswith("BLOCK"))
    assert block == f"BLOCK  npm/left@1.0.1   {after}:12"
    assert any("scripts/setup.js:4" in line for line in lines)
    assert lines[-1] == "0 packages have nothing to decide. 1 blocked."


def test_a_review_as_json_is_one_object(run: Run, registry: RegistryServer, tmp_path: Path) -> None:
    tarball = npm_tarball("left", "1.0.0", GREETER)
    registry.shelf.put_npm("left", "1.0.0", tarball)
    before = lockfile(tmp_path, "a.json", {})
    after = lockfile(tmp_path, "package-lock.json", {"left": ("1.0.0", sri(tarball))})
    code, output, _ = run("review", before, after, "--format", "json")
    (record,) = records(output)
    assert code == 0
    assert record["conclusion"] == "success"
    assert [(one["kind"], one["package"], one["after"]) for one in record["changes"]] == [
        ("added", "npm/left", "1.0.0")
    ]


def test_inspect_answers_one_object_for_each_input_in_their_order(
    run: Run, registry: RegistryServer, tmp_path: Path
) -> None:
    registry.shelf.put_npm("left", "1.0.0", npm_tarball("left", "1.0.0", GREETER))
    path = tmp_path / "greet-1.0-py3-none-any.whl"
    path.write_bytes(wheel("greet", "1.0", {"greet/__init__.py": "import os\nprint(os.environ['HOME'])\n"}))
    code, output, _ = run("inspect", path, "npm/left@1.0.0", "npm/missing@1.0.0", "--format", "json")
    first, second, third = records(output)
    assert code == 3
    assert (first["package"], first["status"]) == (str(path), "examined")
    assert {"id": "environment", "file": "greet/__init__.py", "line": 2, "reach": "import", "detail": "HOME"} in first[
        "facts"
    ]
    assert (second["package"], second["status"]) == ("npm/left@1.0.0", "examined")
    assert second["artifacts"][0]["name"] == "left-1.0.0.tgz"
    assert (third["status"], third["artifacts"]) == ("not-examined", [])
    assert [gap["reason"] for gap in third["not_examined"]] == ["not-found"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("odd-1.0.0.tar.gz", npm_tarball("odd", "1.0.0", {"index.js": "eval(process.argv[2])\n"})),
        ("odd-1.0.0.tgz", sdist("odd", "1.0.0", {"odd.py": "eval(input())\n"})),
    ],
    ids=["an npm tarball called .tar.gz", "an sdist called .tgz"],
)
def test_an_archive_under_the_other_ecosystems_name_is_known_by_its_manifest(
    run: Run, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    code, output, _ = run("inspect", path, "--format", "json")
    (record,) = records(output)
    assert code == 0
    assert "dynamic-code" in {fact["id"] for fact in record["facts"]}


def test_a_broken_archive_is_not_examined_and_says_why(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "broken-1.0.0.tgz"
    path.write_bytes(npm_tarball("broken", "1.0.0", GREETER)[:-20])
    code, output, _ = run("inspect", path)
    assert code == 3
    assert "NOT EXAMINED" in output


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["inspect", "left-pad"], "left-pad: no such file, and not a package such as npm/name@1.2.3"),
        (
            ["inspect", "gem/rails@1.0.0"],
            "'gem/rails@1.0.0': packages of Ruby are not opened, only those of npm, pypi.",
        ),
        (["inspect", "npm/left"], "npm/left: no such file, and not a package such as npm/name@1.2.3"),
        (["packages", "missing/package-lock.json"], "missing/package-lock.json: No such file or directory"),
        (["review", "missing.json", "other.json"], "missing.json: No such file or directory"),
        (["rule", "no-such-rule"], "there is no rule 'no-such-rule'. `assay rules` lists them."),
        (["inspect"], "Missing argument"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["inspect", "npm/left@1.0.0", "--jobs", "0"], "0 is not in the range 1<=x<=64"),
    ],
)
def test_wrong_use_exits_2_and_says_what_is_wrong(run: Run, arguments: list[str], complaint: str) -> None:
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "")
    assert complaint in errors


def test_packages_lists_what_is_pinned_with_its_line(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "requirements.txt"
    path.write_text("# ours\nrequests==2.32.3\nflask>=3\n")
    code, output, _ = run("packages", path, "--format", "json")
    (record,) = records(output)
    assert code == 3
    assert record["format"] == "requirements"
    assert record["packages"] == [
        {
            "ecosystem": "pypi",
            "name": "requests",
            "version": "2.32.3",
            "source": {"kind": "registry"},
            "line": 2,
            "scope": "runtime",
            "direct": True,
        }
    ]
    assert [problem["line"] for problem in record["problems"]] == [3]


def test_packages_of_a_file_that_cannot_be_read_is_unreadable_and_not_empty(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "package-lock.json"
    path.write_text('{"lockfileVersion": 3,\n "packages": {')
    code, output, _ = run("packages", path, "--format", "json")
    (record,) = records(output)
    assert (code, record["status"]) == (3, "unreadable")
    assert record["problems"][0]["line"] == 2


def test_every_rule_is_listed_and_has_a_page(run: Run) -> None:
    code, output, _ = run("rules", "--format", "json")
    names = [record["id"] for record in records(output)]
    assert code == 0
    assert {"credential-theft", "install-script", "integrity-mismatch"} <= set(names)
    for name in names:
        code, page, _ = run("rule", name)
        assert code == 0
        assert "What to do" in page


def test_an_archive_whose_name_says_nothing_needs_its_kind(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "package"
    path.write_bytes(npm_tarball("left", "1.0.0", GREETER))
    assert run("inspect", path)[0] == 2
    assert run("inspect", path, "--kind", "npm-tarball")[0] == 0
