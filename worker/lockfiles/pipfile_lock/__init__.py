"""pipenv's lockfile: `Pipfile.lock`, pipfile-spec 6, with all its categories.

Shape    JSON. `_meta.sources` lists the indexes; every other key is a category of packages by name: `default` is run
         time, `develop` for development, and others are for development where a word of their name says so, else
         optional. An entry has `version` (`==1.2.3`) and `hashes`; an `index` that is one of the sources, else the
         first source is its index. One from version control, a `file` or a `path` is what pipenv hands to pip.
         Neither what is direct nor who requires whom is written: nobody can tell, and all count as direct.
Line     the key of the entry.
Skips    folders inside the repository (`path`): its own code.
Refuses  text that is not JSON or not UTF-8; merge conflict markers; a file without `_meta` or of another pipfile-spec.
"""

from __future__ import annotations

import json

from app.core.escape import visible
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Scope, UnreadableLockfile, in_order
from app.core.package import Ecosystem
from app.core.scope_words import scope_said
from worker.lockfiles.pipfile_lock.document import Document, read_document
from worker.lockfiles.pipfile_lock.entry import read_entry
from worker.lockfiles.pipfile_lock.sources import Sources, read_sources

FORMAT = "pipfile-lock"
ECOSYSTEM = Ecosystem.PYPI

_SPEC = 6
_SCOPES = {"default": Scope.RUNTIME, "develop": Scope.DEVELOPMENT}


def claims(path: str) -> bool:
    """Whether a file of this path is pipenv's lockfile, by its name."""
    return path.rpartition("/")[2] == "Pipfile.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    document = read_document(content)
    _check_spec(document)
    problems = list(document.problems)
    sources = read_sources(document, problems)
    pins = _pins(document, path, sources, problems)
    return Lockfile(path, FORMAT, pins, in_order(problems), indexes=sources.indexes, lineage=Lineage.UNKNOWN)


def _check_spec(document: Document) -> None:
    if document.meta is None:
        raise UnreadableLockfile(1, 'It has no "_meta", so it is not a lockfile of pipenv.')
    spec = document.meta.get("pipfile-spec")
    if type(spec) is not int or spec != _SPEC:
        said = "missing" if spec is None else visible(json.dumps(spec), 40)
        raise UnreadableLockfile(document.meta_line, f'Its "pipfile-spec" is {said}; {_SPEC} was expected.')


def _pins(document: Document, path: str, sources: Sources, problems: list[Problem]) -> tuple[Pin, ...]:
    pins = []
    for entry in document.entries:
        found = read_entry(entry, path, sources, problems)
        if found is None:
            continue
        package, source, digests = found
        pins.append(
            Pin(
                package=package,
                source=source,
                line=entry.line,
                scope=_SCOPES.get(entry.category) or scope_said(entry.category) or Scope.OPTIONAL,
                direct=True,
                digests=digests,
                location=entry.category,
            )
        )
    return tuple(pins)
