"""Which extractor reads which file, and how a command with code inside it is read."""

from __future__ import annotations

import gc
import posixpath
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.specimen import Fact
from worker.inspection.facts.declared import NOTHING, both_ends, merge, moved
from worker.inspection.facts.extracted import Extracted, Extractor
from worker.inspection.facts.tree import Budget, OutOfBudget

FILE_SECONDS = 2.0  # CPU for one file
_TELLING = 40  # characters that find inline code again in its surroundings
LARGEST = 10 << 20  # bytes that are parsed

_SUFFIXES = {
    ".js": "javascript",
    ".cjs": "javascript",
    ".mjs": "javascript",
    ".jsx": "javascript",
    ".ts": "typescript",
    ".cts": "typescript",
    ".mts": "typescript",
    ".tsx": "tsx",
    ".py": "python",
    ".pyw": "python",
    ".pyi": "python",
    ".ipynb": "python",
    ".sh": "shell",
    ".bash": "shell",
    ".zsh": "shell",
    ".ksh": "shell",
    ".command": "shell",
    ".ps1": "shell",
    ".bat": "shell",
    ".cmd": "shell",
}
_INTERPRETERS = {
    "node": "javascript",
    "nodejs": "javascript",
    "deno": "javascript",
    "bun": "javascript",
    "ts-node": "typescript",
    "tsx": "typescript",
    "python": "python",
    "pypy": "python",
    "sh": "shell",
    "bash": "shell",
    "dash": "shell",
    "zsh": "shell",
    "ksh": "shell",
    "ash": "shell",
}


@dataclass(frozen=True, slots=True)
class Languages:
    """The readers of source, handed in: `files` and `inline` by language, and those that need no language.

    `command` reads a command line, `scan` looks at the bytes of any file, `sniff` says what language a file without a
    telling name is in.
    """

    files: Mapping[str, Extractor]
    inline: Mapping[str, Callable[[str, Budget], Extracted]]
    command: Callable[[str, Budget], Extracted]
    scan: Callable[[str, bytes, bool], tuple[Fact, ...]]
    sniff: Callable[[str, bytes], str | None]

    def language(self, path: str, content: bytes) -> str | None:
        """The language by the file's suffix, its first line, or its content; None for data."""
        suffix = posixpath.splitext(path)[1].lower()
        return _SUFFIXES.get(suffix) or _interpreter(content) or self.sniff(path, content)

    def read_command(self, text: str, budget: Budget) -> Extracted:
        """A command line with the code that it hands to interpreters (`node -e …`). Never raises."""
        return _guarded("shell", lambda: self._with_inline(self.command(text, budget), text, budget))

    def read_inline(self, language: str, source: str, budget: Budget) -> Extracted:
        """Code that stands in a command or a manifest. Never raises."""
        return _guarded(language, lambda: self.inline[language](source, budget))

    def read_file(self, language: str, path: str, content: bytes, budget: Budget) -> Extracted:
        """A file in one language, with the code that it hands to interpreters of others. Never raises."""
        if language not in self.files:
            return NOTHING
        found = _guarded(language, lambda: self.files[language](path, content, budget))
        return self._with_inline(found, content.decode("utf-8", "replace"), budget) if found.inline else found

    def _with_inline(self, found: Extracted, text: str, budget: Budget) -> Extracted:
        parts = [found]
        for language, source in found.inline:
            if language in self.inline:
                line = text.count("\n", 0, max(text.find(source[:_TELLING]), 0)) + 1
                inner = self.read_inline(language, source, budget)
                parts.append(moved(inner, line, both_ends(source)))
        return merge(parts)


def _guarded(language: str, read: Callable[[], Extracted]) -> Extracted:
    """What a reader gives, or why it gave nothing: one failure never loses what others found."""
    try:
        with _uncollected():
            return read()
    except OutOfBudget:
        return Extracted(partly=f"it takes longer to read than the {FILE_SECONDS:g} s of a file")
    except Exception as error:  # noqa: BLE001 - whatever a source does to its reader ends as a value
        return Extracted(partly=f"the reader for {language} failed on it ({type(error).__name__})")


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the garbage collector wait for the end of a file: until then all is in use, and looking costs a sixth more.

    What it left young is looked at once, right after.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _interpreter(content: bytes) -> str | None:
    """What a `#!` line names."""
    if not content.startswith(b"#!"):
        return None
    words = content[2:256].split(b"\n", 1)[0].decode("latin-1").split()
    names = [posixpath.basename(word).rstrip("0123456789.") for word in words if not word.startswith("-")]
    return next((_INTERPRETERS[name] for name in names if name in _INTERPRETERS), None)
