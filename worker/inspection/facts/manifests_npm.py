"""`package.json` and `binding.gyp` → install steps, commands, and where npm's packages are entered.

An installer runs `preinstall`, `install` and `postinstall` of every package it unpacks, bundled ones included, and
`node-gyp rebuild` where a `binding.gyp` stands and no script takes its place. `prepare` and its kin do not run for a
tarball from a registry.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import re2

from app.core.declaration import Declaration, declare
from app.core.errors import Reason
from app.core.finding import Reach
from app.core.json_members import NotJson
from app.core.specimen import Fact, FactId, NotExamined, Oddity
from worker.inspection.facts.binding_gyp import commands as gyp_commands
from worker.inspection.facts.declared import FIELD, Declared, Root, both_ends, merge, moved, storable
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.languages import Languages
from worker.inspection.facts.package_json import Member, PackageJson, line_of, read_package_json
from worker.inspection.facts.tree import Budget, OutOfBudget

STEPS = ("preinstall", "install", "postinstall")
_ENTRIES = ("main", "module", "jsnext:main", "browser", "react-native", "unpkg", "jsdelivr", "exports", "imports")
_WANTED = frozenset({*_ENTRIES, "scripts", "bin", "directories", "config", "gypfile", "name", "version"}) | {
    "license",
    "licenses",
    "dependencies",
    "optionalDependencies",
}
_DEEPEST = 12  # conditions within conditions of `exports`
_RUNNERS = frozenset({"npm", "npx", "pnpm", "yarn", "bun", "run-s", "run-p", "npm-run-all", "concurrently", "--run"})
_CONFIG = re2.compile(r"\$\{?npm_package_config_([A-Za-z0-9_]{1,64})\}?|%npm_package_config_([A-Za-z0-9_]{1,64})%")
_GYP_BUILDERS = ("gyp", "prebuild", "cmake-js")  # words of an install script that builds from `binding.gyp`


def is_manifest(path: str) -> bool:
    """Whether the reader of npm manifests wants the content of this file."""
    return posixpath.basename(path) == "package.json" or path.endswith((".gyp", ".gypi"))


def read(contents: Mapping[str, bytes], paths: AbstractSet[str], languages: Languages) -> Declared:
    """All that the manifests of a tarball declare. Never raises for what they hold."""
    package = _Reading(contents, paths, languages)
    for path in sorted(contents):
        if posixpath.basename(path) == "package.json":
            package.read(path)
    if "package.json" not in contents:
        package.missing()
    return package.declared()


def _is_package(path: str) -> bool:
    """Whether an installer treats the directory of this `package.json` as a package (the tarball, or a bundled one)."""
    return path == f"{_owner(path)}package.json"


def _owner(path: str) -> str:
    """The directory of the package that a file belongs to: "" or `node_modules/name/`."""
    parts = path.split("/")[:-1]
    bundled = [at for at, part in enumerate(parts) if part == "node_modules" and at + 1 < len(parts)]
    if not bundled:
        return ""
    end = bundled[-1] + (3 if parts[bundled[-1] + 1].startswith("@") else 2)
    return "".join(f"{part}/" for part in parts[:end])


@dataclass(slots=True)
class _Reading:
    """What is gathered while the manifests of one tarball are read."""

    contents: Mapping[str, bytes]
    paths: AbstractSet[str]
    languages: Languages
    extracted: dict[str, list[Extracted]] = field(default_factory=dict)
    roots: list[Root] = field(default_factory=list)
    mains: dict[str, tuple[str, ...]] = field(default_factory=dict)
    metadata: tuple[tuple[str, str], ...] = ()
    manifest: Declaration = ()
    oddities: list[Oddity] = field(default_factory=list)
    not_examined: list[NotExamined] = field(default_factory=list)

    def declared(self) -> Declared:
        """The sum."""
        return Declared(
            extracted={path: merge(parts) for path, parts in self.extracted.items()},
            roots=tuple(dict.fromkeys(self.roots)),
            mains=self.mains,
            metadata=self.metadata,
            manifest=self.manifest,
            oddities=tuple(self.oddities),
            not_examined=tuple(self.not_examined),
        )

    def missing(self) -> None:
        """A tarball without a manifest: no installer takes it, and nobody can say what would run."""
        self.not_examined.append(
            NotExamined("package.json", Reason.MALFORMED, "The archive has no package.json, so its steps are unknown.")
        )

    def read(self, path: str) -> None:
        """One `package.json`: of the package, of a bundled package, or of a directory that is loaded as a whole."""
        content, base = self.contents[path], path.removesuffix("package.json")
        package = _is_package(path)
        try:
            manifest = read_package_json(content, _WANTED)
        except NotJson as problem:
            if package:
                line = line_of(content, problem.position)
                detail = f"{storable(path)} line {line}: this is not JSON that npm reads ({problem.cause})."
                self.not_examined.append(NotExamined(storable(path), Reason.MALFORMED, storable(detail)))
            return
        main = manifest.value("main")
        if isinstance(main, str):
            self.mains[base.rstrip("/")] = tuple(_local([main], base))
        if not package:
            return
        for key in manifest.repeated:
            detail = f"the key {key!r} stands more than once; readers differ in which one counts"
            self.oddities.append(Oddity("duplicate-key", storable(path), storable(detail)))
        if not base:
            self.metadata = tuple(_metadata(manifest))
            self.manifest = declare(_document(manifest), whole=True)
        self._entries(manifest, base)
        self._commands(manifest, path, base)
        self._steps(manifest, path, base)

    def _entries(self, manifest: PackageJson, base: str) -> None:
        named = [
            reference
            for key in _ENTRIES
            for member in manifest.every(key)
            for reference in _strings(member.value, _DEEPEST)
        ]
        local = list(_local(named, base))
        if manifest.value("main") is None and manifest.value("exports") is None:
            local.append(f"{base}index")
        self.roots += [Root(reference, Reach.IMPORT) for reference in local]

    def _commands(self, manifest: PackageJson, path: str, base: str) -> None:
        name = posixpath.basename(manifest.value("name") or "") if isinstance(manifest.value("name"), str) else ""
        bins = [Member(f"bin.{name}", member.line, member.value) for member in manifest.every("bin")]
        directories = manifest.value("directories")
        folder = directories.get("bin") if isinstance(directories, dict) else None
        inside = [
            Member(f"bin.{posixpath.basename(file)}", 0, file)
            for start in _local([folder] if isinstance(folder, str) else [], "")
            for file in self.paths
            if file.startswith(f"{base}{start}/")
        ]
        for member in [*bins, *manifest.every("bin.*")]:
            if not isinstance(member.value, str):
                self._mistyped(path, member)
                continue
            self._command(path, base, member)
        for member in sorted(inside, key=lambda member: member.key):
            self._command(path, "", member)

    def _command(self, path: str, base: str, member: Member) -> None:
        command = storable(member.key.removeprefix("bin."))[:FIELD]
        evidence = both_ends(f'"{command}": "{member.value}"')
        self._add(path, Extracted((Fact(FactId.COMMAND_NAME, member.line, command, evidence),)))
        self.roots += [Root(reference, Reach.COMMAND) for reference in _local([member.value], base)]

    def _steps(self, manifest: PackageJson, path: str, base: str) -> None:
        scripts = [member for member in manifest.every("scripts.*") if isinstance(member.value, str)]
        for member in [*manifest.every("scripts"), *manifest.every("scripts.*")]:
            if member.value is not None and (member.key == "scripts" or not isinstance(member.value, str)):
                self._mistyped(path, member)
        steps = [member for member in scripts if _script(member) in STEPS and member.value.strip()]
        for step in steps:
            evidence = both_ends(f'"{_script(step)}": "{step.value}"')
            self._add(path, Extracted((Fact(FactId.INSTALL_SCRIPT, step.line, _script(step), evidence),)))
        followed = list(_followed(steps, scripts))
        budget = Budget()
        for script in followed:
            self._run(path, base, script, _expanded(script.value, manifest.value("config")), budget)
        self._gyp(manifest, base, followed)
        if steps:
            self.roots.append(Root(path, Reach.INSTALL))

    def _gyp(self, manifest: PackageJson, base: str, followed: list[Member]) -> None:
        main = f"{base}binding.gyp"
        if main not in self.contents:
            return
        replaced = {_script(member) for member in followed} & {"preinstall", "install"}
        implicit = not replaced and manifest.value("gypfile") is not False
        if implicit:
            self._add(main, Extracted((Fact(FactId.INSTALL_SCRIPT, 1, "binding.gyp", "node-gyp rebuild"),)))
        built = implicit or any(word in member.value for member in followed for word in _GYP_BUILDERS)
        for path in sorted(self.contents):
            if path.endswith((".gyp", ".gypi")) and _owner(path) == base:
                self.roots.append(Root(path, Reach.INSTALL if built else Reach.BUILD))
                self._gyp_commands(path, base)

    def _gyp_commands(self, path: str, base: str) -> None:
        budget = Budget()
        try:
            for line, evidence, command in gyp_commands(self.contents[path], budget):
                self._add(path, moved(self.languages.read_command(command, budget), line, evidence, base))
        except OutOfBudget:
            self._add(path, Extracted(partly="its commands took longer to read than a file may"))

    def _run(self, path: str, base: str, script: Member, command: str, budget: Budget) -> None:
        evidence = both_ends(f'"{_script(script)}": "{script.value}"')
        self._add(path, moved(self.languages.read_command(command, budget), script.line, evidence, base))

    def _mistyped(self, path: str, member: Member) -> None:
        detail = f"the value of {member.key!r} is not of the type that npm expects"
        self.oddities.append(Oddity("manifest-type", storable(path), storable(detail)[:FIELD]))

    def _add(self, path: str, found: Extracted) -> None:
        self.extracted.setdefault(path, []).append(found)


def _script(member: Member) -> str:
    return member.key.removeprefix("scripts.")


def _followed(steps: Iterable[Member], scripts: list[Member]) -> Iterator[Member]:
    """The steps, and every script that they start by name (`npm run build`), each once."""
    by_name: dict[str, list[Member]] = {}
    for script in scripts:
        by_name.setdefault(_script(script), []).append(script)
    waiting = list(dict.fromkeys(steps))
    seen = set(waiting)
    for member in waiting:  # grows while it is walked
        yield member
        words = {word.strip("'\"();&|`") for word in member.value.replace("npm:", " npm ").split()}
        if any(posixpath.basename(word) in _RUNNERS for word in words):
            names = {name for word in words for name in (f"pre{word}", word, f"post{word}")}
            started = [script for name in names & by_name.keys() for script in by_name[name] if script not in seen]
            seen.update(started)
            waiting += sorted(started, key=lambda script: script.line)


def _expanded(command: str, config: Any) -> str:
    """The command with `$npm_package_config_…` replaced by what the manifest's own `config` says."""
    if not isinstance(config, dict) or "npm_package_config_" not in command:
        return command

    def word(match: Any) -> str:
        value = config.get(match.group(1) or match.group(2))
        return value if isinstance(value, str) else str(match.group(0))

    return str(_CONFIG.sub(word, command))


