"""Patch files of the repository whose content changed while whoever applies them says the same as before."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from itertools import islice

from app.core.directives import Directive, DirectiveChange, DirectiveKind
from worker.project_files import WORKSPACE, ProjectFiles

_ENDINGS = (".patch", ".diff")
_MOST = 200  # patches of one pull request that are looked up
_DEEPEST = 32  # folders above one


def changed_patches(files: ProjectFiles) -> Iterator[DirectiveChange]:
    """A change for each package that such a file is applied to; a patch that nobody applies is none."""
    old, new = files.before.files, files.after.files
    differing = (path for path in sorted(new) if path.endswith(_ENDINGS) and old.get(path, new[path]) != new[path])
    for path in islice(differing, _MOST):
        for directive in _applied(path, files):
            yield DirectiveChange(path, 1, DirectiveKind.PATCH, directive.name, path, path)


def _applied(path: str, files: ProjectFiles) -> Iterator[Directive]:
    """The directives that name this file, in the folders above it."""
    folder = path
    for _ in range(_DEEPEST):
        folder = posixpath.dirname(folder)
        for one in _patches(folder, files):
            if posixpath.normpath(posixpath.join(folder, _file_of(one.value))) == path:
                yield one
        if not folder:
            return


def _patches(folder: str, files: ProjectFiles) -> Iterator[Directive]:
    for path in files.after.folders.get(folder, ()):
        parser = files.formats.parser_for(path)
        if files.formats.manifest_for(path) is not None:
            manifest = files.manifest(path)
            found = manifest.directives if manifest else ()
        elif parser is not None and parser.FORMAT == WORKSPACE:
            workspace = files.lock(path)
            found = workspace.directives if workspace else ()
        else:
            continue
        yield from (one for one in found if one.kind is DirectiveKind.PATCH)


def _file_of(value: str) -> str:
    """The file that a directive names: as it is, or behind yarn's `patch:package#~/` or `#./`."""
    if value.startswith("patch:"):
        value = value.partition("#")[2].partition("::")[0]
    return value.removeprefix("~/").removeprefix("./")
