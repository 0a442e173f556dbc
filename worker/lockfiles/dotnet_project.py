"""What .NET projects ask for: `*.csproj`, `*.fsproj`, `*.vbproj`, `Directory.Packages.props`, `packages.config`.

Shape    XML. `PackageReference`, `PackageVersion` and `GlobalPackageReference` have an `Include` (or `Update`) and a
         `Version`, as an attribute or an element; `package` in `packages.config` has an `id` and a `version`. What
         NuGet takes in through these is not written here.
Line     the element.
Skips    references without a version: another file gives it. Conditions are not weighed: every reference counts.
Refuses  what is not XML, declares a document type, or is larger than 4 MiB.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.core.compared import put_together, read_package
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Scope
from app.core.package import REGISTRY, Ecosystem
from app.core.xml_elements import Element, read_elements

FORMAT = "dotnet-project"
ECOSYSTEM = Ecosystem.NUGET

_LARGEST = 4 << 20  # bytes
_NAMES = frozenset({"packages.config", "Directory.Packages.props", "Directory.Build.props", "Directory.Build.targets"})
_ENDINGS = (".csproj", ".fsproj", ".vbproj")
_REFERENCES = frozenset({"PackageReference", "PackageVersion", "GlobalPackageReference"})
_OPEN = frozenset("*[](),$")  # floating, ranges, properties


def claims(path: str) -> bool:
    """Whether a file of this path is a project of .NET or names packages for some, by its name."""
    name = path.rpartition("/")[2]
    return name in _NAMES or (name.endswith(_ENDINGS) and name not in _ENDINGS)


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    elements = read_elements(content, _LARGEST)
    inside = {
        element.parent: element.text for element in elements if element.path[-1] in ("Version", "VersionOverride")
    }
    return put_together(path, FORMAT, _references(elements, inside))


def _references(elements: list[Element], inside: Mapping[int, str]) -> Iterator[Pin | Problem]:
    for index, element in enumerate(elements):
        attributes = element.attributes
        if element.path == ("packages", "package"):
            yield _read(element, attributes.get("id", ""), attributes.get("version", ""))
        elif element.path[-1] in _REFERENCES:
            version = attributes.get("VersionOverride", attributes.get("Version", inside.get(index, "")))
            if version:
                yield _read(element, attributes.get("Include", attributes.get("Update", "")), version)


def _read(element: Element, name: str, version: str) -> Pin | Problem:
    fixed = (
        version.removeprefix("[").removesuffix("]") if version.startswith("[") and version.endswith("]") else version
    )
    if _OPEN & set(fixed + name):
        message = f"{visible(name, 80)} names {visible(version, 60)}, no fixed version, so it is not compared."
        return Problem(element.line, message, name[:200], Reason.ECOSYSTEM, version[:1000])
    package = read_package(ECOSYSTEM, name, fixed)
    if package is None:
        message = f"{visible(name, 80) or 'A reference'} has no name and version that can be read."
        return Problem(element.line, message, name[:200], entry=f"{name}:{version}"[:1000])
    attributes = element.attributes
    private = attributes.get("developmentDependency") == "true" or attributes.get("PrivateAssets", "").lower() == "all"
    return Pin(package, REGISTRY, element.line, Scope.DEVELOPMENT if private else Scope.RUNTIME, direct=True)
