"""How each file comes to run: roots that the manifests name, followed through loads and runs, the gravest first.

A file that nothing reaches is a test or a document when its path says so. The path never softens a file that is
reached: a test that an install step runs is install code.
"""

from __future__ import annotations

import posixpath
import sys
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from app.core.finding import Reach
from app.core.specimen import FileFacts
from worker.inspection.facts.convention import conventional
from worker.inspection.facts.declared import Declared, Root

_SCRIPT = (".js", ".json", ".node", ".cjs", ".mjs", ".ts", ".tsx", ".jsx", ".mts", ".cts")
_COMPILED = (".js", ".cjs", ".mjs", ".jsx")  # what a TypeScript import names, though only its source is there
_PYTHON = (".py", ".pyc", ".pyo", ".so", ".pyd", ".pyw")
_DEEPEST = 8  # directories whose main is a directory whose main …
_LONGEST = 64  # parts of a module's name
_MOST_MATCHES = 2_000_000  # files compared with patterns in one archive


def with_reach(files: Sequence[FileFacts], declared: Declared) -> tuple[FileFacts, ...]:
    """The files in their order, each with its reach."""
    resolve = Resolver((file.path for file in files), declared.mains)
    by_path = {file.path: file for file in files}
    conventions = [Root(file.path, reach) for file in files if (reach := conventional(file.path)) is not Reach.NONE]
    reached: dict[str, Reach] = {}
    roots = sorted([*declared.roots, *conventions], key=lambda root: root.reach.rank)
    for reach, group in groupby(roots, key=lambda root: root.reach):
        waiting = [path for root in group for path in resolve.root(root.reference)]
        while waiting:
            path = waiting.pop()
            if path not in reached:
                reached[path] = reach
                waiting += resolve.targets(by_path[path])
    return tuple(replace(file, reach=reached.get(file.path, Reach.NONE)) for file in files)


class Resolver:
    """Finds the files that references mean, as Node, Python and a shell would.

    Where two readers would take different files (`x.js` and `x.mjs`), both count.
    """

    def __init__(self, paths: Iterable[str], mains: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._paths = sorted(set(paths))
        self._known = frozenset(self._paths)
        self._mains = dict(mains or {})
        self._modules = _module_files(self._paths)
        self._by_leaf: dict[str, list[str]] = {}
        for name in self._modules:
            self._by_leaf.setdefault(posixpath.basename(name.removesuffix("/__init__")), []).append(name)
        self._bases = _import_roots(self._paths)
        self._matches_left = _MOST_MATCHES

    def targets(self, file: FileFacts) -> Iterator[str]:
        """The files that a file loads and runs."""
        for reference in file.loads:
            if "*" in reference:
                yield from self._pattern(reference)
            elif file.language == "python":
                found = list(self._module(reference, [*self._bases, self._own_base(file.path)]))
                yield from found or self._beside(reference, file.path)
            elif file.language is None:  # a manifest: its code is whatever its line says
                yield from self.root(reference)
            else:
                yield from self._script(reference)
        for reference in file.runs:
            yield from self.root(reference)

    def root(self, reference: str) -> Iterator[str]:
        """The files that a manifest or a command line means."""
        if "*" in reference:
            yield from self._pattern(reference)
        elif reference in self._known:
            yield reference
        else:
            yield from self._script(reference)
            yield from self._module(reference, self._bases)

    def _script(self, reference: str, depth: int = _DEEPEST) -> Iterator[str]:
        """As `require` and bundlers: the file, the file with a suffix, the directory's main, its index."""
        reference = reference.rstrip("/")
        if reference in self._known:
            yield reference
            return
        stem, suffix = posixpath.splitext(reference)
        stems = [reference, stem] if suffix in _COMPILED else [reference]
        found = [f"{name}{ending}" for name in stems for ending in _SCRIPT if f"{name}{ending}" in self._known]
        yield from found
        if not found and depth:
            for main in self._mains.get(reference, ()):
                if main != reference:
                    yield from self._script(main, depth - 1)
            index = f"{reference}/index" if reference else "index"
            yield from (f"{index}{ending}" for ending in _SCRIPT if f"{index}{ending}" in self._known)

    def _module(self, reference: str, bases: Iterable[str]) -> Iterator[str]:
        """As Python's import: the module and the packages above it; an attribute's name falls back to its module."""
        if reference in self._known:
            yield reference
        for base in dict.fromkeys(bases):
            parts = reference.removeprefix(base).removesuffix(".py").split("/")[:_LONGEST]
            while parts and not self._files_of(base + "/".join(parts)):
                parts.pop()
            for end in range(1, len(parts)):
                yield from self._modules.get(base + "/".join([*parts[:end], "__init__"]), ())
            if parts:
                yield from self._files_of(base + "/".join(parts))

    def _beside(self, reference: str, path: str) -> Iterator[str]:
        """A build script may put any folder on its path before it imports: then the module stands somewhere below."""
        if "/" not in path and reference.partition("/")[0] not in sys.stdlib_module_names:
            for name in self._by_leaf.get(posixpath.basename(reference), ()):
                self._matches_left -= 1
                if self._matches_left < 0 or name.removesuffix("/__init__").endswith(f"/{reference}"):
                    yield from self._modules[name]

    def _files_of(self, name: str) -> list[str]:
        """A module's own files, and those of a package that is imported or run with `-m`."""
        return [path for stem in (name, f"{name}/__init__", f"{name}/__main__") for path in self._modules.get(stem, ())]

    def _own_base(self, path: str) -> str:
        """The folder below which a file's own package stands: where `import package` finds it."""
        folder = posixpath.dirname(path)
        while folder and f"{folder}/__init__" in self._modules:
            folder = posixpath.dirname(folder)
        return f"{folder}/" if folder else ""

    def _pattern(self, reference: str) -> Iterator[str]:
        """`*` stands for anything, as in `exports`. Past a bound on the work, for everything."""
        head, _, tail = reference.partition("*")
        tail = tail.rpartition("*")[2]
        if self._matches_left <= 0:
            head = tail = ""
        for path in self._paths[bisect_left(self._paths, head) :] if self._matches_left > -len(self._paths) else ():
            if not path.startswith(head):
                break
            self._matches_left -= 1
            if path.endswith(tail) and len(path) >= len(head) + len(tail):
                yield path


def _module_files(paths: Iterable[str]) -> dict[str, list[str]]:
    """Python's modules by path without suffix: source, byte code (also in `__pycache__`), native code."""
    found: dict[str, list[str]] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name.endswith(_PYTHON):
            folder = folder.removesuffix("__pycache__").rstrip("/")
            stem = name.partition(".")[0]
            found.setdefault(f"{folder}/{stem}" if folder else stem, []).append(path)
    return found


def _import_roots(paths: Iterable[str]) -> tuple[str, ...]:
    """Folders that stand for the root of imports: the archive's own, `src/`, and those of a wheel's data."""
    placed = {
        "/".join(path.split("/", 2)[:2]) + "/"
        for path in paths
        if path.split("/", 1)[0].endswith(".data") and path.split("/", 2)[1:2] in (["purelib"], ["platlib"])
    }
    return ("", "src/", *sorted(placed)[:20])
