"""The manifests of wheels and source distributions → install steps, start-up hooks, commands, and importable code.

pip builds a source distribution with its backend, which runs `setup.py` or code that `pyproject.toml` names. A wheel is
only copied, but Python itself runs `import` lines of `.pth` files and `sitecustomize` at every start.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from app.core.errors import Reason
from app.core.finding import Reach
from app.core.specimen import ArtifactKind, Fact, FactId, FileFacts, NotExamined, Oddity
from worker.inspection.facts.convention import conventional
from worker.inspection.facts.declared import FIELD, Declared, Root, both_ends, merge, moved, storable
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.languages import Languages
from worker.inspection.facts.pyproject import NotToml, PyProject, line_with
from worker.inspection.facts.setup_py import install_step
from worker.inspection.facts.tree import Budget

_ROOT_MANIFESTS = frozenset({"setup.py", "setup.cfg", "pyproject.toml", "PKG-INFO"})
_INFO_MANIFESTS = frozenset({"METADATA", "entry_points.txt"})
_CODE = (".py", ".pyc", ".pyo", ".so", ".pyd", ".pyw")
_DATA = re.compile(r"[^/]{1,300}\.data/(purelib|platlib|scripts|data|headers)/(.*)", re.DOTALL)
_SITE = re.compile(r"(?:lib(?:64)?/python[0-9.]{1,8}|Lib)/(?:site|dist)-packages/(.*)", re.DOTALL)
_ENTRY = re.compile(r"[\w.]+(?::[\w.]+)?\s*(?:\[.*\])?", re.ASCII)
_ATTRIBUTE = re.compile(r"version\s{0,20}=\s{0,20}attr:\s{0,20}([\w.]{1,200})", re.ASCII)
_EXTRA = re.compile(r"extra\s*==")  # what only an extra brings
_HEADERS = 64 << 10  # bytes of METADATA that are looked at
_LINES = 1000  # of a `.pth` file that are read


def is_manifest(path: str) -> bool:
    """Whether the reader of PyPI manifests wants the content of this file."""
    folder, _, name = path.rpartition("/")
    return (
        path in _ROOT_MANIFESTS
        or name.endswith(".pth")
        or (name in _INFO_MANIFESTS and folder.endswith((".dist-info", ".egg-info")))
    )


def read(
    kind: ArtifactKind, contents: Mapping[str, bytes], files: Sequence[FileFacts], languages: Languages
) -> Declared:
    """All that the manifests of a wheel or a source distribution declare. Never raises for what they hold."""
    package = _Reading(contents, {file.path: file for file in files}, languages)
    if kind is ArtifactKind.WHEEL:
        package.wheel()
    else:
        package.sdist()
    return package.declared()


@dataclass(slots=True)
class _Reading:
    """What is gathered while the manifests of one archive are read."""

    contents: Mapping[str, bytes]
    files: Mapping[str, FileFacts]
    languages: Languages
    extracted: dict[str, list[Extracted]] = field(default_factory=dict)
    roots: list[Root] = field(default_factory=list)
    metadata: tuple[tuple[str, str], ...] = ()
    oddities: list[Oddity] = field(default_factory=list)
    not_examined: list[NotExamined] = field(default_factory=list)

    def declared(self) -> Declared:
        """The sum."""
        return Declared(
            extracted={path: merge(parts) for path, parts in self.extracted.items()},
            roots=tuple(dict.fromkeys(self.roots)),
            metadata=self.metadata,
            oddities=tuple(self.oddities),
            not_examined=tuple(self.not_examined),
        )

    def wheel(self) -> None:
        """What is copied where, and what of it Python or a shell runs."""
        for path in self.files:
            site = _site_path(path)
            if site is not None:
                self._site(path, site)
            elif (placed := _DATA.fullmatch(path)) and _on_path(placed[1], placed[2]):
                self._command(path, 0, posixpath.basename(path), path)
        self._metadata("METADATA")
        self._entry_points()

    def sdist(self) -> None:
        """What the build runs, and what can be imported afterwards."""
        project = self._pyproject()
        packages = {posixpath.dirname(path) for path in self.files if posixpath.basename(path) == "__init__.py"}
        self._metadata("PKG-INFO")
        own = re.sub(r"[-.]", "_", dict(self.metadata).get("name", "")).lower()
        for path in self.files:
            name = posixpath.basename(path)
            if name.endswith(".pth") and path in self.contents:
                self._hook(path)
            elif path.endswith(_CODE) and conventional(path) is Reach.NONE:
                in_package = posixpath.dirname(path) in packages
                if in_package or posixpath.splitext(path)[0].removeprefix("src/").lower() == own:
                    self.roots.append(Root(path, Reach.IMPORT))
        self._setup_py(project)
        self._setup_cfg()
        self._entry_points()

    def _site(self, path: str, site: str) -> None:
        """One file that lands in `site-packages`."""
        if "/" not in site and site.endswith(".pth"):
            self._hook(path)
        elif re.fullmatch(r"(site|user)customize(/__init__)?\.pyc?", site):
            name = re.split(r"[/.]", site)[0]
            hook = Fact(FactId.STARTUP_HOOK, 1, name, f"{site} runs whenever Python starts")
            self._add(path, Extracted((hook,)))
            self.roots.append(Root(path, Reach.STARTUP))
        elif site.endswith(_CODE) and conventional(site) is Reach.NONE:
            self.roots.append(Root(path, Reach.IMPORT))

    def _hook(self, path: str) -> None:
        """A `.pth` file: Python runs each line that begins with `import` and a blank."""
        content = self.contents.get(path)
        if content is None:
            self._add(path, Extracted(partly="larger than the .pth files that Assay reads"))
            self.roots.append(Root(path, Reach.STARTUP))
            return
        lines = content.removeprefix(b"\xef\xbb\xbf").splitlines()
        found = []
        budget = Budget()
        for number, line in enumerate(lines[:_LINES], 1):
            if line.startswith((b"import ", b"import\t")):
                source = line.decode("utf-8", "replace")
                evidence = both_ends(source)
                found.append(Extracted((Fact(FactId.STARTUP_HOOK, number, ".pth", evidence),)))
                found.append(moved(self.languages.read_inline("python", source, budget), number, evidence))
        if len(lines) > _LINES:
            found.append(Extracted(partly=f"{len(lines):,} lines, past the {_LINES:,} that are read"))
        if found:
            self.extracted.setdefault(path, []).extend(found)
            self.roots.append(Root(path, Reach.STARTUP))

    def _pyproject(self) -> PyProject:
        content = self.contents.get("pyproject.toml")
        if content is None:
            return PyProject({})
        try:
            project = PyProject.read(content)
        except NotToml as problem:
            self._gap("pyproject.toml", f"pyproject.toml: this is not TOML ({problem}), so its build is unknown.")
            return PyProject({})
        for step in project.build_steps():
            line = line_with(content, step.key, step.value)
            evidence = both_ends(f"{step.key} = {step.value!r}" if step.value else step.key)
            fact = Fact(FactId.INSTALL_SCRIPT, line, "build-backend", evidence)
            self._add("pyproject.toml", Extracted((fact,)))
            self.roots += [Root("pyproject.toml", Reach.INSTALL), *_roots([step.reference], Reach.INSTALL)]
        for name, target in project.scripts().items():
            self._command("pyproject.toml", line_with(content, name, target), name, _module(target), target)
        self.roots += _roots(map(_module, project.plugins()), Reach.IMPORT)
        self.roots += self._version_module(project.version_attribute())
        return project

    def _version_module(self, attribute: str) -> Iterator[Root]:
        """Where a version of `attr:` stands. Setuptools imports a module whose version is no plain text.

        A module of a package is importable code anyway; one that stands alone is entered by the build.
        """
        module = _module(attribute.rpartition(".")[0])
        yield from (Root(path, Reach.INSTALL) for path in (f"{module}.py", f"src/{module}.py") if self._is_alone(path))

    def _is_alone(self, path: str) -> bool:
        return path in self.files and f"{posixpath.dirname(path)}/__init__.py" not in self.files

    def _setup_py(self, project: PyProject) -> None:
        source, file = self.contents.get("setup.py"), self.files.get("setup.py")
        if file is None:
            return
        self.roots.append(Root("setup.py", Reach.INSTALL if project.runs_setup_py else Reach.BUILD))
        step = install_step(source or b"", file.facts) if project.runs_setup_py else None
        if step is not None:
            self._add("setup.py", Extracted((step,)))

    def _setup_cfg(self) -> None:
        """`cmdclass` under `[options]`, and a version of `attr:`: setuptools imports what they name."""
        lines = self.contents.get("setup.cfg", b"").decode("utf-8", "replace").splitlines()[:5000]
        attributes = (_ATTRIBUTE.match(line[:300]) for line in lines)
        self.roots += [root for found in attributes if found for root in self._version_module(found[1])]
        start = next((n for n, line in enumerate(lines, 1) if re.match(r"cmdclass\s{0,20}[=:]", line[:100])), 0)
        if not start:
            return
        end = next((n for n in range(start, len(lines)) if not lines[n][:1].isspace()), len(lines))
        text = " ".join(lines[start - 1 : end])
        self._add("setup.cfg", Extracted((Fact(FactId.INSTALL_SCRIPT, start, "setup.py", both_ends(text)),)))
        targets = [word.replace(".", "/") for word in text.split() if "." in word]
        self.roots += [Root("setup.cfg", Reach.INSTALL), *_roots(targets, Reach.INSTALL)]

    def _entry_points(self) -> None:
        for path, content in sorted(self.contents.items()):
            if posixpath.basename(path) != "entry_points.txt":
                continue
            section = ""
            for number, raw in enumerate(content[:_HEADERS].decode("utf-8", "replace").splitlines(), 1):
                line = raw.strip()
                if line.startswith("["):
                    section = line.strip("[] ")
                elif section in ("console_scripts", "gui_scripts") and "=" in line and line[0] not in "#;":
                    name, _, target = (part.strip() for part in line.partition("="))
                    if not _ENTRY.fullmatch(target[:FIELD]) or re.search(r"[/\\\x00-\x1f]|^\.", name):
                        detail = f"line {number}: {line[:80]!r} is not a command that an installer should make"
                        self.oddities.append(Oddity("entry-point", storable(path), storable(detail)))
                    self._command(path, number, name, _module(target), target)
                elif section and "=" in line and line[0] not in "#;":  # plugins: others load them by their group
                    self.roots += _roots([_module(line.partition("=")[2])], Reach.IMPORT)

    def _command(self, path: str, line: int, name: str, reference: str, target: str = "") -> None:
        evidence = both_ends(f"{name} = {target}" if target else path)
        self._add(path, Extracted((Fact(FactId.COMMAND_NAME, line, storable(name)[:FIELD], evidence),)))
        self.roots += _roots([reference], Reach.COMMAND)

    def _metadata(self, name: str) -> None:
        path = next((path for path in sorted(self.contents) if posixpath.basename(path) == name), None)
        if path is None:
            if name == "METADATA":
                self._gap(name, "The wheel has no METADATA file, so nobody can say what it installs.")
            return
        self.metadata = tuple(_headers(self.contents[path]))

    def _gap(self, what: str, detail: str) -> None:
        self.not_examined.append(NotExamined(what, Reason.MALFORMED, storable(detail)))

    def _add(self, path: str, found: Extracted) -> None:
        self.extracted.setdefault(path, []).append(found)


def _site_path(path: str) -> str | None:
    """Where a member of a wheel lands below `site-packages`; None when it lands elsewhere."""
    placed = _DATA.fullmatch(path)
    if placed is None:
        return None if ".dist-info/" in path else path
    if placed[1] in ("purelib", "platlib"):
        return placed[2]
    inside = _SITE.fullmatch(placed[2]) if placed[1] == "data" else None
    return inside[1] if inside else None


def _on_path(scheme: str, rest: str) -> bool:
    return scheme == "scripts" or (scheme == "data" and rest.startswith(("bin/", "Scripts/")))


def _module(target: str) -> str:
    return target.partition(":")[0].partition("[")[0].strip().replace(".", "/")


def _roots(references: Iterable[str], reach: Reach) -> Iterator[Root]:
    for reference in references:
        path = posixpath.normpath(storable(reference).lstrip("/"))
        if not path.startswith("..") and path != ".":
            yield Root(path, reach)


def _headers(content: bytes) -> Iterator[tuple[str, str]]:
    """Name, version, licence and first dependency; the first of each counts, as in the standard's parsers."""
    wanted = {"name": "name", "version": "version", "license-expression": "licence", "license": "licence"} | {
        "requires-dist": "dependency"
    }
    found: dict[str, str] = {}
    for line in content[:_HEADERS].decode("utf-8", "replace").splitlines():
        if not line.strip():
            break
        key, colon, value = line.partition(":")
        if colon and key.lower() in wanted and value.strip() and not _EXTRA.search(value):
            found.setdefault(wanted[key.lower()], storable(value.strip())[:FIELD])
    yield from found.items()
