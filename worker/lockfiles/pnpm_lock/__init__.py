"""pnpm's lockfile: `pnpm-lock.yaml` of versions 5, 6 and 9, and those of branches (`pnpm-lock.<branch>.yaml`).

Shape    YAML. `importers` are the project's folders with what each asks for (without workspaces, these sections stand
         at the top). `packages` has an entry a package, whose key holds name and version (`/a/1.0.0`, `/a@1.0.0`,
         `a@1.0.0`) or an address. Since version 9 `snapshots` say what each requires, once for every set of peers, and
         peers are no part of a version. Requirements name the key that answers them; another name than its is an alias.
         `resolution` says where a package comes from: nothing but `integrity` for the configured registry, or a
         `tarball`, or a commit. A first document, since pnpm 11, holds what pnpm needs for itself: its scope is build.
Line     the key of the package's entry in `packages`.
Skips    links and folders of the repository (`link:`, `file:` without an archive): its own code. What they require is
         direct. The flags `dev` and `optional`: the requirements decide. `overrides`, `catalogs` and the like are
         directives: what they lead to stands in `packages`. A patch of `patchedDependencies` is a problem, as nobody
         examines it.
Refuses  what pnpm 4 and older wrote; newer versions whose sections nobody knows; YAML that readers could take
         differently: equal keys (pnpm refuses them, too), anchors, aliases, tags, odd line ends; conflict markers.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from app.core.collector import collector_at_rest
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Directives, Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile
from app.core.npm_directives import say
from app.core.package import Ecosystem
from app.core.yaml_members import Members, Value
from worker.lockfiles.pnpm_lock.document import Document, problem, read_documents
from worker.lockfiles.pnpm_lock.entry import Dependency, read_entry
from worker.lockfiles.pnpm_lock.tree import Tree, read_tree

FORMAT = "pnpm-lock"
ECOSYSTEM = Ecosystem.NPM

_MOST_PROBLEMS = 1000  # a file with more is not a lockfile; listing them would bury everything else
_MOST_PINS = 150_000  # one for each name under which a package is installed
_PROJECT = ""  # stands among the labels of those who ask for a package


def claims(path: str) -> bool:
    """Whether a file of this path is pnpm's lockfile, by its name."""
    name = path.rpartition("/")[2]
    return name.startswith("pnpm-lock.") and name.endswith(".yaml")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    documents = read_documents(content)
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    directives = Directives()
    for document in documents:
        tree = read_tree(document)
        dependencies, broken = _dependencies(document)
        problems += [*tree.problems, *broken, *_patches(document)]
        _say_directives(document, directives)
        pins += islice(_pins(dependencies, tree), _MOST_PINS + 1)
    if len(pins) > _MOST_PINS:
        raise UnreadableLockfile(1, f"It names more than {_MOST_PINS} packages.")
    if len(problems) > _MOST_PROBLEMS:
        first = problems[0]
        raise UnreadableLockfile(
            first.line, f"{len(problems)} of its entries cannot be read. The first: {first.message}"
        )
    problems.sort(key=lambda problem: (problem.line, problem.message))
    return Lockfile(path, FORMAT, tuple(pins), tuple(problems), _notices(documents), directives=tuple(directives))


def _dependencies(document: Document) -> tuple[dict[str, Dependency], list[Problem]]:
    found: dict[str, Dependency] = {}
    problems: list[Problem] = Problems()
    for entry in document.entries("packages"):
        dependency, broken = read_entry(entry, document.major, split=document.split)
        problems += broken
        if dependency is not None:
            found[entry.key] = dependency
    return found, problems


def _patches(document: Document) -> list[Problem]:
    patched = document.section("patchedDependencies")
    return [
        problem(
            patched.lines[name],
            f"{visible(name, 80)} is patched: what runs is not what the registry serves. The patch is not examined.",
            name,
            said,
            Reason.UNSUPPORTED_SOURCE,
        )
        for name, said in patched.items()
    ]


def _say_directives(document: Document, directives: Directives) -> None:
    for table in ("overrides", "patchedDependencies"):
        section = document.section(table)
        for name, said in section.items():
            say(directives, table, [name], _patch(said), section.lines[name])
    for catalog, listed in document.section("catalogs").items():
        if isinstance(listed, Members):
            for name, said in listed.items():
                keys, table = ([name], "catalog") if catalog == "default" else ([catalog, name], "catalogs")
                specifier = said.get("specifier") if isinstance(said, Members) else said
                say(directives, table, keys, specifier, listed.lines[name])


def _patch(said: Value) -> Value:
    """The patch of a package as a file and the hash of that; newer versions of pnpm write the hash alone."""
    if not isinstance(said, Members):
        return said
    return " ".join(str(said[key]) for key in ("path", "hash") if key in said)


def _pins(dependencies: dict[str, Dependency], tree: Tree) -> Iterator[Pin]:
    scopes = tree.scopes()
    asked_by = _asked_by(dependencies, tree)
    return (
        Pin(
            package=dependency.package,
            source=dependency.source,
            line=dependency.line,
            scope=scopes.get(key, Scope.RUNTIME),
            direct=_PROJECT in labels,
            parents=tuple(sorted(labels - {_PROJECT})),
            digests=dependency.digests,
            alias=name if name != dependency.package.name else None,
        )
        for key, dependency in dependencies.items()
        for name, labels in asked_by.get(key, {dependency.package.name: set()}).items()
    )


def _asked_by(dependencies: dict[str, Dependency], tree: Tree) -> dict[str, dict[str, set[str]]]:
    """Key → the names it is installed under → labels of the packages that require it so, or the project."""
    asked_by: dict[str, dict[str, set[str]]] = {}
    for _, edge in tree.projects:
        asked_by.setdefault(edge.target, {}).setdefault(edge.name, set()).add(_PROJECT)
    for key, edges in tree.edges.items():
        parent = dependencies.get(key)
        label = parent.package.label if parent else _PROJECT  # a folder of the repository
        for edge in edges:
            asked_by.setdefault(edge.target, {}).setdefault(edge.name, set()).add(label)
    return asked_by


def _notices(documents: list[Document]) -> tuple[str, ...]:
    return tuple(
        f"A lockfile is of version {visible(document.version, 20)} of pnpm's format, which Assay does not know; it was "
        f"read as version {'9.0' if document.split else f'{document.major}.x'}."
        for document in documents
        if not document.is_known
    )
