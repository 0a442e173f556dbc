"""Every parser there is, and which file is whose: a format that is not listed here does not exist."""

from __future__ import annotations

from app.core.ports import ManifestParser, Parser
from worker.lockfiles import (
    bun_lock,
    cargo_lock,
    cargo_toml,
    composer_lock,
    deno_json,
    deno_lock,
    dockerfile,
    dotnet_project,
    environment_yml,
    gemfile_lock,
    go_mod,
    go_sum,
    gradle_lock,
    gradle_verification,
    maven_pom,
    mix_lock,
    npmrc,
    nuget_lock,
    package_json,
    package_lock,
    pdm_lock,
    pipfile,
    pipfile_lock,
    pnpm_lock,
    pnpm_workspace,
    podfile_lock,
    poetry_lock,
    pre_commit,
    pubspec_lock,
    pylock,
    pyproject_toml,
    requirements_txt,
    setup_cfg,
    setup_py,
    swift_resolved,
    terraform_lock,
    uv_lock,
    version_catalog,
    workflow,
    yarn_lock,
)

MANIFESTS: tuple[ManifestParser, ...] = (
    package_json,
    pyproject_toml,
    pipfile,
    setup_cfg,
    setup_py,
    deno_json,
    cargo_toml,
)
ALL: tuple[Parser, ...] = (
    *MANIFESTS,
    package_lock,
    yarn_lock,
    pnpm_lock,
    pnpm_workspace,
    bun_lock,
    deno_lock,
    npmrc,
    requirements_txt,
    uv_lock,
    poetry_lock,
    pylock,
    pdm_lock,
    pipfile_lock,
    environment_yml,
    workflow,
    go_mod,
    go_sum,
    cargo_lock,
    gemfile_lock,
    composer_lock,
    dockerfile,
    pre_commit,
    terraform_lock,
    maven_pom,
    gradle_lock,
    gradle_verification,
    version_catalog,
    nuget_lock,
    dotnet_project,
    pubspec_lock,
    mix_lock,
    swift_resolved,
    podfile_lock,
)
FORMATS = {parser.FORMAT: parser for parser in ALL}

# Files that fix dependencies in formats that nobody parses yet: a review names them, so that silence is not "clean".
_UNREAD = frozenset(
    {
        "conda-lock.yml",
        "pixi.lock",
    }
)


def parser_for(path: str) -> Parser | None:
    """The parser of a file, by its path (POSIX, relative to the repository); None when nobody claims it."""
    return next((parser for parser in ALL if parser.claims(path)), None)


def manifest_for(path: str) -> ManifestParser | None:
    """The parser of a manifest, in which people write what a project asks for; None for every other file."""
    return next((parser for parser in MANIFESTS if parser.claims(path)), None)


def looks_like_dependency_file(path: str) -> bool:
    """Whether this is a dependency file by a well-known name, though perhaps of a format that nobody parses yet."""
    name = path.rpartition("/")[2].lower()
    return name in _UNREAD or parser_for(path) is not None
