"""Maven's project file: `pom.xml`.

Shape    XML. `dependencies`, `dependencyManagement`, `build/plugins` and `parent` name a `groupId`, an `artifactId`, a
         `version` and a `scope`; properties of the same file (`${colour.version}`) are filled in. What a project takes
         in through these is not written here.
Line     the `version`, else the element.
Skips    profiles and extensions; exclusions.
Refuses  what is not XML, declares a document type, is larger than 8 MiB, or has another root than `project`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from app.core.compared import put_together, read_package
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Scope, UnreadableLockfile
from app.core.package import REGISTRY, Ecosystem
from app.core.xml_elements import Element, children, read_elements

FORMAT = "maven-pom"
ECOSYSTEM = Ecosystem.MAVEN

_LARGEST = 8 << 20  # bytes
_PLACES = {
    ("project", "parent"): Scope.BUILD,
    ("project", "dependencies", "dependency"): Scope.RUNTIME,
    ("project", "dependencyManagement", "dependencies", "dependency"): Scope.RUNTIME,
    ("project", "build", "plugins", "plugin"): Scope.BUILD,
    ("project", "build", "pluginManagement", "plugins", "plugin"): Scope.BUILD,
}
_SCOPES = {"test": Scope.DEVELOPMENT, "provided": Scope.BUILD}
_PLUGINS = "org.apache.maven.plugins"  # the group of plugins that name none
_PROPERTY = re.compile(r"\$\{([\w.-]{1,200})\}")
_RANGE = frozenset("[](),")
_LONGEST = 500


def claims(path: str) -> bool:
    """Whether a file of this path is Maven's, by its name."""
    return path.rpartition("/")[2] == "pom.xml"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    elements = read_elements(content, _LARGEST)
    if elements[0].path != ("project",):
        raise UnreadableLockfile(elements[0].line, "Its root is no project, so it is no pom.xml.")
    properties = {one.path[-1]: one.text for one in elements if one.path[:-1] == ("project", "properties")}
    properties |= {f"project.{one.path[-1]}": one.text for one in elements if len(one.path) == 2}
    found = (
        _read(element, held, scope, properties)
        for place, scope in _PLACES.items()
        for element, held in children(elements, place)
    )
    return put_together(path, FORMAT, found)


def _read(element: Element, held: Mapping[str, Element], scope: Scope, properties: Mapping[str, str]) -> Pin | Problem:
    texts = {name: _filled(one.text[:_LONGEST], properties) for name, one in held.items()}
    group = texts.get("groupId") or (_PLUGINS if element.path[-1] == "plugin" else "")
    name = f"{group}:{texts.get('artifactId', '')}"
    version = texts.get("version", "")
    line = held["version"].line if "version" in held else element.line
    shown = visible(name.strip(":"), 100) or "An entry"
    if not version or "${" in version + name or _RANGE & set(version):
        why = f"names {visible(version, 60)}, no fixed version" if version else "leaves its version to another file"
        return Problem(
            line, f"{shown} {why}, so it is not compared.", name[:200], Reason.ECOSYSTEM, f"{name}:{version}"
        )
    package = read_package(ECOSYSTEM, name, version) if not name.startswith(":") and not name.endswith(":") else None
    if package is None:
        return Problem(line, f"{shown} has no group, name and version that can be read.", name[:200], entry=repr(texts))
    written = texts.get("scope", "")
    return Pin(package, REGISTRY, line, _SCOPES.get(written, scope), direct=True, location="/".join(element.path[1:]))


def _filled(text: str, properties: Mapping[str, str]) -> str:
    """With the properties of the same file, once: what one names in turn is left as it stands."""
    return _PROPERTY.sub(lambda match: properties.get(match[1], match[0])[:_LONGEST], text)
