"""Dart's and Flutter's lockfile: `pubspec.lock`.

Shape    YAML. `packages` has a member for each package: `dependency` (`direct main`, `direct dev`, `transitive`),
         `source` (`hosted`, `git`, `path`, `sdk`), a `description` of it and the `version`. A hosted one has the
         `sha256` of its archive.
Line     the package's name.
Skips    `sdk`: what comes with Flutter; folders inside the repository; `sdks`.
Refuses  what is not YAML in UTF-8, larger than 1 MiB, or has no `packages`.
"""

from __future__ import annotations

from app.core.compared import leads_out, read_package
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import Ecosystem, Source, SourceKind, without_login
from app.core.yaml_document import member, read_document
from app.core.yaml_tree import Mapping, Node, Scalar

FORMAT = "pubspec-lock"
ECOSYSTEM = Ecosystem.PUB

_LARGEST = 1 << 20  # bytes


def claims(path: str) -> bool:
    """Whether a file of this path is Dart's lockfile, by its name."""
    return path.rpartition("/")[2] == "pubspec.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    packages = member(read_document(content, _LARGEST), "packages")
    is_empty = isinstance(packages, Scalar) and packages.null
    if not isinstance(packages, Mapping) and not is_empty:
        raise UnreadableLockfile(1, "It has no packages, so it is no pubspec.lock.")
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    for name, entry in packages.pairs if isinstance(packages, Mapping) else ():
        found = _read(name, entry, problems)
        if found is not None:
            pins.append(found)
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems), lineage=Lineage.DIRECT)


def _read(name: Scalar, entry: Node, problems: list[Problem]) -> Pin | None:
    kind = _text(entry, "source")
    if kind == "sdk":
        return None
    package = read_package(ECOSYSTEM, name.text, _text(entry, "version"))
    source = _source(kind, member(entry, "description"))
    if package is None or source is None:
        missing = "no version" if package is None else "no source"
        message = f"{visible(name.text, 80)} has {missing} that can be read."
        problems.append(Problem(name.line, message, name.text[:200], entry=f"{kind}:{_text(entry, 'version')}"))
        return None
    if source.kind is SourceKind.PATH and not leads_out(source.reference or ""):
        return None
    dependency = _text(entry, "dependency")
    return Pin(
        package=package,
        source=source,
        line=name.line,
        scope=Scope.DEVELOPMENT if dependency == "direct dev" else Scope.RUNTIME,
        direct=dependency.startswith("direct"),
        digests=_digests(name, _text(member(entry, "description"), "sha256"), problems),
    )


def _source(kind: str, description: Node | None) -> Source | None:
    url = without_login(_text(description, "url"))
    match kind:
        case "hosted":
            return Source(SourceKind.REGISTRY, url or None)
        case "git":
            return Source(SourceKind.GIT, url or None, _text(description, "resolved-ref") or None)
        case "path":
            path = _text(description, "path")
            return Source(SourceKind.PATH, path, path)
        case _:
            return None


def _digests(name: Scalar, digits: str, problems: list[Problem]) -> tuple[Digest, ...]:
    if not digits:
        return ()
    try:
        return (from_pip(f"sha256:{digits}"),)
    except ValueError:
        message = f"{visible(name.text, 80)} names a hash that is no SHA-256."
        problems.append(Problem(name.line, message, name.text[:200], entry=digits[:1000]))
        return ()


def _text(node: Node | None, name: str) -> str:
    found = member(node, name)
    return found.text if isinstance(found, Scalar) and not found.null else ""
