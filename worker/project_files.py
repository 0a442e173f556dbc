"""The manifests and lockfiles of two trees, each fetched and read once, however many others it is held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice

from app.core.lockfile import Lockfile, UnreadableLockfile
from app.core.manifest import Manifest
from app.core.npm_directives import overridden
from app.core.ports import ManifestParser
from worker.changed_files import Formats, Side, covering, is_installed

MOST_MANIFESTS = 300  # of one repository that are read to explain an entry; beyond it, nothing is said
WORKSPACE = "pnpm-workspace"  # the format of files that force versions as manifests do, and are none


@dataclass
class ProjectFiles:
    """Two trees, with what was read of them. What cannot be read is None: it is told of elsewhere."""

    before: Side
    after: Side
    formats: Formats
    is_ignored: Callable[[str], bool]
    _locks: dict[str, Lockfile | None] = field(default_factory=dict)
    _manifests: dict[str, Manifest | None] = field(default_factory=dict)
    _old: dict[str, Manifest | None] = field(default_factory=dict)
    _forced: dict[str, frozenset[str]] = field(default_factory=dict)

    def changed_manifests(self) -> Iterator[tuple[str, ManifestParser, list[str]]]:
        """Manifests of the head that differ from the base's, each with the lockfiles that cover it."""
        for path in sorted(self.after.files):
            parser = self.formats.manifest_for(path)
            if parser is None or is_installed(path) or self.before.files.get(path) == self.after.files[path]:
                continue
            locks = covering(path, parser, self.after.folders, self.formats)
            if locks and not self.is_ignored(path):
                yield path, parser, locks

    def manifest(self, path: str) -> Manifest | None:
        """A manifest of the head."""
        if path not in self._manifests:
            parser = self.formats.manifest_for(path)
            self._manifests[path] = None if parser is None else _read(parser, path, self.after.content(path))
        return self._manifests[path]

    def was(self, path: str, parser: ManifestParser) -> Manifest | None:
        """A manifest of the base."""
        if path not in self._old:
            self._old[path] = _read(parser, path, self.before.content(path))
        return self._old[path]

    def lock(self, path: str) -> Lockfile | None:
        """Any dependency file of the head, as its parser reads it."""
        if path not in self._locks:
            parser, content = self.formats.parser_for(path), self.after.content(path)
            try:
                self._locks[path] = None if parser is None or content is None else parser.parse(path, content)
            except UnreadableLockfile:
                self._locks[path] = None
        return self._locks[path]

    def beside(self, lock: str) -> list[str]:
        """The manifests in the folder of a lockfile that it covers."""
        parser = self.formats.parser_for(lock)
        return [
            path
            for path in self.after.folders.get(lock.rpartition("/")[0], ())
            if parser is not None
            and (manifest := self.formats.manifest_for(path)) is not None
            and parser.FORMAT in manifest.COVERED_BY
        ]

    def below(self, folder: str) -> list[str]:
        """The manifests in a folder and below it, at most `MOST_MANIFESTS`."""
        prefix = f"{folder}/" if folder else ""
        return list(islice((path for path in self._all_manifests if path.startswith(prefix)), MOST_MANIFESTS))

    def own_names(self, folder: str) -> frozenset[str]:
        """The names of the projects below a folder: a workspace's own packages stand in no registry."""
        read = (self.manifest(path) for path in self.below(folder))
        return frozenset(manifest.name for manifest in read if manifest is not None and manifest.name)

    def forced(self, folder: str) -> frozenset[str]:
        """Names whose version a manifest in this folder, or a workspace of pnpm, forces for all projects below it."""
        if folder not in self._forced:
            self._forced[folder] = frozenset().union(*self._forced_in(folder))
        return self._forced[folder]

    def _forced_in(self, folder: str) -> Iterator[frozenset[str]]:
        for path in self.after.folders.get(folder, ()):
            if self.formats.manifest_for(path) is not None:
                manifest = self.manifest(path)
                yield manifest.overridden if manifest else frozenset()
            elif (parser := self.formats.parser_for(path)) is not None and parser.FORMAT == WORKSPACE:
                workspace = self.lock(path)
                yield overridden(workspace.directives) if workspace else frozenset()

    @cached_property
    def _all_manifests(self) -> list[str]:
        return [path for path in self.after.files if self.formats.manifest_for(path) and not is_installed(path)]


def _read(parser: ManifestParser, path: str, content: bytes | None) -> Manifest | None:
    try:
        return None if content is None else parser.read_manifest(path, content)
    except UnreadableLockfile:
        return None
