"""`assay review` of folders and git revisions, with a real git and a registry on loopback."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from app import cli
from app.demo.packages import npm_tarball
from app.demo.registry import RegistryServer
from tests.stories.theatre import GREETER, STEALER, npm_files, sri

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run `assay …`; exit code, output, errors."""

    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main([str(argument) for argument in arguments])
        printed = capfd.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty git repository that we stand in."""
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, "/dev/null")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "A")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "a@people.example")
    git("init", "-q", "-b", "main")
    return folder


def git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], check=True)


def commit(files: dict[str, str]) -> None:
    write(Path.cwd(), files)
    git("add", "-A", "-f")
    git("commit", "-q", "-m", "change")


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> object:
    """A registry with `left` 1.0.0, harmless, and 1.0.1, whose install step sends credentials away; lock texts."""
    good = npm_tarball("left", "1.0.0", GREETER)
    bad = npm_tarball("left", "1.0.1", {**GREETER, **STEALER}, scripts={"postinstall": "node scripts/setup.js"})
    with RegistryServer() as server:
        monkeypatch.setenv("ASSAY_NPM_REGISTRY", server.endpoints.npm)
        monkeypatch.setenv("ASSAY_PYPI_INDEX", server.endpoints.pypi)
        server.shelf.put_npm("left", "1.0.0", good)
        server.shelf.put_npm("left", "1.0.1", bad)
        yield {
            version: npm_files({"left": (version, sri(content))})["package-lock.json"]
            for version, content in (("1.0.0", good), ("1.0.1", bad))
        }


def test_two_revisions_are_compared_by_all_their_dependency_files(
    run: Run, repository: Path, left: dict[str, str]
) -> None:
    commit({"web/package-lock.json": left["1.0.0"], "README.md": "one"})
    commit({"web/package-lock.json": left["1.0.1"], "README.md": "two"})
    code, output, _ = run("review", "git:HEAD~1", "git:HEAD")
    assert code == 1
    assert output.splitlines()[0] == "Comparing git:HEAD~1 with git:HEAD: 1 upgraded"
    assert "BLOCK  npm/left@1.0.1   web/package-lock.json:12" in output.splitlines()


def test_what_is_not_committed_yet_is_compared_with_a_revision(
    run: Run, repository: Path, left: dict[str, str]
) -> None:
    commit({"package-lock.json": left["1.0.0"]})
    assert run("review", "git:main", ".")[1].startswith("Comparing git:main with .: nothing changed")
    write(repository, {"package-lock.json": left["1.0.1"]})
    code, output, _ = run("review", "git:main", ".")
    assert (code, output.splitlines()[0]) == (1, "Comparing git:main with .: 1 upgraded")


def test_in_a_sub_folder_a_revision_is_that_folder(
    run: Run, repository: Path, left: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"a/package-lock.json": left["1.0.0"], "b/package-lock.json": left["1.0.0"]})
    commit({"a/package-lock.json": left["1.0.1"], "b/package-lock.json": left["1.0.1"]})
    monkeypatch.chdir(repository / "a")
    output = run("review", "git:HEAD~1", "git:HEAD")[1]
    assert "BLOCK  npm/left@1.0.1   package-lock.json:12" in output.splitlines()
    assert "b/package-lock.json" not in output


def test_two_folders_are_compared_and_installed_packages_are_left_out(
    run: Run, tmp_path: Path, left: dict[str, str]
) -> None:
    write(tmp_path / "old", {"package-lock.json": left["1.0.0"]})
    write(
        tmp_path / "new",
        {
            "package-lock.json": left["1.0.0"],
            "node_modules/x/package-lock.json": left["1.0.1"],
            "env/pyvenv.cfg": "",
            "env/requirements.txt": "six==1.16.0\n",
        },
    )
    code, output, _ = run("review", tmp_path / "old", tmp_path / "new")
    assert code == 0
    assert output.splitlines()[0].endswith("nothing changed")


def test_a_new_file_of_a_format_that_nobody_reads_is_named(run: Run, repository: Path, left: dict[str, str]) -> None:
    commit({"README.md": "one"})
    commit({"pixi.lock": "version: 6\n"})
    output = run("review", "git:HEAD~1", "git:HEAD")[1]
    assert "note  pixi.lock looks like a dependency file, but its format is not read yet" in output.splitlines()


EXCEPTION = """\
version: 1
rules:
  - alert: [credential-theft, install-script, capability-gained]
    package: npm/left
    action: {action}
    reason: known
    owner: us
    until: 2999-01-01
