"""Lockfiles of npm's and Python's world, of the size that large projects have; each tenth package has the version given."""

from __future__ import annotations

import json
from typing import Any

from tests.stories.theatre import sri


def version_of(number: int, version: str) -> str:
    """Each tenth package changes."""
    return version if number % 10 == 0 else "1.0.0"


def package_lock(version: str) -> bytes:
    """A `package-lock.json` of 24,000 entries."""
    entries: dict[str, Any] = {"": {"name": "big", "dependencies": {"package-0": "1"}}}
    for number in range(24_000):
        this = version_of(number, version)
        entries[f"node_modules/package-{number}"] = {
            "version": this,
            "resolved": f"https://registry.example/package-{number}/-/package-{number}-{this}.tgz",
            "integrity": sri(f"{number} {this}".encode()),
            "engines": {"node": ">=18"},
            "dependencies": {f"package-{number + 1}": "^1.0.0", f"package-{number + 7}": "^1.0.0"},
        }
    return json.dumps({"lockfileVersion": 3, "packages": entries}, indent=2).encode()


def requirements(version: str) -> bytes:
    """A hashed requirements file of five thousand packages."""
    lines = (f"package-{n}=={version_of(n, version)} \\\n    --hash=sha256:{n:064x}\n" for n in range(5_000))
    return "".join(lines).encode()


def uv_lock(version: str) -> bytes:
    """A `uv.lock` of a thousand packages with eight wheels each."""
    parts = ['version = 1\nrevision = 3\nrequires-python = ">=3.11"\n']
    for number in range(1_000):
        this = version_of(number, version)
        wheels = "".join(
            f'    {{ url = "https://files.example/p/package_{number}-{this}-cp311-cp311-linux_{n}.whl", '
            f'hash = "sha256:{number * 100 + n:064x}", size = {n + 1000}, '
            f'upload-time = "2026-01-0{n % 9 + 1}T00:00:00Z" }},\n'
            for n in range(8)
        )
        parts.append(
            f'\n[[package]]\nname = "package-{number}"\nversion = "{this}"\n'
            f'source = {{ registry = "https://registry.example/simple" }}\n'
            f'dependencies = [\n    {{ name = "package-{(number + 1) % 1000}" }},\n]\nwheels = [\n{wheels}]\n'
        )
    return "".join(parts).encode()


def poetry_lock(version: str) -> bytes:
    """A `poetry.lock` of 1,500 packages with eight files each."""
    parts = []
    for number in range(1_500):
        this = version_of(number, version)
        files = "".join(
            f'    {{file = "package_{number}-{this}-{n}.whl", hash = "sha256:{number * 100 + n:064x}"}},\n'
            for n in range(8)
        )
        parts.append(
            f'[[package]]\nname = "package-{number}"\nversion = "{this}"\ndescription = "One of many"\n'
            f'optional = false\npython-versions = ">=3.8"\ngroups = ["main"]\nfiles = [\n{files}]\n\n'
            f'[package.dependencies]\npackage-{(number + 1) % 1500} = ">=1"\n\n'
        )
    end = f'[metadata]\nlock-version = "2.1"\npython-versions = ">=3.11"\ncontent-hash = "{0:064x}"\n'
    return ("".join(parts) + end).encode()


def yarn_lock(version: str) -> bytes:
    """A `yarn.lock` of yarn 1 with 2,500 entries."""
    parts = ["# yarn lockfile v1\n\n"]
    for number in range(2_500):
        this = version_of(number, version)
        parts.append(
            f'\npackage-{number}@^1.0.0:\n  version "{this}"\n'
            f'  resolved "https://registry.example/package-{number}/-/package-{number}-{this}.tgz#{number:040x}"\n'
            f"  integrity {sri(f'{number} {this}'.encode())}\n"
            f'  dependencies:\n    package-{(number + 1) % 2500} "^1.0.0"\n'
        )
    return "".join(parts).encode()


def npmrc(version: str) -> bytes:
    """A `.npmrc` with a registry for each of five hundred scopes."""
    return "".join(f"@scope{n}:registry=https://v{version_of(n, version)}.example/\n" for n in range(500)).encode()


def deno_json(version: str) -> bytes:
    """A `deno.json` with two thousand imports."""
    imports = {f"part{n}": f"npm:part{n}@{version_of(n, version)}" for n in range(2_000)}
    return json.dumps({"imports": imports}, indent=2).encode()


def pnpm_workspace(version: str) -> bytes:
    """A `pnpm-workspace.yaml` with a catalog of two thousand entries."""
    return ("catalog:\n" + "".join(f"  part{n}: ^{version_of(n, version)}\n" for n in range(2_000))).encode()


def pnpm_lock(version: str) -> bytes:
    """A `pnpm-lock.yaml` of 2,500 packages."""
    direct = version_of(0, version)
    importers = "lockfileVersion: '9.0'\n\nimporters:\n\n  .:\n    dependencies:\n"
    parts = [f"{importers}      package-0:\n        specifier: ^1.0.0\n        version: {direct}\n\npackages:\n\n"]
    numbers = range(2_500)
    parts += [
        f"  package-{n}@{version_of(n, version)}:\n"
        f"    resolution: {{integrity: {sri(f'{n} {version_of(n, version)}'.encode())}}}\n    engines: {{node: '>=18'}}\n\n"
        for n in numbers
    ]
    parts.append("snapshots:\n\n")
    for n in numbers:
        needed = (n + 1) % 2500
        parts.append(
            f"  package-{n}@{version_of(n, version)}:\n    dependencies:\n"
            f"      package-{needed}: {version_of(needed, version)}\n\n"
        )
    return "".join(parts).encode()


