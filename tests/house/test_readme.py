"""The README is true: its comment is the one that Assay posts, its commands exist, its policy is read."""

from __future__ import annotations

import re
from pathlib import Path

from app import cli
from app.core.policy import Policy
from app.demo import scene
from app.metrics import SERIES
from app.metrics_endpoint import STATE
from tests.stories.theatre import Theatre
from worker import bootstrap
from worker.lockfiles.register import ALL

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"


def quoted(comment: str) -> str:
    """A comment as the README shows it: without its hidden first line, quoted."""
    lines = comment.strip().splitlines()[1:]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def test_the_comment_in_the_readme_is_the_one_that_the_demo_posts(house: Theatre) -> None:
    for (name, version), tarball in scene.tarballs().items():
        house.registry.shelf.put_npm(name, version, tarball)
    repository = house.repository(scene.base_files())
    proposal = scene.proposals()[1]
    pull = house.github.open_pull(repository, proposal.title, proposal.files)
    house.settle()

    posted = re.sub(r"/reports/[\w-]+", "/reports/…", quoted(house.comment(pull)))
    shown = README.read_text("utf-8").partition("<!-- comment -->\n")[2].partition("\n<!-- /comment -->")[0]
    assert shown == posted


def test_the_policy_in_the_readme_can_be_read() -> None:
    (block,) = re.findall(r"```yaml\nversion: 1\n.*?```", README.read_text("utf-8"), re.DOTALL)
    text = block.removeprefix("```yaml\n").removesuffix("```")
    assert isinstance(bootstrap.read_policy(text.encode(), "the README", None), Policy)  # type: ignore[arg-type]


def test_every_command_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"\bassay ([a-z][a-z-]*)\b", README.read_text("utf-8")))
    assert named <= set(cli.COMMANDS)


def test_every_series_of_the_metrics_is_explained_and_no_other() -> None:
    section = README.read_text("utf-8").partition("### Figures and logs")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `assay_")]
    told = {name.removesuffix("_total") for row in rows for name in re.findall(r"`(assay_[a-z_]+)", row)}
    assert told == {series.name for series in SERIES} | set(STATE)


def test_every_link_to_a_file_leads_somewhere() -> None:
    targets = re.findall(r"\]\(([^):]+)\)", README.read_text("utf-8"))
    missing = [target for target in targets if not (ROOT / target).exists() and "…" not in target]
    assert not missing


def test_make_targets_that_the_readme_names_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?:`|^    )make ([a-z][a-z-]*)", README.read_text("utf-8"), re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_changelog_names_every_rule_and_every_format_is_in_the_readme() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert [rule for rule in bootstrap.catalogue().rules if f"`{rule}`" not in changelog] == []
    names = {
        "bun-lock": "bun.lock",
        "deno-lock": "deno.lock",
        "package-lock": "package-lock.json",
        "pnpm-lock": "pnpm-lock.yaml",
        "npmrc": ".npmrc",
        "deno-json": "deno.json",
        "cargo-toml": "Cargo.toml",
        "pnpm-workspace": "pnpm-workspace.yaml",
        "pdm-lock": "pdm.lock",
        "pipfile-lock": "Pipfile.lock",
        "poetry-lock": "poetry.lock",
        "pylock": "pylock.toml",
        "requirements": "requirements*.txt",
        "uv-lock": "uv.lock",
        "workflow": ".github/workflows",
        "dotnet-project": "*.csproj",
        "gradle-lock": "gradle.lockfile",
        "gradle-verification": "verification-metadata.xml",
        "maven-pom": "pom.xml",
        "mix-lock": "mix.lock",
        "nuget-lock": "packages.lock.json",
        "podfile-lock": "Podfile.lock",
        "pubspec-lock": "pubspec.lock",
        "swift-resolved": "Package.resolved",
        "version-catalog": "libs.versions.toml",
        "package-json": "package.json",
        "pyproject": "pyproject.toml",
        "pipfile": "Pipfile",
        "setup-cfg": "setup.cfg",
        "setup-py": "setup.py",
        "environment-yml": "environment.yml",
        "cargo-lock": "Cargo.lock",
        "composer-lock": "composer.lock",
        "dockerfile": "Dockerfile",
        "gemfile-lock": "Gemfile.lock",
        "go-mod": "go.mod",
        "go-sum": "go.sum",
        "pre-commit": ".pre-commit-config.yaml",
        "terraform-lock": ".terraform.lock.hcl",
        "yarn-lock": "yarn.lock",
    }
    text = README.read_text("utf-8")
    assert [parser.FORMAT for parser in ALL if names[parser.FORMAT] not in text] == []
