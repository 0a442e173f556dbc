"""Gradle's list of hashes: `gradle/verification-metadata.xml`.

Shape    XML. Each `component` has a `group`, a `name`, a `version` and its artifacts with their `sha256` or `sha512`
         (`also-trust` names others that are as good). Those of `.pom` and `.module` files stand beside the archives'.
Line     the `component`.
Skips    `configuration` (keys and what is trusted without hashes), `md5` and `sha1`, `pgp`.
Refuses  what is not XML, declares a document type, is larger than 16 MiB, or has another root.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.compared import read_package
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import REGISTRY, Ecosystem
from app.core.xml_elements import Element, read_elements

FORMAT = "gradle-verification"
ECOSYSTEM = Ecosystem.MAVEN

_LARGEST = 16 << 20  # bytes
_ROOT = ("verification-metadata",)
_COMPONENT = (*_ROOT, "components", "component")
_HASHES = frozenset({"sha256", "sha512"})


def claims(path: str) -> bool:
    """Whether a file of this path is Gradle's list of hashes, by its name."""
    return path.rpartition("/")[2] == "verification-metadata.xml"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    elements = read_elements(content, _LARGEST)
    if elements[0].path != _ROOT:
        raise UnreadableLockfile(elements[0].line, "Its root is no verification-metadata.")
    problems: list[Problem] = Problems()
    digests: dict[int, list[Digest]] = {}
    component = -1
    for index, element in enumerate(elements):
        if element.path == _COMPONENT:
            component = index
            digests[component] = []
        elif component >= 0 and element.path[:3] == _COMPONENT:
            digests[component] += _digests(element, problems)
    pins = [pin for index, found in digests.items() if (pin := _pin(elements[index], found, problems)) is not None]
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems), lineage=Lineage.UNKNOWN)


def _digests(element: Element, problems: list[Problem]) -> Iterator[Digest]:
    kind = element.path[-2] if element.path[-1] == "also-trust" else element.path[-1]
    if kind not in _HASHES:
        return
    written = element.attributes.get("value", "")
    try:
        yield from_pip(f"{kind}:{written}")
    except ValueError:
        message = f"{visible(written, 80) or 'An empty text'} is no {kind} hash."
        problems.append(Problem(element.line, message, written[:200], entry=written[:1000]))


def _pin(element: Element, digests: list[Digest], problems: list[Problem]) -> Pin | None:
    group, name, version = (element.attributes.get(key, "") for key in ("group", "name", "version"))
    package = read_package(ECOSYSTEM, f"{group}:{name}", version) if group and name else None
    if package is None:
        message = f"{visible(f'{group}:{name}', 100)} has no group, name and version that can be read."
        problems.append(Problem(element.line, message, name[:200], entry=f"{group}:{name}:{version}"))
        return None
    return Pin(package, REGISTRY, element.line, Scope.RUNTIME, direct=False, digests=tuple(dict.fromkeys(digests)))
