"""CocoaPods' lockfile: `Podfile.lock`.

Shape    YAML. `PODS` is a list of `Name (1.2.3)`, with what each requires below it; parts of a pod (`Name/Part`) count
         as the pod. `DEPENDENCIES` is what the project asks for, `EXTERNAL SOURCES` and `CHECKOUT OPTIONS` name what
         comes from a repository or folder, `SPEC CHECKSUMS` hash the specification, not the code.
Line     the pod in `PODS`.
Skips    folders inside the repository (`:path`); `SPEC REPOS`, `PODFILE CHECKSUM`, `COCOAPODS`.
Refuses  what is not YAML in UTF-8, larger than 1 MiB, or has no `PODS`.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.compared import leads_out, read_package
from app.core.escape import visible
from app.core.integrity import Checksum
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import REGISTRY, Ecosystem, Source, SourceKind, without_login
from app.core.yaml_document import Visits, member, read_document
from app.core.yaml_tree import Items, Mapping, Node, Scalar

FORMAT = "podfile-lock"
ECOSYSTEM = Ecosystem.COCOAPODS

_LARGEST = 1 << 20  # bytes


def claims(path: str) -> bool:
    """Whether a file of this path is CocoaPods' lockfile, by its name."""
    return path.rpartition("/")[2] == "Podfile.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    root = read_document(content, _LARGEST)
    pods = member(root, "PODS")
    if not isinstance(pods, Items):
        raise UnreadableLockfile(1, "It has no list of PODS, so it is no Podfile.lock.")
    direct = {_pod(scalar.text)[0] for scalar, _ in _entries(member(root, "DEPENDENCIES"), Visits())}
    checksums = member(root, "SPEC CHECKSUMS")
    pins: dict[str, Pin] = {}
    problems: list[Problem] = Problems()
    asked: dict[str, set[str]] = {}
    visits = Visits()
    for scalar, held in _entries(pods, visits):
        name, version = _pod(scalar.text)
        package = read_package(ECOSYSTEM, name, version)
        if package is None:
            message = f"{visible(scalar.text, 100)} is no pod with a version."
            problems.append(Problem(scalar.line, message, scalar.text[:200], entry=scalar.text[:1000]))
            continue
        for one, _ in _entries(held, visits):
            asked.setdefault(_pod(one.text)[0], set()).add(package.label)
        source = _source(root, name)
        if source.kind is SourceKind.PATH and not leads_out(source.reference or ""):
            continue
        checksum = member(checksums, name)
        sums = Checksum("podspec", checksum.text) if isinstance(checksum, Scalar) and checksum.text else None
        pin = Pin(package, source, scalar.line, Scope.RUNTIME, direct=name in direct, checksum=sums)
        pins.setdefault(package.label, pin)
    return Lockfile(path, FORMAT, tuple(_with_parents(pins, asked)), in_order(problems))


def _with_parents(pins: dict[str, Pin], asked: dict[str, set[str]]) -> Iterator[Pin]:
    for pin in pins.values():
        parents = asked.get(pin.package.name, set()) - {pin.package.label}  # its own parts
        yield Pin(
            pin.package,
            pin.source,
            pin.line,
            pin.scope,
            pin.direct or not parents,
            tuple(sorted(parents)),
            checksum=pin.checksum,
        )


def _entries(node: Node | None, visits: Visits) -> Iterator[tuple[Scalar, Node | None]]:
    """The texts of a list, each with what stands below it."""
    for item in node.items if isinstance(node, Items) and visits.first(node) else ():
        if isinstance(item, Scalar):
            yield item, None
        elif isinstance(item, Mapping) and visits.first(item):
            yield from item.pairs


def _pod(text: str) -> tuple[str, str]:
    """`Name/Part (1.2.3)` in its pod and its version."""
    name, _, rest = text.partition(" (")
    return name.partition("/")[0].strip('" '), rest.removesuffix(")")


def _source(root: Node | None, name: str) -> Source:
    """Where the pod comes from, unless from the specifications that are configured."""
    external = member(member(root, "EXTERNAL SOURCES"), name)
    path, address = _option(external, "path"), _option(external, "git")
    if path:
        return Source(SourceKind.PATH, path, path)
    if address:
        commit = _option(member(member(root, "CHECKOUT OPTIONS"), name), "commit")
        reference = commit or _option(external, "commit") or _option(external, "tag") or _option(external, "branch")
        return Source(SourceKind.GIT, without_login(address), reference or None)
    other = _option(external, "podspec") or _option(external, "http")
    return Source(SourceKind.URL, without_login(other)) if other else REGISTRY


def _option(node: Node | None, name: str) -> str:
    """An option as Ruby writes it: `:git`."""
    found = member(node, f":{name}")
    return found.text if isinstance(found, Scalar) and not found.null else ""
