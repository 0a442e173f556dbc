"""`_meta.sources` of pipenv's lockfile → the indexes by their names, and which one is everybody's."""

from __future__ import annotations

import json
from typing import NamedTuple

from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Index, IndexKind, Problem
from app.core.package import REGISTRY, Source, SourceKind, without_login
from worker.lockfiles.pipfile_lock.document import Document

_MOST_SOURCES = 100


class Sources(NamedTuple):
    """`first` is where packages come from that name no index. `indexes` are for rules about the file as a whole."""

    first: Source
    named: dict[str, Source]
    indexes: tuple[Index, ...]


def read_sources(document: Document, problems: list[Problem]) -> Sources:
    """Every source that has an address. Without any, packages come from the registry that is configured."""
    listed = (document.meta or {}).get("sources", [])
    if not isinstance(listed, list) or len(listed) > _MOST_SOURCES:
        said = "are no list" if not isinstance(listed, list) else f"are more than {_MOST_SOURCES}"
        message = f"Its sources {said}; where its packages come from cannot be said."
        problems.append(Problem(document.meta_line, message, "sources", entry=json.dumps(listed)))
        return Sources(REGISTRY, {}, ())
    found: list[Source] = []
    named: dict[str, Source] = {}
    indexes: list[Index] = []
    for source, line in zip(listed, document.source_lines, strict=True):
        url = source.get("url") if isinstance(source, dict) else None
        if not isinstance(url, str) or not url:
            problems.append(Problem(line, "One of its sources has no address.", "sources", entry=json.dumps(source)))
            continue
        address = without_login(url)
        kind = IndexKind.SOURCE if found else IndexKind.INDEX
        found.append(Source(SourceKind.REGISTRY, address))
        indexes.append(Index(address, line, kind))
        name = source.get("name")
        if isinstance(name, str):
            named.setdefault(name, found[-1])
        if source.get("verify_ssl") is False:
            indexes.append(Index(address, line, IndexKind.TRUSTED_HOST))
            shown = visible(address, 120)
            message = f"Packages are taken from {shown} without a valid certificate; what it serves is not examined."
            problems.append(Problem(line, message, shown, Reason.UNSUPPORTED_SOURCE, json.dumps(source)))
    return Sources(found[0] if found else REGISTRY, named, tuple(indexes))
