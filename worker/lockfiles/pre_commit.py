"""The hooks of pre-commit: `.pre-commit-config.yaml`.

Shape    YAML. `repos` is a list of repositories with a `repo` (an address) and a `rev` (a tag or commit), which run on
         every machine that commits. The package is the repository, without scheme and `.git`.
Line     the `rev:`.
Skips    `local` and `meta` repositories: hooks of the project itself.
Refuses  what is not YAML in UTF-8, larger than 1 MiB, or is no mapping with `repos`.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.compared import put_together, read_package, repository_name
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Scope, UnreadableLockfile, comparable
from app.core.package import Ecosystem, Source, SourceKind, without_login
from app.core.yaml_document import Visits, member, read_document
from app.core.yaml_tree import Items, Node, Scalar

FORMAT = "pre-commit"
ECOSYSTEM = Ecosystem.PRE_COMMIT

_LARGEST = 1 << 20  # bytes
_OWN = frozenset({"local", "meta"})


def claims(path: str) -> bool:
    """Whether a file of this path is pre-commit's configuration, by its name."""
    return path.rpartition("/")[2] in (".pre-commit-config.yaml", ".pre-commit-config.yml")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    repositories = member(read_document(content, _LARGEST), "repos")
    if not isinstance(repositories, Items):
        raise UnreadableLockfile(1, "It has no list of repos, so it is no configuration of pre-commit.")
    return put_together(path, FORMAT, _found(repositories))


def _found(repositories: Items) -> Iterator[Pin | Problem | None]:
    visits = Visits()
    for repository in repositories.items:
        if visits.first(repository):
            yield _read(repository)
            yield from _additional(repository, visits)


def _read(repository: Node) -> Pin | Problem | None:
    address, revision = member(repository, "repo"), member(repository, "rev")
    if isinstance(address, Scalar) and address.text in _OWN:
        return None
    if not isinstance(address, Scalar) or address.null:
        return Problem(repository.line, "An entry of repos names no repository.", "repos", entry="repos")
    shown = visible(address.text, 100)
    if not isinstance(revision, Scalar) or revision.null:
        message = f"{shown} fixes no version; a rev was expected."
        return Problem(address.line, message, address.text[:200], Reason.UNPINNED, address.text)
    package = read_package(ECOSYSTEM, repository_name(address.text), revision.text)
    if package is None:
        return Problem(
            address.line, f"{shown} is no repository that can be read.", address.text[:200], entry=address.text
        )
    source = Source(SourceKind.REGISTRY, without_login(address.text))
    return Pin(package, source, revision.line, Scope.DEVELOPMENT, direct=True)


def _additional(repository: Node, visits: Visits) -> Iterator[Problem]:
    """Packages that a hook installs beside its own: which tool reads these lines, only the hook's repository says."""
    hooks = member(repository, "hooks")
    for hook in hooks.items if isinstance(hooks, Items) and visits.first(hooks) else ():
        if not visits.first(hook):
            continue
        more, name = member(hook, "additional_dependencies"), member(hook, "id")
        if isinstance(more, Items) and more.items and visits.first(more):
            said = name.text if isinstance(name, Scalar) else "A hook"
            texts = ", ".join(item.text for item in more.items if isinstance(item, Scalar))
            message = f"{visible(said, 60)} installs additional_dependencies, which are not compared."
            yield Problem(more.line, message, said[:200], Reason.ECOSYSTEM, comparable(texts))
