"""Gradle's lockfiles: `gradle.lockfile`, `buildscript-gradle.lockfile`, `*.lockfile` in `gradle/dependency-locks`.

Shape    Lines of `group:name:version=configuration,configuration`. A package that only configurations of tests name is
         for development; what the build script itself needs is for the build. Direct is not written: all count as such.
Line     the line itself.
Skips    comments, and `empty=…`, the configurations without dependencies.
Refuses  what is not UTF-8, larger than 4 MiB, or holds merge conflict markers.
"""

from __future__ import annotations

from app.core.compared import read_lines, read_package
from app.core.escape import visible
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Problems, Scope, in_order
from app.core.package import REGISTRY, Ecosystem

FORMAT = "gradle-lock"
ECOSYSTEM = Ecosystem.MAVEN

_LARGEST = 4 << 20  # bytes
_BUILD = "buildscript-gradle.lockfile"


def claims(path: str) -> bool:
    """Whether a file of this path is a lockfile of Gradle, by its name and folder."""
    folder, _, name = path.rpartition("/")
    return name in ("gradle.lockfile", _BUILD) or (
        name.endswith(".lockfile") and f"/{folder}".endswith("/gradle/dependency-locks")
    )


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    is_build = path.rpartition("/")[2] == _BUILD
    for number, text in enumerate(read_lines(content, _LARGEST), 1):
        words = text.strip()
        if not words or words.startswith(("#", "empty=")):
            continue
        coordinates, _, configurations = words.partition("=")
        name, _, version = coordinates.rpartition(":")
        package = read_package(ECOSYSTEM, name, version) if name.count(":") == 1 else None
        if package is None:
            message = f"{visible(words, 120)} is no line of a lockfile of Gradle."
            problems.append(Problem(number, message, words[:200], entry=words))
        else:
            scope = Scope.BUILD if is_build else _scope(configurations)
            pins.append(Pin(package, REGISTRY, number, scope, direct=True))
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems), lineage=Lineage.UNKNOWN)


def _scope(configurations: str) -> Scope:
    names = [name for name in configurations.split(",") if name]
    tested = names and all("test" in name.lower() for name in names)
    return Scope.DEVELOPMENT if tested else Scope.RUNTIME
