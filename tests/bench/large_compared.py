"""Files of ecosystems that are compared only, of the size that large projects have."""

from __future__ import annotations

import base64
import hashlib
import json

from tests.bench.large_lockfiles import version_of

MANY = range(5_000)


def go_mod(version: str) -> bytes:
    """A `go.mod` of five thousand modules."""
    lines = (f"\tgit.example/acme/part{n} v{version_of(n, version)} // indirect\n" for n in MANY)
    return f"module git.example/acme/shop\n\ngo 1.24\n\nrequire (\n{''.join(lines)})\n".encode()


def go_sum(version: str) -> bytes:
    """Its `go.sum`."""
    return "".join(
        f"git.example/acme/part{n} v{version_of(n, version)} h1:{_base64(n)}\n"
        f"git.example/acme/part{n} v{version_of(n, version)}/go.mod h1:{_base64(n)}\n"
        for n in MANY
    ).encode()


def cargo_lock(version: str) -> bytes:
    """A `Cargo.lock` of two thousand crates."""
    parts = ["version = 4\n\n"]
    parts += [
        f'[[package]]\nname = "part{n}"\nversion = "{version_of(n, version)}"\n'
        f'source = "registry+https://crates.example/index"\nchecksum = "{n:064x}"\n'
        f'dependencies = [\n "part{(n + 1) % 2000}",\n]\n\n'
        for n in range(2_000)
    ]
    return "".join(parts).encode()


def cargo_toml(version: str) -> bytes:
    """A `Cargo.toml` that asks for two thousand crates."""
    return ("[dependencies]\n" + "".join(f'part{n} = "={version_of(n, version)}"\n' for n in range(2_000))).encode()


def gemfile_lock(version: str) -> bytes:
    """A `Gemfile.lock` of five thousand gems."""
    specs = "".join(f"    part{n} ({version_of(n, version)})\n      part{(n + 1) % 5000} (>= 1)\n" for n in MANY)
    return f"GEM\n  remote: https://gems.example/\n  specs:\n{specs}\nDEPENDENCIES\n  part0\n".encode()


def composer_lock(version: str) -> bytes:
    """A `composer.lock` of two thousand packages."""
    packages = [
        {
            "name": f"acme/part{n}",
            "version": version_of(n, version),
            "source": {"type": "git", "url": f"https://git.example/acme/part{n}.git", "reference": f"{n:040x}"},
            "dist": {"type": "zip", "url": f"https://files.example/part{n}", "reference": f"{n:040x}", "shasum": ""},
            "require": {"php": ">=8.1", f"acme/part{(n + 1) % 2000}": "^1"},
            "notification-url": "https://packages.example/downloads/",
        }
        for n in range(2_000)
    ]
    return json.dumps({"packages": packages, "packages-dev": []}, indent=4).encode()


def dockerfile(version: str) -> bytes:
    """A Dockerfile of a thousand stages."""
    return "".join(f"FROM part{n}:{version_of(n, version)} AS s{n}\nRUN true\n" for n in range(1_000)).encode()


def pre_commit(version: str) -> bytes:
    """A thousand repositories of hooks."""
    repos = "".join(
        f"  - repo: https://git.example/part{n}\n    rev: v{version_of(n, version)}\n    hooks:\n      - id: lint\n"
        for n in range(1_000)
    )
    return f"repos:\n{repos}".encode()


def terraform_lock(version: str) -> bytes:
    """A thousand providers."""
    return "".join(
        f'provider "registry.example/acme/part{n}" {{\n  version = "{version_of(n, version)}"\n'
        f'  hashes = [\n    "h1:x",\n    "zh:{n:064x}",\n  ]\n}}\n\n'
        for n in range(1_000)
    ).encode()


def workflow(version: str) -> bytes:
    """A workflow of two thousand steps."""
    steps = "".join(f"      - uses: acme/part{n}@v{version_of(n, version)} # a comment\n" for n in range(2_000))
    return f"on: push\njobs:\n  all:\n    steps:\n{steps}".encode()


