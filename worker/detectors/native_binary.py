"""Holds a program that nobody can read: new, changed, for another platform, in disguise, or packed.

Native code does what it likes, and no review shows it. Where it comes from matters more than with source: it should be
built from what stands beside it, and be what it is called.

Looks at    ELF, PE and Mach-O files, whatever they are called: what they are for, which functions of consequence they
            import, packers' sections and dense code, addresses in their texts; and their sources in the package.
Reports     files that an upgrade brings to a package without any of their kind, that changed in what they do while
            their source did not, that are for another platform than the package or their folder says, packed, damaged,
            or that name a place for stolen data: medium. High when they run or load at install, are called like data,
            or name such a place.
Blind to    native code that a package always had and that belongs there (it is listed, not told), what a program does
            that it does not import (linked statically), other processors, and WebAssembly.
What to do  Ask where the file was built and from what. Build it yourself, or keep the old version.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import chain

from app.core.drops import drop_of
from app.core.evidence import ASIDE, UNASKED, beside_the_old, first_lines, shown, step
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.lineage import ancestors
from app.core.package import INSPECTED
from app.core.platform_claims import claimed, says_any
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen

CARD = RuleCard(
    id="native-binary",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.MEDIUM,
    confidence=Confidence.MEDIUM,
    ecosystems=INSPECTED,
    since="0.1",
)
_SOURCES = (
    *(".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".m", ".mm", ".s", ".asm", ".rs", ".go", ".zig", ".swift"),
    *(".pyx", ".pxd", ".f", ".f90", ".gyp", ".gypi", "Cargo.toml", "Cargo.lock", "go.mod", "CMakeLists.txt"),
)
_DATA = (
    *(
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".svg",
        ".ico",
        ".webp",
        ".bmp",
        ".woff",
        ".woff2",
        ".ttf",
        ".eot",
        ".pdf",
        ".mp3",
    ),
    *(
        ".mp4",
        ".wav",
        ".txt",
        ".md",
        ".rst",
        ".json",
        ".js",
        ".mjs",
        ".cjs",
        ".ts",
        ".tsx",
        ".jsx",
        ".py",
        ".pyi",
        ".css",
    ),
    *(".html", ".htm", ".xml", ".yml", ".yaml", ".toml", ".ini", ".cfg", ".csv", ".map", ".log", ".lock", ".pem"),
)
_MATTERS = frozenset({FactId.NATIVE_IMPORT, FactId.PACKED_CODE, FactId.HOST})
_GROWN = 0.1  # of the larger size
_SHOWN = 3  # files of one kind of finding
_Reason = tuple[str, FileFacts, Fact, str]  # the message, the file, what shows it, and the stranger's word in it


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report what is odd about the native files of the version under review, and which of them it brings."""
    if not any(True for _ in _natives(specimen.after)):
        return
    package = specimen.package.name.lower()
    yield from beside_the_old(specimen, lambda artifact: _judge(artifact, package))
    if specimen.before is not None and specimen.previous is not None:
        reasons = _compared(specimen.before, specimen.after)
        yield from _findings(specimen.after, reasons, old=specimen.previous.version)


def _judge(artifact: ArtifactFacts, package: str) -> Iterator[Finding]:
    natives = list(_natives(artifact))
    reasons = chain.from_iterable(_odd(artifact, file, fact, package) for file, fact in natives)
    yield from _findings(artifact, reasons)


def _findings(artifact: ArtifactFacts, reasons: Iterator[_Reason], *, old: str = "") -> Iterator[Finding]:
    """One finding for each reason, with the gravest of the files."""
    groups: dict[str, list[tuple[FileFacts, Fact, str]]] = {}
    for message, file, fact, word in reasons:
        groups.setdefault(message, []).append((file, fact, word))
    for message, found in groups.items():
        found.sort(key=lambda place: (place[0].reach.rank, place[0].path))
        file, _, word = found[0]
        loaders = _loaders(artifact) if message == _DISGUISED else []
        yield CARD.finding(
            Words(message, (word, old) if old else (word,)),
            [*step(artifact, file), *(_shown(*place[:2]) for place in found[:_SHOWN]), *loaders],
            reach=file.reach,
            severity=Severity.HIGH if message in _GRAVE or file.reach in UNASKED else Severity.MEDIUM,
        )


_DISGUISED = "a native file of it is called like data or source ({0})"
_DROP = "a native file of it names a place where stolen data is dropped ({0})"
_GRAVE = frozenset({_DISGUISED, _DROP})


