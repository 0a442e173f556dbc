"""What Assay says of well-known packages: `make bench-noise`.

Each is added in its latest version, and upgraded from the version before, in folders of a package.json and a
requirements.txt; `assay review` does the rest, so that whatever it asks of the registries and of the archives is part
of it. Versions are asked for with npm and pip. What is blocked or warned is printed with its places, to be read by hand.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
from packaging.version import InvalidVersion, Version

NPM = (
    *("axios", "bcrypt", "chalk", "commander", "core-js", "debug", "dotenv", "electron", "esbuild", "eslint"),
    *("express", "husky", "jest", "lodash", "mongoose", "node-sass", "pg", "prettier", "puppeteer", "react"),
    *("react-dom", "sharp", "typescript", "uuid", "vite", "vue", "webpack", "ws"),
)
PYPI = (
    *("black", "boto3", "click", "coverage", "cryptography", "django", "fastapi", "flask", "httpx", "keyring"),
    *("lxml", "numpy", "paramiko", "pillow", "pip", "psycopg2", "pydantic", "pytest", "pyyaml", "requests"),
    *("rich", "selenium", "setuptools", "sqlalchemy", "twine", "urllib3"),
)
"""Fifty and a few, of every size: libraries, tools, installers of binaries, clients of clouds, browsers and keyrings."""


@click.command()
@click.option("--only", multiple=True, help="Names of packages; all, if none is given.")
def main(only: tuple[str, ...]) -> None:
    """Print what would block or warn, added and upgraded."""
    npm = {name: npm_versions(name) for name in NPM if not only or name in only}
    pypi = {name: pypi_versions(name) for name in PYPI if not only or name in only}
    with tempfile.TemporaryDirectory() as folder:
        nothing, old, new = (Path(folder) / name for name in ("nothing", "old", "new"))
        write(nothing, {}, {})
        write(old, {name: pair[0] for name, pair in npm.items()}, {name: pair[0] for name, pair in pypi.items()})
        write(new, {name: pair[1] for name, pair in npm.items()}, {name: pair[1] for name, pair in pypi.items()})
        for title, before in (("added", nothing), ("upgraded", old)):
            report = review(before, new)
            changes = report["changes"]
            click.echo(f"\n{title}: {len(changes)} packages")
            for line in told(report):
                click.echo(f"  {line}")
            for action in ("block", "warn"):
                names = {found["package"] for found in report["findings"] if found["action"] == action}
                click.echo(f"  {action}: {len(names)} packages")


def npm_versions(name: str) -> tuple[str, str]:
    """The version before the latest, and the latest."""
    asked = _said(["npm", "view", name, "versions", "dist-tags.latest", "--json"])
    answer = json.loads(asked)
    return _last_two(answer["versions"], answer["dist-tags.latest"])


def pypi_versions(name: str) -> tuple[str, str]:
    """The version before the latest, and the latest."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "index", "versions", name]
    found = re.search(r"Available versions: (.*)", _said(pip))
    assert found is not None, name
    return _last_two(found[1].split(", "), found[1].split(", ")[0])


def _last_two(versions: Sequence[str], latest: str) -> tuple[str, str]:
    top = Version(latest)
    older = [(read, text) for text in versions for read in _release(text) if read < top]
    return (max(older)[1] if older else latest), latest


def _release(text: str) -> Iterator[Version]:
    try:
        version = Version(text)
    except InvalidVersion:
        return
    if not version.is_prerelease:
        yield version


def write(folder: Path, npm: dict[str, str], pypi: dict[str, str]) -> None:
    """One manifest of each ecosystem."""
    folder.mkdir()
    (folder / "package.json").write_text(json.dumps({"dependencies": npm}, indent=1) + "\n")
    (folder / "requirements.txt").write_text("".join(f"{name}=={version}\n" for name, version in pypi.items()))


def review(old: Path, new: Path) -> dict[str, Any]:
    """The report of `assay review`, as its JSON says it."""
    command = [sys.executable, "-m", "app.cli", "review", str(old), str(new), "--format", "json"]
    report: dict[str, Any] = json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout)
    return report


def told(report: dict[str, Any]) -> Iterator[str]:
    """What blocks or warns, and what was not examined, with places."""
    for found in report["findings"]:
        if found["action"] in ("block", "warn"):
            yield f"{found['action']} {found['package']} {found['id']} ({found['severity']}): {found['message']}"
            for one in found["evidence"]:
                yield f"    {one['file']}:{one['line']}  {one['says']}  {one['text'][:120]}"
    for gap in report["not_examined"]:
        yield f"not examined: {json.dumps(gap)[:300]}"


def _said(command: Sequence[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
    return done.stdout


if __name__ == "__main__":
    main()
