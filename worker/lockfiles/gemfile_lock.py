"""Bundler's lockfile: `Gemfile.lock`, `gems.locked`.

Shape    Sections with indented lines: below `GEM`, `GIT`, `PATH` and `PLUGIN SOURCE` a `remote:` and the `specs:`, each
         `name (version)` with its own requirements below it; `DEPENDENCIES` is what the project asks for; `CHECKSUMS`
         has the SHA-256 of each archive. A version may carry a platform (`1.16.0-x86_64-linux`): a pin for each.
Line     the line of the spec.
Skips    `PATH` sections inside the repository: its own code, whose requirements are direct. `PLATFORMS`, `RUBY
         VERSION`, `BUNDLED WITH`.
Refuses  what is not UTF-8, larger than 4 MiB, holds merge conflict markers, or has no section that Bundler writes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.compared import leads_out, read_lines, read_package
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import Ecosystem, Package, Source, SourceKind, without_login

FORMAT = "gemfile-lock"
ECOSYSTEM = Ecosystem.GEM

_LARGEST = 4 << 20  # bytes
_SOURCES = {
    "GEM": SourceKind.REGISTRY,
    "PLUGIN SOURCE": SourceKind.URL,
    "GIT": SourceKind.GIT,
    "PATH": SourceKind.PATH,
}
_OTHERS = frozenset({"PLATFORMS", "DEPENDENCIES", "CHECKSUMS", "RUBY VERSION", "BUNDLED WITH"})
_OWN = ""  # stands among the parents for the project


@dataclass(slots=True)
class _Spec:
    line: int
    package: Package
    platform: str
    section: _Section
    requires: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    """One source with what it says of itself: `remote`, `revision`, `branch` and so on."""

    kind: SourceKind
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def is_own(self) -> bool:
        """Whether it is a folder of the repository."""
        return self.kind is SourceKind.PATH and not leads_out(self.fields.get("remote", "."))

    @property
    def source(self) -> Source:
        """Where its gems come from."""
        remote = without_login(self.fields.get("remote", ""))
        if self.kind is SourceKind.REGISTRY:
            return Source(self.kind, remote or None)
        return Source(self.kind, remote or None, self.fields.get("revision") or remote or None)


@dataclass(slots=True)
class _Found:
    specs: list[_Spec] = field(default_factory=list)
    direct: set[str] = field(default_factory=set)
    checksums: dict[str, Digest] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=Problems)


def claims(path: str) -> bool:
    """Whether a file of this path is Bundler's lockfile, by its name."""
    return path.rpartition("/")[2] in ("Gemfile.lock", "gems.locked")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    found = _Found()
    name, section = "", None
    is_bundlers = False
    for number, text in enumerate(read_lines(content, _LARGEST), 1):
        if not text.strip():
            continue
        if not text.startswith(" "):
            name = text.strip()
            is_bundlers = is_bundlers or name in _SOURCES or name in _OTHERS
            section = _Section(_SOURCES[name]) if name in _SOURCES else None
            if section is None and name not in _OTHERS:
                found.problems.append(_problem(number, text))
        elif section is not None:
            _take_source(number, text, section, found)
        elif name in ("DEPENDENCIES", "CHECKSUMS"):
            _take_other(number, text, name, found)
    if not is_bundlers:
        raise UnreadableLockfile(1, "It has no section that Bundler writes (GEM, DEPENDENCIES …).")
    return Lockfile(path, FORMAT, tuple(_pins(found)), in_order(found.problems))


def _problem(line: int, text: str) -> Problem:
    text = text.strip()
    return Problem(line, f"{visible(text, 120)} is no line that Bundler writes here.", text[:200], entry=text)


def _take_source(line: int, text: str, section: _Section, found: _Found) -> None:
    indent = len(text) - len(text.lstrip(" "))
    words = text.strip()
    if indent == 2:
        key, colon, value = words.partition(":")
        if not colon:
            found.problems.append(_problem(line, text))
        section.fields.setdefault(key, value.strip())
    elif indent == 4:
        name, version = _named(words)
        number, _, platform = version.partition("-")
        package = read_package(ECOSYSTEM, name, number)
        if package is None:
            found.problems.append(_problem(line, text))
        else:
            found.specs.append(_Spec(line, package, platform, section))
    elif indent == 6 and found.specs and found.specs[-1].section is section:
        found.specs[-1].requires.append(_named(words)[0].rstrip("!"))
    else:
        found.problems.append(_problem(line, text))


def _take_other(line: int, text: str, name: str, found: _Found) -> None:
    words = text.strip()
    if name == "DEPENDENCIES":
        found.direct.add(_named(words)[0].rstrip("!"))
        return
    label, _, digest = words.rpartition(") ")
    if not label:
        return  # a gem without one
    try:
        found.checksums[f"{label})"] = from_pip(digest.partition(",")[0].replace("=", ":", 1))
    except ValueError:
        found.problems.append(_problem(line, text))


def _named(words: str) -> tuple[str, str]:
    """`name (version)` in its parts; the version is empty where there is none."""
    name, found, rest = words.partition(" (")
    return name, rest.removesuffix(")") if found and rest.endswith(")") else ""


def _pins(found: _Found) -> Iterator[Pin]:
    asked: dict[str, set[str]] = {}
    for spec in found.specs:
        for name in spec.requires:
            asked.setdefault(name, set()).add(_OWN if spec.section.is_own else spec.package.label)
    told = {name: tuple(sorted(parents - {_OWN})) for name, parents in asked.items()}  # for all versions of a name
    for spec in found.specs:
        if spec.section.is_own:
            continue
        package = spec.package
        parents = asked.get(package.name, set())
        version = f"{package.version}-{spec.platform}" if spec.platform else package.version
        digest = found.checksums.get(f"{package.name} ({version})")
        yield Pin(
            package=package,
            source=spec.section.source,
            line=spec.line,
            scope=Scope.RUNTIME,
            direct=package.name in found.direct or _OWN in parents or not parents,
            parents=told.get(package.name, ()),
            digests=(digest,) if digest else (),
            location=spec.platform,
        )
