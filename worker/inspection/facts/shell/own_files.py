"""Paths that a script runs → paths inside the package."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

_HERE = ("$(dirname $0)", '$(dirname "$0")', "${0%/*}", "$DIR", "$SCRIPT_DIR", "$HERE", "${BASH_SOURCE%/*}", "%~dp0")


def references(script: str, path: str) -> Iterator[str]:
    """The files that `path` may mean in a script: from the package's root, and beside the script."""
    folder = posixpath.dirname(script)
    for here in _HERE:
        if path.startswith(here):
            path = posixpath.join(folder, path.removeprefix(here).lstrip("/"))
            yield posixpath.normpath(path)
            return
    yield path
    if folder and not path.startswith(("/", "~", "$", "%")):
        yield posixpath.normpath(posixpath.join(folder, path))
