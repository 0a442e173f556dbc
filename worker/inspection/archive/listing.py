"""What is learned of an archive as a whole while its files go by: names, doubles, links, and whatever is odd."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePosixPath

from app.core.specimen import Oddity
from worker.inspection.archive.names import collision_key, leaves, shown

_EACH = 20  # oddities of one id that are listed one by one
# A link with such a name whose target is called otherwise would bring in code that was inspected as something else.
_PYTHON = frozenset({".py", ".pyw", ".pyi", ".pyx", ".pyc", ".pth", ".cfg", ".toml"})
_JAVASCRIPT = frozenset({".js", ".cjs", ".mjs", ".jsx", ".ts", ".cts", ".mts", ".tsx", ".json", ".gyp"})
_CODE = _PYTHON | _JAVASCRIPT | {".sh", ".bash", ".node", ".wasm", ".so", ".pyd", ".dll", ".dylib"}
_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7-zip"),
    (b"Rar!\x1a\x07", "rar"),
)


class Listing:
    """Oddities and totals of one archive; complete when its last file has gone by.

    `hashes` maps each path to the SHA-256 of the file that stands there (the last one, where there are several).
    """

    def __init__(self) -> None:
        self.unpacked = 0
        self.hashes: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        self._oddities: list[Oddity] = []
        self._counts: Counter[str] = Counter()
        self._keys: dict[str, str] = {}
        self._links: set[str] = set()

    def oddities(self) -> tuple[Oddity, ...]:
        """What is odd, in the order of the archive; each kind is cut after 20, with a last one that counts the rest."""
        more = [
            Oddity(kind, "", f"and {count - _EACH:,} more of this kind")
            for kind, count in self._counts.items()
            if count > _EACH
        ]
        return (*self._oddities, *more)

    def note(self, kind: str, member: str, detail: str) -> None:
        """Record an oddity."""
        self._counts[kind] += 1
        if self._counts[kind] <= _EACH:
            self._oddities.append(Oddity(kind, member, detail))

    def file(self, path: str, size: int, sha256: bytes, start: bytes) -> bool:
        """Record a file that went by; `start` are its first bytes. False when the same bytes stood there before."""
        self.unpacked += size
        before = self.hashes.get(path)
        self._double(path, same=before == sha256)
        self.hashes[path], self.sizes[path] = sha256, size
        for magic, name in _MAGIC:
            if start.startswith(magic):
                self.note("nested-archive", path, f"{name}, listed and not opened")
        if start[257:262] == b"ustar":
            self.note("nested-archive", path, "tar, listed and not opened")
        self._collide(path)
        return before != sha256

    def link(self, path: str, target: str, *, symbolic: bool) -> None:
        """Record a link; it is not followed. `target` of a hard link is inside the package as well."""
        kind = "symbolic" if symbolic else "hard"
        if (symbolic and leaves(path, target)) or (not symbolic and ".." in target.split("/")):
            self.note("escape", path, f"{kind} link out of the package, to {shown(target)}")
        else:
            self.note("link", path, f"{kind} link to {shown(target)}")
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in _CODE and PurePosixPath(target).suffix.lower() != suffix:
            self.note(
                "disagreement",
                path,
                f"{kind} link that shows {shown(target)} under another kind of name to readers that follow it",
            )
        self._double(path, same=False)
        self._links.add(path)
        self._collide(path)

    def finish(self) -> None:
        """Look at all names together, once the last file has gone by."""
        for path in self.hashes:
            parent = path.rpartition("/")[0]
            while parent:
                if parent in self.hashes:
                    self.note("name-collision", parent, f"is a file, and the directory of {shown(path)}")
                if parent in self._links:
                    self.note(
                        "disagreement", path, f"stands below the link {shown(parent)}; readers write it elsewhere"
                    )
                parent = parent.rpartition("/")[0]

    def _double(self, path: str, *, same: bool) -> None:
        if path in self.hashes or path in self._links:
            self.note("duplicate-name", path, "stands in the archive more than once")
            if not same:
                detail = "stands in the archive more than once and differs; readers take one or the other"
                self.note("disagreement", path, detail)

    def _collide(self, path: str) -> None:
        key = collision_key(path)
        other = self._keys.setdefault(key, path)
        if other != path:
            self.note("name-collision", path, f"is the same file as {shown(other)} on some platforms")