def _strings(value: Any, depth: int) -> Iterator[str]:
    """The paths in `exports`, `browser` and their kin: strings under conditions; types are not code that runs."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, list):
        for item in value:
            yield from _strings(item, depth - 1)
    elif depth and isinstance(value, dict):
        for key, item in value.items():
            if key != "types":
                yield from _strings(item, depth - 1)


def _local(references: Iterable[str], base: str) -> Iterator[str]:
    """References to the package's own files, from the archive's root ("" is the root); what leaves it is dropped."""
    for reference in references:
        path = posixpath.normpath(base + storable(reference.replace("\\", "/")).lstrip("/"))
        if not path.startswith(".."):
            yield "" if path == "." else path


def _document(manifest: PackageJson) -> dict[str, Any]:
    """The members that npm sees, as one object; scripts and commands were listed one by one."""
    document: dict[str, Any] = {member.key: member.value for member in manifest.members if "." not in member.key}
    for group in ("scripts", "bin"):
        listed = {member.key[len(group) + 1 :]: member.value for member in manifest.every(f"{group}.*")}
        if listed and not isinstance(document.get(group), str):
            document[group] = listed
    return document


def _metadata(manifest: PackageJson) -> Iterator[tuple[str, str]]:
    for key in ("name", "version"):
        value = manifest.value(key)
        if isinstance(value, str):
            yield key, storable(value)[:FIELD]
    licence = manifest.value("license") or manifest.value("licenses")
    if isinstance(licence, list) and licence:
        licence = licence[0]
    if isinstance(licence, dict):
        licence = licence.get("type")
    if isinstance(licence, str):
        yield "licence", storable(licence)[:FIELD]
