"""Byte code of one archive, held beside the source that stands in the same archive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.core.specimen import FileFacts
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.languages import FILE_SECONDS, Languages
from worker.inspection.facts.python import byte_code
from worker.inspection.facts.tree import Budget
from worker.inspection.member import Member

LANGUAGE = "byte-code"
_TOTAL = 16 << 20  # bytes of source, and of byte code, that are kept until the archive has been read


@dataclass(slots=True)
class Compiled:
    """What is kept of one pass over an archive: either may come first."""

    languages: Languages
    _sources: dict[str, bytes] = field(default_factory=dict)
    _byte_code: dict[str, bytes] = field(default_factory=dict)
    _left: dict[bool, int] = field(default_factory=lambda: {True: _TOTAL, False: _TOTAL})

    def keep(self, path: str, member: Member) -> None:
        """Remember a file of either kind, while there is room."""
        is_source = path.endswith(".py")
        if (is_source or path.endswith(byte_code.SUFFIXES)) and not member.truncated:
            self._left[is_source] -= member.size
            if self._left[is_source] >= 0:
                (self._sources if is_source else self._byte_code)[path] = member.content

    def read(self, path: str, member: Member) -> Extracted:
        """The facts of a file of byte code."""
        if member.truncated:
            return Extracted(partly="byte code that is too large to read")
        if LANGUAGE not in self.languages.files:
            return Extracted(partly="byte code, for which there is no reader")
        return self.languages.read_file(LANGUAGE, path, member.content, Budget(FILE_SECONDS))

    def explained(self, files: Mapping[str, FileFacts]) -> dict[str, FileFacts]:
        """By path, the files of byte code that their source explains: they need no facts of their own."""
        return {
            path: replace(file, facts=tuple(fact for fact in file.facts if fact.id not in byte_code.ACTS), partly=None)
            for path, content in self._byte_code.items()
            if self._is_explained(file := files[path], content, files.get(byte_code.source_of(path)))
        }

    def _is_explained(self, file: FileFacts, content: bytes, beside: FileFacts | None) -> bool:
        if file.partly is None or beside is None or beside.partly is not None:
            return False
        source = self._sources.get(beside.path)
        return source is not None and byte_code.is_explained(content, file, source, beside)
