"""An environment of conda, of which pip's part is read: `environment.yml`, `environment.yaml`.

Shape    YAML. `dependencies` is a list of conda's packages, and of one mapping, `pip`, with lines that conda hands to
         pip as a requirements file.
Line     that of the requirement; of conda's packages, that of `dependencies`.
Skips    conda's own packages, which are one problem for the whole file, since nobody here compares them; files without
         `dependencies`, which are some other tool's.
Refuses  what is not YAML in UTF-8, or larger than 1 MiB.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from app.core.compared import put_together
from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Lockfile, Pin, Problem, Scope, UnreadableLockfile
from app.core.package import Ecosystem, without_login
from app.core.python_requirement import Gap, read_requirement
from app.core.python_wish import Wish, as_pin
from app.core.requirements_files import is_requirements_file
from app.core.yaml_document import Visits, member, read_document
from app.core.yaml_tree import Items, Mapping, Node, Scalar

FORMAT = "environment-yml"
ECOSYSTEM = Ecosystem.PYPI

_LARGEST = 1 << 20  # bytes
_MOST_NAMED = 5  # of conda's packages, in the one sentence about them
_LONGEST = 2_000  # characters of a line that are kept
_INCLUDES = ("-r", "--requirement", "-c", "--constraint")
_EDITABLE = ("-e", "--editable")


def claims(path: str) -> bool:
    """Whether a file of this path is an environment of conda, by its name."""
    return path.rpartition("/")[2] in ("environment.yml", "environment.yaml")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    if b"dependencies" not in content and b"\\" not in content and b"\0" not in content:
        return Lockfile(path, FORMAT, ())  # whatever it is, it asks for nothing
    dependencies = member(read_document(content, _LARGEST), "dependencies")
    if dependencies is None or (isinstance(dependencies, Scalar) and dependencies.null):
        return Lockfile(path, FORMAT, ())
    if not isinstance(dependencies, Items):
        raise UnreadableLockfile(dependencies.line, "Its dependencies are no list.")
    return put_together(path, FORMAT, [*_conda(dependencies), *_pip(dependencies, path)])


def _conda(dependencies: Items) -> Iterator[Problem]:
    """All of conda's packages at once: they are listed, and keep nothing from green unless a policy says so."""
    named = [item.text for item in dependencies.items if isinstance(item, Scalar)]
    others = [text for text in named if text.strip().partition("=")[0].strip(" <>!") not in ("python", "pip")]
    if not others:
        return
    shown = ", ".join(visible(text, 40) for text in others[:_MOST_NAMED])
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    message = f"Packages of conda are not compared, and nobody opens them: {shown}{more}."
    written = hashlib.sha256("\0".join(sorted(others)).encode("utf-8", "replace")).hexdigest()
    yield Problem(dependencies.line, message, "conda", Reason.ECOSYSTEM, written)


def _pip(dependencies: Items, path: str) -> Iterator[Pin | Problem | None]:
    visits = Visits()
    for item in dependencies.items:
        if not isinstance(item, Mapping) or not visits.first(item):
            if isinstance(item, Items):
                yield Problem(item.line, "A list stands among its dependencies.", "dependencies")
            continue
        for key, value in item.pairs:
            if key.text != "pip" or not isinstance(value, Items):
                message = f"{visible(key.text, 80)} is no list of packages for pip, so it is not read."
                yield Problem(key.line, message, key.text[:200], entry=key.text[:_LONGEST])
            elif visits.first(value):
                yield from (_line(node, path) for node in value.items)


def _line(node: Node, path: str) -> Pin | Problem | None:
    """One line for pip: a requirement with its hashes, another file, a folder; other options are not read."""
    if not isinstance(node, Scalar) or len(node.text.splitlines()) > 1:
        return Problem(node.line, "A requirement for pip is no line of text.", "pip")
    text = node.text.partition(" #")[0].strip()
    first, _, rest = text.partition(" ")
    first, glued, value = first.partition("=") if first.startswith("--") else (first, "", "")
    rest = value if glued else rest.strip()
    if first in _INCLUDES and is_requirements_file(rest) and ":" not in rest:
        return None
    if first in _EDITABLE:
        read = read_requirement(rest, path, editable=True)
        return Problem(node.line, read.message, rest[:200], read.reason, rest) if isinstance(read, Gap) else None
    requirement, _, options = text.partition(" -")
    digests = _hashes(f"-{options}") if options else ()
    if text.startswith("-") or digests is None:
        shown = visible(without_login(text), 80)
        message = f"{shown} is an option for pip, and is not examined."
        return Problem(node.line, message, shown, Reason.UNSUPPORTED_SOURCE, text[:_LONGEST])
    pin = as_pin(Wish(requirement.strip(), node.line, Scope.RUNTIME), path)
    if isinstance(pin, Pin) and digests:
        return Pin(pin.package, pin.source, pin.line, pin.scope, direct=True, digests=digests)
    return pin


def _hashes(options: str) -> tuple[Digest, ...] | None:
    """The hashes, if these options are nothing else and can be read."""
    words = options.split()
    if not all(word.startswith("--hash=") for word in words):
        return None
    try:
        return tuple(from_pip(word.removeprefix("--hash=")) for word in words)
    except ValueError:
        return None
