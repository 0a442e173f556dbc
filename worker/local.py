"""The same engine without GitHub: two files, packages by name, or archives on disk."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from app.core.diff import Change, ChangeKind
from app.core.errors import CannotExamine, InputError, Reason
from app.core.integrity import Digest
from app.core.lockfile import Lockfile, Pin, Scope, UnreadableLockfile
from app.core.package import REGISTRY, Ecosystem, Package
from app.core.policy import Policy
from app.core.ports import Inspection, InspectionRequest, Parser
from app.core.records import Record, inspection_record, packages_record
from app.core.report import Report, Reviewed
from app.core.rule import Catalogue
from app.core.specimen import ArtifactFacts, ArtifactKind, NotExamined
from worker.comparison import Comparison, FilePair, ParserFor, compare_files
from worker.examination import Examined, examine_all, summarise
from worker.lookup import Gathered, Tools, examine_archive
from worker.verdict import Judge, make_report

NO_DEADLINE = float("inf")
FORMATS = {"package-lock": "package-lock.json", "requirements": "requirements.txt"}
"""Formats by name → a file name that their parser claims."""


@dataclass(frozen=True, slots=True)
class Workbench:
    """What the command line works with."""

    tools: Tools
    catalogue: Catalogue
    parser_for: ParserFor
    policy: Policy = field(default_factory=Policy)

    def judge(self) -> Judge:
        """Judge by this policy, today."""
        return Judge(self.policy, self.catalogue, self.tools.clock().date())


@dataclass(frozen=True, slots=True)
class Answer:
    """One input of `assay inspect` with what was learned."""

    name: str
    item: Reviewed
    facts: tuple[ArtifactFacts, ...]

    def record(self) -> Record:
        """As JSON."""
        return inspection_record(self.name, self.item, self.facts)


def read_packages(path: Path, parser_for: ParserFor, file_format: str | None = None) -> Record:
    """What one dependency file says, or why it cannot be read; raise `InputError` when there is no such file."""
    content = read_file(path)
    parser = _parser(path, content, parser_for, file_format)
    try:
        lockfile: Lockfile | UnreadableLockfile = parser.parse(path.as_posix(), content)
    except UnreadableLockfile as error:
        lockfile = error
    return packages_record(path.as_posix(), parser.FORMAT, lockfile)


def compare_paths(old: Path, new: Path, bench: Workbench, file_format: str | None = None) -> Comparison:
    """Compare two dependency files on disk."""
    before, after = read_file(old), read_file(new)
    parser = _parser(new, after, bench.parser_for, file_format)
    pair = FilePair(new.as_posix(), before, after)
    return compare_files([pair], lambda _path: parser)


def review_comparison(comparison: Comparison, bench: Workbench, progress: Callable[[int, int], None]) -> Report:
    """Examine what changed and judge it."""
    began = time.monotonic()
    examined = examine_all(comparison.changes, bench.tools, deadline=NO_DEADLINE, progress=progress)
    report = make_report(comparison, examined, bench.judge())
    return replace(report, seconds=time.monotonic() - began)


def inspect_all(inputs: Sequence[str], bench: Workbench, kind: ArtifactKind | None) -> Iterator[Answer]:
    """Inspect packages by label and archives by path, several at a time, answers in the order of the inputs."""
    work = [_planned(text, bench, kind) for text in inputs]  # every wrong input is told before any work begins
    with ThreadPoolExecutor(max_workers=max(1, bench.tools.jobs)) as pool:
        for text, examined in zip(inputs, pool.map(lambda job: job(), work), strict=True):
            yield _answer(text, examined, bench)


def read_file(path: Path) -> bytes:
    """The content of a file; raise `InputError` with the cause when it cannot be had."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error


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


def _parser(path: Path, content: bytes, parser_for: ParserFor, file_format: str | None) -> Parser:
    """The parser by format, by the file's name, or by what the file looks like."""
    if file_format is not None:
        parser = parser_for(FORMATS[file_format])
        assert parser is not None
        return parser
    parser = parser_for(path.as_posix())
    if parser is not None:
        return parser
    start = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    guess = "package-lock" if start.startswith(b"{") and b'"lockfileVersion"' in content[:65536] else None
    if guess is None and path.suffix in (".txt", ".in"):
        guess = "requirements"
    if guess is None:
        raise InputError(
            f"{path}: not a dependency file that Assay reads. Say its format with --as ({', '.join(FORMATS)})."
        )
    return _parser(path, content, parser_for, guess)


def _planned(text: str, bench: Workbench, kind: ArtifactKind | None) -> Callable[[], Examined]:
    path = Path(text)
    if path.is_file():
        return partial(_inspect_path, path, kind or archive_kind(path), kind is None, bench)
    if path.is_dir():
        raise InputError(f"{text}: is a folder. Name the archives in it.")
    if "@" not in text or path.suffix in (".tgz", ".gz", ".zip", ".whl"):
        raise InputError(f"{text}: no such file, and not a package such as npm/name@1.2.3")
    return partial(_inspect_package, Package.parse(text), bench)


def _inspect_package(package: Package, bench: Workbench) -> Examined:
    return examine_all([_asked_for(package)], bench.tools, deadline=NO_DEADLINE)[0]


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
    return summarise((_asked_for(_named_by_manifest(package, gathered)),), gathered, ())


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


def _asked_for(package: Package) -> Change:
    pin = Pin(package, REGISTRY, 0, Scope.RUNTIME, direct=True)
    return Change(ChangeKind.ADDED, "", None, pin)


def _answer(text: str, examined: Examined, bench: Workbench) -> Answer:
    report = make_report(Comparison(), [examined], bench.judge())
    return Answer(text, report.reviewed[0], examined.facts)