def _odd(artifact: ArtifactFacts, file: FileFacts, native: Fact, package: str) -> Iterator[_Reason]:
    """What is odd about one native file by itself."""
    if file.reach is Reach.INSTALL:  # what a start-up hook loads is told as such
        yield "its install step runs or loads native code ({0})", file, native, file.path
    if _ending(file) in _DATA:
        yield _DISGUISED, file, native, file.path
    kinds = claimed(artifact, file.path)
    if kinds and native.detail not in kinds:
        yield "a native file of it is not for the platform that its name says ({0})", file, native, file.path
    elif not kinds and says_any(artifact):
        yield "it holds code for one platform, and its wheel says that it is for all ({0})", file, native, file.path
    if native.evidence.startswith("damaged"):
        yield "a native file of it cannot be read ({0})", file, native, file.path
    for fact in file.facts:
        if fact.id is FactId.PACKED_CODE:
            yield "a native file of it is packed ({0})", file, fact, file.path
        elif fact.id is FactId.HOST and _is_drop(fact.detail, package):
            yield _DROP, file, fact, fact.detail


def _compared(before: ArtifactFacts, after: ArtifactFacts) -> Iterator[_Reason]:
    """What an upgrade brings: files of a new kind, other deeds from the same source, and new deeds of all together."""
    was = ancestors(before, after)
    endings = {_ending(file) for file, _ in _natives(before)}
    same_source = _sources(after) and _sources(before) == _sources(after)
    deeds = {fact.detail for file, _ in _natives(before) for fact in file.facts if fact.id is FactId.NATIVE_IMPORT}
    known = all(native.evidence for _, native in _natives(before))
    for file, native in _natives(after):
        old = was.get(file.path)
        if old is None and _ending(file) not in endings:
            yield "it brings native code of a kind that {1} had not ({0})", file, native, file.path
        elif old is not None and same_source and _differs(old, file):
            yield "its native code is another than in {1}, its source is the same ({0})", file, native, file.path
        for fact in file.facts if known and endings else ():
            if fact.id is FactId.NATIVE_IMPORT and fact.detail not in deeds:
                yield (
                    f"its native code {_DEEDS.get(fact.detail, 'does more')}, which that of {{1}} did not ({{0}})",
                    file,
                    fact,
                    file.path,
                )


_DEEDS = {
    "network": "reaches the network",
    "process": "starts programs",
    "injection": "reaches into other processes",
    "keychain": "reads stored passwords",
    "keyboard": "reads the keyboard",
}


def _loaders(artifact: ArtifactFacts) -> list[Evidence]:
    """The lines that load native code."""
    return first_lines(((file, fact) for file in artifact.files for fact in file.facts if _loads(fact)), _SHOWN)


def _loads(fact: Fact) -> bool:
    return fact.id is FactId.NATIVE_CODE and fact.line > 0


def _natives(artifact: ArtifactFacts) -> Iterator[tuple[FileFacts, Fact]]:
    for file in artifact.files:
        if file.reach not in ASIDE:
            yield from ((file, fact) for fact in file.facts if fact.id is FactId.NATIVE_CODE and fact.line == 0)


def _ending(file: FileFacts) -> str:
    return posixpath.splitext(file.path)[1].lower()


def _sources(artifact: ArtifactFacts) -> frozenset[tuple[str, str]]:
    """The sources of native code in a package, without those of packages that it bundles."""
    return frozenset(
        (file.path, file.sha256)
        for file in artifact.files
        if file.path.endswith(_SOURCES) and file.reach not in ASIDE and "node_modules/" not in file.path
    )


def _differs(old: FileFacts, new: FileFacts) -> bool:
    """Whether a file does something else than it did; building it anew changes its bytes and hardly its size."""
    if old.sha256 == new.sha256:
        return False
    grown = abs(old.size - new.size) > _GROWN * max(old.size, new.size)
    return grown or _deeds(old) != _deeds(new)


def _deeds(file: FileFacts) -> frozenset[tuple[FactId, str]]:
    return frozenset((fact.id, fact.detail) for fact in file.facts if fact.id in _MATTERS)


def _is_drop(host: str, package: str) -> bool:
    """Whether nothing but a drop is at this host; its own service's programs may name it."""
    drop = drop_of(host)
    return drop is not None and not drop.webhook and drop.kind != "a bare address" and drop.service not in package


def _shown(file: FileFacts, fact: Fact) -> Evidence:
    return shown(file, fact, Words("is native code") if fact.id is FactId.NATIVE_CODE else None)