"""


def test_the_policy_of_the_old_side_judges_so_that_a_change_cannot_loosen_its_own(
    run: Run, repository: Path, left: dict[str, str]
) -> None:
    commit({"package-lock.json": left["1.0.0"]})
    commit({"package-lock.json": left["1.0.1"], ".github/assay.yml": EXCEPTION.format(action="ignore")})
    commit({"package-lock.json": left["1.0.0"]})
    assert run("review", "git:HEAD~2", "git:HEAD~1")[0] == 1
    assert run("review", "git:HEAD", "git:HEAD~1")[0] == 0


def test_warnings_exit_1_when_they_are_asked_to(run: Run, repository: Path, left: dict[str, str]) -> None:
    commit({"package-lock.json": left["1.0.0"], ".github/assay.yml": EXCEPTION.format(action="warn")})
    commit({"package-lock.json": left["1.0.1"]})
    assert run("review", "git:HEAD~1", "git:HEAD")[0] == 0
    assert run("review", "git:HEAD~1", "git:HEAD", "--fail-on", "warn")[0] == 1


def test_a_policy_file_can_be_named(run: Run, repository: Path, left: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path, {"ours.yml": EXCEPTION.format(action="ignore"), "off.yml": "version: 1\nenabled: false\n"})
    write(tmp_path, {"wrong.yml": "version: 1\npreset: loud\n"})
    commit({"package-lock.json": left["1.0.0"]})
    commit({"package-lock.json": left["1.0.1"]})
    sides = ("git:HEAD~1", "git:HEAD")
    assert run("review", *sides, "--policy", tmp_path / "ours.yml")[0] == 0
    code, output, errors = run("review", *sides, "--policy", tmp_path / "off.yml")
    assert (code, output) == (0, "")
    assert "Nothing was examined." in errors
    code, _, errors = run("review", *sides, "--policy", tmp_path / "wrong.yml")
    assert code == 2
    assert f'{tmp_path / "wrong.yml"} line 2, column 9: "loud" is not one of quiet, balanced, strict' in errors


@pytest.mark.parametrize(
    ("sides", "complaint"),
    [
        (
            ("git:nope", "git:HEAD"),
            "git:nope: this repository has no such revision. Is it fetched? `git fetch` brings what is missing.",
        ),
        (("git:", "git:HEAD"), "git: without a revision. Write git:main, git:HEAD~1 or git:1a2b3c4."),
        (("git:--help", "git:HEAD"), "git:--help: this repository has no such revision."),
        (("git:HEAD", "README.md"), "README.md is a single file and git:HEAD is not."),
    ],
)
def test_sides_that_cannot_be_compared_exit_2_with_the_cause(
    run: Run, repository: Path, sides: tuple[str, str], complaint: str
) -> None:
    commit({"README.md": "one"})
    code, output, errors = run("review", *sides)
    assert (code, output) == (2, "")
    assert complaint in errors


def test_outside_a_repository_a_revision_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    code, _, errors = run("review", "git:HEAD", ".")
    assert code == 2
    assert "git:HEAD: the current folder is in no git repository" in errors


def test_names_that_are_no_unicode_and_symbolic_links_do_no_harm(
    run: Run, repository: Path, left: dict[str, str]
) -> None:
    commit({"README.md": "one"})
    folder = bytes(repository) + b"/caf\xe9"
    Path(repository, "link").symlink_to(repository, target_is_directory=True)
    Path(folder.decode("utf-8", "surrogateescape")).mkdir()
    Path(folder.decode("utf-8", "surrogateescape"), "package-lock.json").write_text(left["1.0.0"])
    git("add", "-A")
    git("commit", "-q", "-m", "change")
    for other in ("git:HEAD", "."):
        code, output, _ = run("review", "git:HEAD~1", other, "--format", "json")
        assert code == 0
        assert r"caf\\xe9/package-lock.json" in output


def test_packages_of_a_folder_are_those_of_all_its_files(run: Run, tmp_path: Path, left: dict[str, str]) -> None:
    write(tmp_path, {"a/package-lock.json": left["1.0.0"], "b/requirements.txt": "six==1.16.0\n", "pixi.lock": "x\n"})
    code, output, _ = run("packages", tmp_path)
    assert code == 3
    heads = [line for line in output.splitlines() if not line.startswith(" ")]
    assert heads == [
        f"{tmp_path}/a/package-lock.json: package-lock, read, 1 packages",
        f"{tmp_path}/b/requirements.txt: requirements, read, 1 packages",
        f"{tmp_path}/pixi.lock: unread, unreadable, 0 packages",
    ]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert run("packages", empty)[0] == 2


def test_inspecting_a_folder_inspects_its_archives(run: Run, tmp_path: Path) -> None:
    (tmp_path / "left-1.0.0.tgz").write_bytes(npm_tarball("left", "1.0.0", GREETER))
    (tmp_path / "right-2.0.0.tgz").write_bytes(npm_tarball("right", "2.0.0", GREETER))
    (tmp_path / "notes.txt").write_text("no archive")
    code, output, _ = run("inspect", tmp_path)
    assert code == 0
    assert output.splitlines()[-1] == "2 packages have nothing to decide."


@pytest.mark.parametrize("name", ["sarif", "cyclonedx", "spdx", "markdown", "ndjson"])
def test_a_review_is_written_in_the_formats_of_others(
    run: Run, repository: Path, left: dict[str, str], name: str
) -> None:
    commit({"package-lock.json": left["1.0.0"]})
    commit({"package-lock.json": left["1.0.1"]})
    code, output, errors = run("review", "git:HEAD~1", "git:HEAD", "--format", name)
    assert (code, errors) == (1, "")
    assert "drop.example" in output
    assert output.startswith("## " if name == "markdown" else "{")
