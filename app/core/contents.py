"""What the files of a package are for: code, types, data, native code, papers, or tests and documents."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from app.core.evidence import ASIDE
from app.core.specimen import ArtifactFacts, FactId, FileFacts


class Part(StrEnum):
    """What one file is of a package."""

    CODE = "code"
    NATIVE = "native"
    TYPES = "types"
    DATA = "data"  # whatever else a program may read: pictures, styles, tables, WebAssembly
    PAPER = "paper"  # manifests, licences, prose, settings of tools
    ASIDE = "aside"  # tests, documentation, examples


_TYPES = (".d.ts", ".d.mts", ".d.cts", ".pyi", "/py.typed")
_METADATA = re.compile(r"(?:^|/)[^/]+\.(?:dist|egg)-info/")
_PAPERS = re.compile(
    r"(?:package|package-lock|npm-shrinkwrap|composer|bower|component|lerna|nx|rush|tsconfig[^/]*|jsconfig|typedoc|deno)"
    r"\.jsonc?|(?:licen[cs]e|copying|notice|authors|contributors|contributing|maintainers|patents|readme|changelog|changes"
    r"|history|news|security|code_of_conduct|funding|todo|makefile|gnumakefile|manifest\.in|pkg-info|tox\.ini|pipfile)"
    r"(?:[._-][^/]*)?|setup\.cfg|pyproject\.toml|requirements[^/]*\.txt|yarn\.lock|pnpm-lock\.yaml|bun\.lockb?"
    r"|[^/]*\.(?:md|markdown|rst|adoc|map|tsbuildinfo)|\.[^/]*"
)
_SETTINGS = re.compile(r"setup\.py|conftest\.py|noxfile\.py|(?:gulp|grunt)file\.js|\.[^/]*")  # as code


def part(file: FileFacts) -> Part:
    """What a file is of its package, by its facts and its name."""
    name = posixpath.basename(file.path).lower()
    if any(fact.id is FactId.NATIVE_CODE and fact.line == 0 for fact in file.facts):
        return Part.NATIVE
    papers = _PAPERS if file.language is None else _SETTINGS
    if _METADATA.search(file.path) or papers.fullmatch(name):
        return Part.PAPER
    if file.reach in ASIDE:
        return Part.ASIDE
    if f"/{file.path}".endswith(_TYPES):
        return Part.TYPES
    if not file.size:
        return Part.PAPER  # an empty `__init__.py` or `.gitkeep` says that something is there, and holds nothing
    return Part.CODE if file.language is not None else Part.DATA


def parts(artifact: ArtifactFacts, *wanted: Part) -> Iterator[FileFacts]:
    """The files that are of these parts."""
    return (file for file in artifact.files if part(file) in wanted)


def sizes(files: Iterable[FileFacts]) -> dict[Part, int]:
    """Bytes by part; parts that are missing count nothing."""
    found = dict.fromkeys(Part, 0)
    for file in files:
        found[part(file)] += file.size
    return found


def brings_others(artifact: ArtifactFacts) -> bool:
    """Whether the package depends on others: what is nearly empty may stand for them."""
    if dict(artifact.metadata).get("dependency"):
        return True
    return not dict(artifact.declared).get("dependencies", "0 ").startswith("0 ")
