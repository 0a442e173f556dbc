"""Import statements → the files of the package that they may mean."""

from __future__ import annotations

import posixpath
import sys
from collections.abc import Iterator

from worker.inspection.facts.python.index import Import


def references(path: str, one: Import) -> Iterator[str]:
    """An import as paths from the archive's root, without a suffix."""
    module = one.module.replace(".", "/")
    if one.level:
        folder = posixpath.dirname(path)
        for _ in range(one.level - 1):
            if not folder:
                return
            folder = posixpath.dirname(folder)
        module = "/".join(part for part in (folder, module) if part)
    elif module.partition("/")[0] in sys.stdlib_module_names:
        yield module
        return
    for name in one.names or ("",):
        reference = f"{module}/{name}".strip("/") if name else module
        if reference:
            yield reference
