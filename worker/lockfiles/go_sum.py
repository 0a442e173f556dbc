"""Go's checksums: `go.sum`.

Shape    Lines of `module version h1:hash`. The hash is over the files of the module, not over an archive, so it can be
         compared with another `go.sum` only: a version whose hash changed is told of.
Line     the line itself.
Skips    lines of `version/go.mod`: hashes of a module's `go.mod` alone, whose code need not be part of the build; and
         hashes of other kinds than `h1`, which Go itself skips.
Refuses  what is not UTF-8, larger than 16 MiB, or holds merge conflict markers.
"""

from __future__ import annotations

import base64
import binascii

from app.core.compared import read_lines, read_package
from app.core.escape import visible
from app.core.integrity import Checksum
from app.core.lockfile import Lineage, Lockfile, Pin, Problem, Problems, Scope, in_order
from app.core.package import REGISTRY, Ecosystem

FORMAT = "go-sum"
ECOSYSTEM = Ecosystem.GO

_LARGEST = 16 << 20  # bytes
_KIND = "h1"


def claims(path: str) -> bool:
    """Whether a file of this path is a `go.sum`."""
    return path.rpartition("/")[2] == "go.sum"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    for number, text in enumerate(read_lines(content, _LARGEST), 1):
        words = text.split()
        if not words or (len(words) == 3 and words[1].endswith("/go.mod")):
            continue
        package = read_package(ECOSYSTEM, *words[:2]) if len(words) == 3 else None
        kind, _, encoded = words[-1].partition(":")
        digits = _hex(encoded) if kind == _KIND else ""
        if package is None or digits is None:
            problems.append(Problem(number, f"{visible(text, 120)} is no line of a go.sum.", text[:200], entry=text))
        elif digits:
            checksum = Checksum(_KIND, digits)
            pins.append(Pin(package, REGISTRY, number, Scope.RUNTIME, direct=False, checksum=checksum))
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems), lineage=Lineage.UNKNOWN)


def _hex(encoded: str) -> str | None:
    try:
        digest = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None
    return digest.hex() if len(digest) == 32 else None