def package_json(version: str) -> bytes:
    """A `package.json` of five thousand exact versions."""
    wanted = {f"package-{number}": version_of(number, version) for number in range(5_000)}
    return json.dumps({"name": "big", "dependencies": wanted}, indent=2).encode()


def pyproject(version: str) -> bytes:
    """A `pyproject.toml` of two thousand exact versions."""
    wanted = "".join(f'    "package-{number}=={version_of(number, version)}",\n' for number in range(2_000))
    return f'[project]\nname = "big"\ndependencies = [\n{wanted}]\n'.encode()


def bun_lock(version: str) -> bytes:
    """A `bun.lock` of five thousand packages."""
    rows = (
        f'    "package-{n}": ["package-{n}@{version_of(n, version)}", "", {{ "dependencies": {{ '
        f'"package-{(n + 1) % 5_000}": "^1.0.0" }} }}, "{sri(f"{n} {version_of(n, version)}".encode())}"],'
        for n in range(5_000)
    )
    head = '{\n  "lockfileVersion": 1,\n  "workspaces": {\n    "": {\n      "name": "big",\n    },\n  },\n  "packages": {\n'
    return (head + "\n\n".join(rows) + "\n  }\n}\n").encode()


def deno_lock(version: str) -> bytes:
    """A `deno.lock` of five thousand packages."""
    packages = {
        f"package-{n}@{version_of(n, version)}": {
            "integrity": sri(f"{n} {version_of(n, version)}".encode()),
            "dependencies": [f"package-{(n + 1) % 5_000}"],
        }
        for n in range(5_000)
    }
    return json.dumps({"version": "5", "specifiers": {}, "npm": packages}, indent=2).encode()


def pipfile(version: str) -> bytes:
    """A `Pipfile` of two thousand exact versions."""
    wanted = "".join(f'package-{number} = "=={version_of(number, version)}"\n' for number in range(2_000))
    return f"[packages]\n{wanted}".encode()


def setup_cfg(version: str) -> bytes:
    """A `setup.cfg` of two thousand exact versions."""
    wanted = "".join(f"    package-{number}=={version_of(number, version)}\n" for number in range(2_000))
    return f"[options]\ninstall_requires =\n{wanted}".encode()


def setup_py(version: str) -> bytes:
    """A `setup.py` of two thousand exact versions."""
    wanted = "".join(f'    "package-{number}=={version_of(number, version)}",\n' for number in range(2_000))
    return f"from setuptools import setup\n\nsetup(install_requires=[\n{wanted}])\n".encode()


def environment_yml(version: str) -> bytes:
    """An `environment.yml` of two thousand exact versions for pip."""
    wanted = "".join(f"      - package-{number}=={version_of(number, version)}\n" for number in range(2_000))
    return f"dependencies:\n  - pip:\n{wanted}".encode()


def pylock(version: str) -> bytes:
    """A `pylock.toml` of a thousand packages with four wheels each."""
    parts = ['lock-version = "1.0"\ncreated-by = "a-tool"\n']
    for number in range(1_000):
        this = version_of(number, version)
        wheels = "".join(
            f'    {{ name = "package_{number}-{this}-{n}-py3-none-any.whl", '
            f'url = "https://files.example/package_{number}-{this}-{n}-py3-none-any.whl", '
            f'hashes = {{ sha256 = "{number * 10 + n:064x}" }} }},\n'
            for n in range(4)
        )
        parts.append(
            f'\n[[packages]]\nname = "package-{number}"\nversion = "{this}"\n'
            f'index = "https://registry.example/simple"\nwheels = [\n{wheels}]\n'
        )
    return "".join(parts).encode()


def pdm_lock(version: str) -> bytes:
    """A `pdm.lock` of a thousand packages with four files each."""
    parts = ['[metadata]\ngroups = ["default"]\nlock_version = "4.5.0"\ncontent_hash = "sha256:0"\n']
    for number in range(1_000):
        this = version_of(number, version)
        files = "".join(
            f'    {{file = "package_{number}-{this}-{n}.whl", hash = "sha256:{number * 10 + n:064x}"}},\n'
            for n in range(4)
        )
        parts.append(
            f'\n[[package]]\nname = "package-{number}"\nversion = "{this}"\nsummary = "One of many"\n'
            f'groups = ["default"]\nfiles = [\n{files}]\n'
        )
    return "".join(parts).encode()


def pipfile_lock(version: str) -> bytes:
    """A `Pipfile.lock` of two thousand packages."""
    packages = {
        f"package-{number}": {
            "hashes": [f"sha256:{number * 10 + n:064x}" for n in range(4)],
            "index": "main",
            "version": f"=={version_of(number, version)}",
        }
        for number in range(2_000)
    }
    sources = [{"name": "main", "url": "https://registry.example/simple", "verify_ssl": True}]
    meta = {"hash": {"sha256": f"{0:064x}"}, "pipfile-spec": 6, "requires": {}, "sources": sources}
    return json.dumps({"_meta": meta, "default": packages, "develop": {}}, indent=4).encode()
