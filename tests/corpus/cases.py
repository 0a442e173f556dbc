"""The cases of the corpus: one small text file each, read into what it is about, what is expected, and its files."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.finding import Severity
from app.core.package import Ecosystem
from app.core.specimen import ArtifactKind
from tests.corpus.markup import written_out
from tests.worker.inspection.archives import tarball
from tests.worker.inspection.zips import Zipped, recorded, zipped

ROOT = Path(__file__).parent
SIDES = ("malicious", "innocent")
_FILE = re.compile(r"^=== (?:(before|registry|source): )?(\S.*)$")
_KEYS = {
    "malicious": frozenset({"imitates", "rule", "at", "severity", "evasion", "aside", "waiting", "archive"}),
    "innocent": frozenset({"resembles", "aside", "waiting", "archive"}),
}
_NEEDED = {"malicious": frozenset({"imitates", "rule", "at"}), "innocent": frozenset({"resembles"})}
_MANIFEST = '{"name": "the-case", "version": "2.0.0", "main": "index.js"}\n'
_METADATA = "Metadata-Version: 2.1\nName: the-case\nVersion: 2.0.0\nLicense: MIT\n"
_INFO = "the_case-2.0.0.dist-info"


@dataclass(frozen=True)
class Case:
    """One case. `at` is `file:line`; `rule` and `at` are empty for an innocent one, `evasion` and `waiting` for most.

    `files` are packed as the archive under review, `before` as the one it replaces (none: the package is new here), and
    `registry` holds the `package.json` that the registry shows for it, if that is another. `source` is the source
    distribution that a wheel was released with, for what is only told when both are held against each other.
    """

    ecosystem: Ecosystem
    side: str
    behaviour: str
    name: str
    about: str
    kind: ArtifactKind
    rule: str = ""
    at: str = ""
    severity: Severity = Severity.HIGH
    evasion: str = ""
    waiting: str = ""
    is_aside: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    before: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    registry: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    source: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """How a person finds it: its path below this folder, without the ending."""
        return f"{self.ecosystem}/{self.side}/{self.behaviour}/{self.name}"

    @property
    def filename(self) -> str:
        """What its archive is called."""
        return f"the-case-2.0.0{_ENDINGS[self.kind]}"

    def archive(self, *, before: bool = False) -> io.BytesIO:
        """The archive under review, or the one that it replaces."""
        return io.BytesIO(_packed(self.kind, self.before if before else self.files))

    def as_source(self) -> Case:
        """The source distribution that was released with it, as a case of its own."""
        return replace(self, kind=ArtifactKind.SDIST, files=self.source, before={}, source={})


_ENDINGS = {ArtifactKind.NPM_TARBALL: ".tgz", ArtifactKind.SDIST: ".tar.gz", ArtifactKind.WHEEL: "-py3-none-any.whl"}


def all_cases() -> Iterator[Case]:
    """Every case, in the order of their paths."""
    for ecosystem in (Ecosystem.NPM, Ecosystem.PYPI):
        for path in sorted((ROOT / ecosystem.value).rglob("*.txt")):
            yield read(path, ecosystem)


def read(path: Path, ecosystem: Ecosystem) -> Case:
    """One case; ValueError says what is wrong with its form."""
    try:
        side, behaviour, _ = path.relative_to(ROOT / ecosystem.value).parts
        head, _, body = path.read_text("utf-8").partition("\n===")
        said = dict(_said(head))
        packed, before, registry, source = _files(f"==={body}")
        _check(said, side, packed)
    except ValueError as error:
        raise ValueError(f"{path.relative_to(ROOT)}: {error}") from error
    return Case(
        ecosystem,
        side,
        behaviour,
        path.stem,
        about=said.get("imitates") or said["resembles"],
        kind=_kind(ecosystem, said.get("archive"), packed),
        rule=said.get("rule", ""),
        at=said.get("at", ""),
        severity=Severity(said.get("severity", "high")),
        evasion=said.get("evasion", ""),
        waiting=said.get("waiting", ""),
        is_aside=said.get("aside") == "yes",
        files=packed,
        before=before,
        registry=registry,
        source=source,
    )


def _said(head: str) -> Iterator[tuple[str, str]]:
    for line in head.splitlines():
        key, colon, value = line.partition(": ")
        if not colon or not value.strip():
            raise ValueError(f"'{line}' is not 'what: its value'")
        yield key, value.strip()


def _files(body: str) -> tuple[dict[str, bytes], dict[str, bytes], dict[str, bytes], dict[str, bytes]]:
    groups: dict[str | None, dict[str, list[str]]] = {None: {}, "before": {}, "registry": {}, "source": {}}
    lines: list[str] = []
    for line in body.splitlines():
        if (found := _FILE.match(line)) is not None:
            lines = groups[found[1]].setdefault(found[2], [])
        else:
            lines.append(line)
    packed, before, registry, source = (
        {path: written_out("".join(f"{line}\n" for line in content)) for path, content in group.items()}
        for group in groups.values()
    )
    return packed, before, registry, source


def _check(said: Mapping[str, str], side: str, files: Mapping[str, bytes]) -> None:
    if side not in SIDES:
        raise ValueError(f"a case is one of {SIDES}")
    if missing := _NEEDED[side] - said.keys():
        raise ValueError(f"it does not say {sorted(missing)}")
    if strange := said.keys() - _KEYS[side]:
        raise ValueError(f"nobody knows {sorted(strange)}")
    if not files:
        raise ValueError("it has no files")
    if "at" in said:
        path, _, line = said["at"].rpartition(":")
        if path not in files or not 0 <= int(line) <= files[path].count(b"\n"):
            raise ValueError(f"there is no {said['at']}")


def _kind(ecosystem: Ecosystem, said: str | None, files: Mapping[str, bytes]) -> ArtifactKind:
    if ecosystem is Ecosystem.NPM:
        return ArtifactKind.NPM_TARBALL
    if said is not None:
        return ArtifactKind(said)
    return ArtifactKind.SDIST if {"setup.py", "pyproject.toml"} & files.keys() else ArtifactKind.WHEEL


def _packed(kind: ArtifactKind, files: Mapping[str, bytes]) -> bytes:
    """An archive; a case that is about something else need not bring a manifest."""
    match kind:
        case ArtifactKind.NPM_TARBALL:
            return tarball({"package.json": _MANIFEST, **files})
        case ArtifactKind.SDIST:
            return tarball({"PKG-INFO": _METADATA, **files}, "the-case-2.0.0")
        case ArtifactKind.WHEEL:
            whole = recorded({f"{_INFO}/METADATA": _METADATA, **files}, _INFO)
            if own := files.get(record := f"{_INFO}/RECORD"):  # the rows of a case, and those that it need not know
                rows = whole[record].splitlines(keepends=True)
                whole[record] = own + b"".join(row for row in rows if row.startswith(f"{_INFO}/".encode()))
            return zipped(*(Zipped(name, content) for name, content in whole.items()))
