"""Packages by name and archives on disk, inspected as if they were newly added."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from app.core.errors import CannotExamine, InputError, Reason
from app.core.integrity import Digest
from app.core.package import INSPECTED, Ecosystem, Package
from app.core.ports import Inspection, InspectionRequest
from app.core.records import Record, inspection_record
from app.core.report import Reviewed
from app.core.specimen import ArtifactFacts, ArtifactKind, NotExamined
from worker.comparison import Comparison
from worker.examination import Examined, examine_all, summarise
from worker.local.workbench import NO_DEADLINE, Workbench
from worker.lookup import Gathered, examine_archive
from worker.package_reports import asked_for
from worker.verdict import make_report

_ARCHIVES = (".tgz", ".tar.gz", ".zip", ".whl")


@dataclass(frozen=True, slots=True)
class Answer:
    """One input of `assay inspect` with what was learned."""

    name: str
    item: Reviewed
    facts: tuple[ArtifactFacts, ...]

    def record(self) -> Record:
        """As JSON."""
        return inspection_record(self.name, self.item, self.facts)


def inspect_all(inputs: Sequence[str], bench: Workbench, kind: ArtifactKind | None) -> Iterator[Answer]:
    """Inspect packages by label and archives by path, several at a time, answers in the order of the inputs."""
    work = [_planned(text, bench, kind) for text in inputs]  # every wrong input is told before any work begins
    with ThreadPoolExecutor(max_workers=max(1, bench.tools.jobs)) as pool:
        for text, examined in zip(inputs, pool.map(lambda job: job(), work), strict=True):
            yield _answer(text, examined, bench)


def with_folders(inputs: Iterable[str]) -> tuple[str, ...]:
    """The inputs, a folder replaced by the archives that lie in it; raise `InputError` for one without any."""
    found: list[str] = []
    for text in inputs:
        if not Path(text).is_dir():
            found.append(text)
            continue
        inside = sorted(str(path) for path in Path(text).iterdir() if path.is_file() and path.name.endswith(_ARCHIVES))
        if not inside:
            raise InputError(f"{text}: no archive lies in this folder ({', '.join(_ARCHIVES)}).")
        found += inside
    return tuple(found)


def archive_kind(path: Path) -> ArtifactKind:
    """The kind of an archive by its name; raise `InputError` when the name does not say."""
    name = path.name.lower()
    if name.endswith(".whl"):
        return ArtifactKind.WHEEL
    if name.endswith(".tgz"):
        return ArtifactKind.NPM_TARBALL
    if name.endswith((".tar.gz", ".zip")):
        return ArtifactKind.SDIST
    raise InputError(
        f"{path}: the name does not say what kind of archive it is (.tgz, .tar.gz, .zip, .whl). Say it with --kind."
    )


def _planned(text: str, bench: Workbench, kind: ArtifactKind | None) -> Callable[[], Examined]:
    path = Path(text)
    if path.is_file():
        return partial(_inspect_path, path, kind or archive_kind(path), kind is None, bench)
    if "@" not in text or path.suffix in (".tgz", ".gz", ".zip", ".whl"):
        raise InputError(f"{text}: no such file, and not a package such as npm/name@1.2.3")
    package = Package.parse(text)
    if package.ecosystem not in INSPECTED:
        opened = ", ".join(sorted(INSPECTED))
        raise InputError(f"{text!r}: packages of {package.ecosystem.called} are not opened, only those of {opened}.")
    return partial(_inspect_package, package, bench)


def _inspect_package(package: Package, bench: Workbench) -> Examined:
    return examine_all([asked_for(package)], bench.tools, deadline=NO_DEADLINE, keep_facts=True)[0]


def _inspect_path(path: Path, kind: ArtifactKind, guessed: bool, bench: Workbench) -> Examined:
    """Inspect one archive. Its name is a guess: when what lies in it is of the other kind, look again as that."""
    package = _package_of(path, kind)
    gathered = Gathered()
    try:
        inspection = _inspect_bytes(path, kind, package, bench)
        other = _other_kind(kind, inspection) if guessed else None
        if other is not None:
            package = _package_of(path, other)
            inspection = _inspect_bytes(path, other, package, bench)
        gathered.add(inspection)
    except CannotExamine as error:
        gathered.gaps.append(NotExamined(path.name, error.reason, error.detail))
    except OSError as error:
        gathered.gaps.append(NotExamined(path.name, Reason.MALFORMED, f"{path}: {error.strerror or error}"))
    return summarise((asked_for(_named_by_manifest(package, gathered)),), gathered, ())


def _inspect_bytes(path: Path, kind: ArtifactKind, package: Package, bench: Workbench) -> Inspection:
    with path.open("rb") as content:
        digest = Digest("sha256", hashlib.file_digest(content, "sha256").hexdigest())
        content.seek(0)
        request = InspectionRequest(package=package, filename=path.name, kind=kind, archive=content)
        return examine_archive(request, bench.tools, (digest,))


def _other_kind(kind: ArtifactKind, inspection: Inspection) -> ArtifactKind | None:
    """`.tar.gz` may be an npm tarball and `.tgz` an sdist: the manifest at the root tells."""
    if inspection.facts is None or kind is ArtifactKind.WHEEL:
        return None
    names = {file.path for file in inspection.facts.files}
    if (
        kind is ArtifactKind.SDIST
        and "package.json" in names
        and not names & {"PKG-INFO", "setup.py", "pyproject.toml"}
    ):
        return ArtifactKind.NPM_TARBALL
    if kind is ArtifactKind.NPM_TARBALL and "PKG-INFO" in names and "package.json" not in names:
        return ArtifactKind.SDIST
    return None


def _package_of(path: Path, kind: ArtifactKind) -> Package:
    """A label for a local archive, from its name, until its manifest says better."""
    ecosystem = Ecosystem.NPM if kind is ArtifactKind.NPM_TARBALL else Ecosystem.PYPI
    stem = path.name
    for suffix in (".tar.gz", ".tgz", ".zip", ".whl"):
        stem = stem.removesuffix(suffix)
    name, _, rest = stem.partition("-") if kind is ArtifactKind.WHEEL else stem.rpartition("-")
    return Package.of(ecosystem, name or stem, rest.split("-")[0] or "0")


def _named_by_manifest(package: Package, gathered: Gathered) -> Package:
    metadata = dict(gathered.facts[0].metadata) if gathered.facts else {}
    name, version = metadata.get("name"), metadata.get("version")
    return Package.of(package.ecosystem, name, version) if name and version else package


def _answer(text: str, examined: Examined, bench: Workbench) -> Answer:
    report = make_report(Comparison(), [examined], bench.judge())
    return Answer(text, report.reviewed[0], examined.facts)