def maven_pom(version: str) -> bytes:
    """A `pom.xml` of two thousand dependencies."""
    dependencies = "".join(
        f"<dependency><groupId>com.example</groupId><artifactId>part{n}</artifactId>\n"
        f"<version>{version_of(n, version)}</version></dependency>\n"
        for n in range(2_000)
    )
    return f"<project>\n<dependencies>\n{dependencies}</dependencies>\n</project>\n".encode()


def gradle_lock(version: str) -> bytes:
    """A `gradle.lockfile` of five thousand packages."""
    return "".join(f"com.example:part{n}:{version_of(n, version)}=compileClasspath\n" for n in MANY).encode()


def gradle_verification(version: str) -> bytes:
    """The hashes of two thousand packages."""
    components = "".join(
        f'<component group="com.example" name="part{n}" version="{version_of(n, version)}">\n'
        f'<artifact name="part{n}.jar"><sha256 value="{n:064x}"/></artifact>\n</component>\n'
        for n in range(2_000)
    )
    return f"<verification-metadata><components>\n{components}</components></verification-metadata>\n".encode()


def version_catalog(version: str) -> bytes:
    """A catalogue of two thousand libraries."""
    return (
        b"[libraries]\n"
        + "".join(
            f'part{n} = {{ module = "com.example:part{n}", version = "{version_of(n, version)}" }}\n'
            for n in range(2_000)
        ).encode()
    )


def nuget_lock(version: str) -> bytes:
    """A `packages.lock.json` of two thousand packages."""
    packages = {
        f"Part{n}": {
            "type": "Transitive",
            "resolved": version_of(n, version),
            "contentHash": _base64(n),
            "dependencies": {f"Part{(n + 1) % 2000}": "1.0.0"},
        }
        for n in range(2_000)
    }
    return json.dumps({"version": 1, "dependencies": {"net9.0": packages}}, indent=2).encode()


def dotnet_project(version: str) -> bytes:
    """A project of two thousand references."""
    references = "".join(
        f'<PackageReference Include="Part{n}" Version="{version_of(n, version)}" />\n' for n in range(2_000)
    )
    return f"<Project>\n<ItemGroup>\n{references}</ItemGroup>\n</Project>\n".encode()


def pubspec_lock(version: str) -> bytes:
    """A `pubspec.lock` of a thousand packages."""
    packages = "".join(
        f"  part{n}:\n    dependency: transitive\n    description:\n      name: part{n}\n"
        f'      sha256: "{n:064x}"\n      url: "https://pub.example"\n    source: hosted\n'
        f'    version: "{version_of(n, version)}"\n'
        for n in range(1_000)
    )
    return f"packages:\n{packages}".encode()


def mix_lock(version: str) -> bytes:
    """A `mix.lock` of two thousand packages."""
    entries = "".join(
        f'  "part{n}": {{:hex, :part{n}, "{version_of(n, version)}", "{n:064x}", [:mix], [], "hexpm", "{n:064x}"}},\n'
        for n in range(2_000)
    )
    return f"%{{\n{entries}}}\n".encode()


def swift_resolved(version: str) -> bytes:
    """A `Package.resolved` of a thousand packages."""
    pins = [
        {
            "identity": f"part{n}",
            "kind": "remoteSourceControl",
            "location": f"https://git.example/part{n}.git",
            "state": {"revision": f"{n:040x}", "version": version_of(n, version)},
        }
        for n in range(1_000)
    ]
    return json.dumps({"pins": pins, "version": 3}, indent=2).encode()


def podfile_lock(version: str) -> bytes:
    """A `Podfile.lock` of two thousand pods."""
    pods = "".join(f"  - Part{n} ({version_of(n, version)})\n" for n in range(2_000))
    return f"PODS:\n{pods}\nDEPENDENCIES:\n  - Part0\n".encode()


def _base64(number: int) -> str:
    return base64.b64encode(hashlib.sha256(str(number).encode()).digest()).decode()
