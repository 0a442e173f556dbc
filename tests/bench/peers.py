"""Assay beside GuardDog on the same archives, in one run: `make bench-peers`.

Archives are fetched by name, once, with npm and pip; GuardDog lives in an environment of its own. Both are asked for
what the code in an archive does: no registry, no network. GuardDog's start and the start of our template are not
counted, unpacking is. CPU seconds are user and system time of all processes, from the kernel.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from app.core.finding import Severity
from app.core.package import Ecosystem, Package
from app.core.ports import Inspection, InspectionRequest
from app.core.specimen import ArtifactFacts, ArtifactKind
from worker.inspection.sandbox import SealedInspector

PEER = "guarddog==3.2.0"
SUSPICIOUS = 5.0  # from this score on GuardDog's own documentation calls a package suspicious
TICKS = os.sysconf("SC_CLK_TCK")
PAIRS = (
    ("npm", "lodash", "4.17.20", "4.17.21"),
    ("npm", "axios", "1.7.2", "1.7.3"),
    ("npm", "express", "4.19.1", "4.19.2"),
    ("npm", "react-dom", "18.2.0", "18.3.1"),
    ("npm", "webpack", "5.91.0", "5.92.0"),
    ("npm", "eslint", "9.4.0", "9.5.0"),
    ("npm", "prettier", "3.3.1", "3.3.2"),
    ("npm", "chalk", "5.2.0", "5.3.0"),
    ("npm", "commander", "12.0.0", "12.1.0"),
    ("npm", "uuid", "9.0.1", "10.0.0"),
    ("npm", "rxjs", "7.8.0", "7.8.1"),
    ("npm", "vue", "3.4.29", "3.4.30"),
    ("npm", "@babel/core", "7.24.6", "7.24.7"),
    ("pypi", "requests", "2.32.2", "2.32.3"),
    ("pypi", "urllib3", "2.2.1", "2.2.2"),
    ("pypi", "flask", "3.0.2", "3.0.3"),
    ("pypi", "django", "5.0.5", "5.0.6"),
    ("pypi", "sqlalchemy", "2.0.30", "2.0.31"),
    ("pypi", "numpy", "1.26.3", "1.26.4"),
    ("pypi", "jinja2", "3.1.3", "3.1.4"),
    ("pypi", "boto3", "1.34.128", "1.34.129"),
    ("pypi", "click", "8.1.6", "8.1.7"),
    ("pypi", "setuptools", "70.0.0", "70.1.0"),
    ("pypi", "pip", "24.0", "24.1"),
    ("pypi", "cryptography", "42.0.7", "42.0.8"),
)
"""Well-known packages of every size, each with the version before: ecosystem, name, old, new."""


@dataclass(frozen=True, slots=True)
class Release:
    """One archive on disk."""

    package: Package
    path: Path

    @property
    def kind(self) -> ArtifactKind:
        """By the archive's name."""
        suffixes = {".tgz": ArtifactKind.NPM_TARBALL, ".whl": ArtifactKind.WHEEL}
        return suffixes.get(self.path.suffix, ArtifactKind.SDIST)


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds for one package, and what was said of it."""

    name: str
    cpu: float
    said: str


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("build/bench"), show_default=True)
@click.option("--only", multiple=True, help="Names of packages; all, if none is given.")
def main(folder: Path, only: tuple[str, ...]) -> None:
    """Print total and median CPU, peak memory and findings of both."""
    pairs = [
        tuple(fetch(folder / "archives", Package.of(Ecosystem(system), name, version)) for version in (old, new))
        for system, name, old, new in PAIRS
        if not only or name in only
    ]
    olds, news = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    size = sum(release.path.stat().st_size for release in news)
    click.echo(f"{len(news)} archives, {size / 1e6:.0f} MB packed\n")

    cold, upgrades = ours(olds, news)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024  # before the peer's processes are waited for
    theirs, their_peak = peers(folder / "peer", news)

    click.echo(f"{'package':<28}{'GuardDog':>10}{'cold':>9}{'upgrade':>9}   found")
    for one, two, three in zip(theirs, cold, upgrades, strict=True):
        click.echo(f"{two.name:<28}{one.cpu:>10.2f}{two.cpu:>9.2f}{three.cpu:>9.2f}   {two.said} | {one.said}")
    for word, of in (("total", sum), ("median", statistics.median)):
        row = [of([spent.cpu for spent in column]) for column in (theirs, cold, upgrades)]
        click.echo(f"{word:<28}{row[0]:>10.2f}{row[1]:>9.2f}{row[2]:>9.2f}   CPU seconds")
        click.echo(f"{'  of GuardDog':<28}{'':>10}{row[1] / row[0]:>9.2f}{row[2] / row[0]:>9.2f}")
    click.echo(f"peak memory of one process: GuardDog {their_peak:.0f} MB, Assay {peak:.0f} MB")


def ours(olds: Sequence[Release], news: Sequence[Release]) -> tuple[list[Spent], list[Spent]]:
    """Every new archive as if it were added, then beside the known facts of the old one."""
    cold, upgrades = [], []
    with SealedInspector(pool=1) as inspector:
        inspector.start()
        for old, new in zip(olds, news, strict=True):
            _, before = _inspect(inspector, old, None)
            spent, _ = _inspect(inspector, new, None)
            cold.append(spent)
            spent, _ = _inspect(inspector, new, before.facts)
            upgrades.append(spent)
    return cold, upgrades


def peers(folder: Path, releases: Sequence[Release]) -> tuple[list[Spent], float]:
    """GuardDog over the same archives, in its own environment."""
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PEER], check=True)
        (folder / "ready").touch()
    script = Path(__file__).with_name("peer.py")
    done = subprocess.run(
        [python, script, *(release.path for release in releases)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    spent = [Spent(line["archive"], line["cpu"], _their_words(line)) for line in lines]
    return spent, max(line["peak"] for line in lines)


def fetch(folder: Path, package: Package) -> Release:
    """One archive, from the cache or with the ecosystem's own client."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / package.label.replace("/", "_")
    if not place.is_dir():
        place.mkdir()
        if package.ecosystem is Ecosystem.NPM:
            command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
        else:
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            command = [*pip, "--no-deps", "--only-binary=:all:", f"{package.name}=={package.version}"]
        subprocess.run(command, cwd=place, stdout=subprocess.DEVNULL, check=True)
    (archive,) = place.iterdir()
    return Release(package, archive)


