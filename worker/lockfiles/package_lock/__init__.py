"""npm's lockfile: `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.

Shape    JSON. `packages` maps a folder to what npm puts there: `""` is the project, `node_modules/a/node_modules/b` a
         package (its name stands after the last `node_modules/`; `name` inside the entry is the real one when it is
         installed under an alias), any other key a folder of the repository. Version 2 repeats all of it in
         `dependencies` for npm 6, which is not read. `resolved` says where the package comes from: the archive of
         exactly this name and version on a registry, else git, a URL or a file. Without it npm asks its registry.
         Version 1 (npm 5 and 6) has no `packages` but `dependencies` within `dependencies`, and what each requires in
         `requires`. It does not say what the project asks for: what lies on top and nobody requires must be direct.
         What comes from git, a URL or a file has that in place of its version there, so it cannot be a pin.
Line     the key of the package's entry: `"node_modules/a": {`, in version 1 `"a": {`.
Skips    the project, its workspaces and linked folders: code of the repository itself. Their dependencies are direct.
         Bundled packages are *not* skipped: npm 11 ignores `inBundle` and fetches what its parent's archive lacks, so
         the flag proves nothing. Nor is `dev: true` believed when the file's own edges lead there from a runtime
         dependency. In version 1 `optional` is believed, as its `requires` do not tell.
Refuses  `packages` in version 1, which npm 6 and 7 read differently; text that is not strict JSON or not UTF-8 (npm
         cannot read it either); merge conflict markers anywhere, even within strings, because npm then reads another
         file than JSON says.
"""

from __future__ import annotations

from app.core.collector import collector_at_rest
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Scope, in_order
from app.core.package import Ecosystem
from worker.lockfiles.package_lock.document import read_document
from worker.lockfiles.package_lock.entry import Folder, read_entry
from worker.lockfiles.package_lock.nested import read_nested
from worker.lockfiles.package_lock.tree import Tree, add_project, work_out_tree

FORMAT = "package-lock"
ECOSYSTEM = Ecosystem.NPM

_NAMES = frozenset({"package-lock.json", "npm-shrinkwrap.json"})
_NESTED = 1
_KNOWN_VERSIONS = frozenset({_NESTED, 2, 3})


def claims(path: str) -> bool:
    """Whether a file of this path is npm's lockfile, by its name."""
    return path.rpartition("/")[2] in _NAMES


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    document = read_document(content, read_entry)
    problems, read = list(document.problems), document.entries
    if document.nested_at is not None:
        entries, broken = read_nested(document.text, document.nested_at)
        problems, read = problems + broken, tuple(map(read_entry, entries))
    problems += (problem for _, found in read for problem in found)
    folders = {folder.location: folder for folder, _ in read if folder is not None}
    is_nested = document.version == _NESTED
    if is_nested:
        add_project(folders)
    pins = _pins(folders, work_out_tree(folders, plain=is_nested))
    return Lockfile(path, FORMAT, pins, in_order(problems), _notices(document.version))


def _pins(folders: dict[str, Folder], tree: Tree) -> tuple[Pin, ...]:
    parents, runtime, direct = tree.parents, tree.runtime, tree.direct
    return tuple(
        Pin(
            package=dependency.package,
            source=dependency.source,
            line=folder.line,
            scope=Scope.RUNTIME if location in runtime else folder.scope,  # what its flags claim
            direct=location in direct,
            parents=_sorted(parents[location]) if location in parents else (),
            digests=dependency.digests,
            alias=dependency.alias,
            location=location,
        )
        for location, folder in folders.items()
        if (dependency := folder.dependency) is not None
    )


def _sorted(labels: list[str]) -> tuple[str, ...]:
    return tuple(labels) if len(labels) == 1 else tuple(sorted(set(labels)))


def _notices(version: int) -> tuple[str, ...]:
    if version in _KNOWN_VERSIONS:
        return ()
    said = visible(str(version), 20)
    return (f"A lockfile is of version {said} of npm's format, newer than Assay knows; it was read as version 3.",)