def _inspect(inspector: SealedInspector, release: Release, before: ArtifactFacts | None) -> tuple[Spent, Inspection]:
    began = _cpu_seconds()
    with release.path.open("rb") as content:
        request = InspectionRequest(
            package=release.package,
            filename=release.path.name,
            kind=release.kind,
            archive=content,
            previous=release.package if before else None,
            before=before,
        )
        inspection = inspector.inspect(request)
    spent = _cpu_seconds() - began
    return Spent(release.package.label, spent, _our_words(inspection)), inspection


def _cpu_seconds() -> float:
    """This process and its children, running ones (the template) and theirs that have ended (proc(5), fields 14-17)."""
    return sum(_ticks(pid) for pid in (os.getpid(), *_children())) / TICKS


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = 2 if pid == os.getpid() else 4  # our own ended children are no part of an inspection
    return sum(map(int, fields[11 : 11 + own]))


def _children() -> Iterator[int]:
    for task in Path("/proc/self/task").iterdir():
        yield from map(int, (task / "children").read_text().split())


def _our_words(inspection: Inspection) -> str:
    grave = sorted({one.rule for one in inspection.findings if one.severity.rank >= Severity.HIGH.rank})
    gaps = [f"not examined: {gap.reason}" for gap in inspection.not_examined]
    return ", ".join([*grave, *dict.fromkeys(gaps)]) or "-"


def _their_words(line: dict[str, object]) -> str:
    score = float(str(line["score"]))
    word = "suspicious" if score >= SUSPICIOUS else "score"
    return str(line["error"])[:60] or f"{word} {score:.1f}"


if __name__ == "__main__":
    main()
