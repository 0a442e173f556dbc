"""What a pull request shows of its changes: files, patches, the lines to comment, and lines that move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff

from app.demo.github.objects import Objects

LARGEST_PATCH = 3_000  # lines of a patch; GitHub leaves bigger ones out


@dataclass(frozen=True, slots=True)
class PatchLine:
    """One line of a patch: `kind` is `@`, `+`, `-` or a space; `old` and `new` are its numbers where it has them."""

    kind: str
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs between merge base and head. `lines` is empty when it is binary or too big to show."""

    path: str
    status: str  # added, removed, modified
    sha: str  # of the new blob, or of the old one of a removed file
    lines: tuple[PatchLine, ...]
    additions: int
    deletions: int

    @property
    def patch(self) -> str | None:
        """The unified diff as GitHub gives it, without file headers; None when it is not shown."""
        if not self.lines:
            return None
        return "\n".join(line.text if line.kind == "@" else line.kind + line.text for line in self.lines)

    @property
    def commentable(self) -> dict[int, int]:
        """New line numbers that stand in the diff → position in the patch (the first line below a `@@` is 1)."""
        return {line.new: place for place, line in enumerate(self.lines) if line.new is not None}

    def hunk(self, line: int) -> str:
        """The part of the patch from its `@@` to a line of the new file."""
        start, found = 0, 0
        for place, shown in enumerate(self.lines):
            if shown.kind == "@":
                start = place
            if shown.new == line:
                found = place
                break
        return "\n".join(
            shown.text if shown.kind == "@" else shown.kind + shown.text for shown in self.lines[start : found + 1]
        )


def changed_files(objects: Objects, base: str | None, head: str) -> list[FileChange]:
    """What differs between two commits, by path; everything when there is no base."""
    before, after = objects.files(base) if base else {}, objects.files(head)
    changes = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        status = "added" if old is None else "removed" if new is None else "modified"
        shown = new or old
        assert shown is not None
        lines = _lines(objects.blob(old.sha) if old else b"", objects.blob(new.sha) if new else b"")
        changes.append(
            FileChange(
                path=path,
                status=status,
                sha=shown.sha,
                lines=lines if len(lines) <= LARGEST_PATCH else (),
                additions=sum(line.kind == "+" for line in lines),
                deletions=sum(line.kind == "-" for line in lines),
            )
        )
    return changes


def moved_line(old: bytes, new: bytes, line: int) -> int | None:
    """Where a line of the old file stands in the new one; None when it was changed or removed."""
    before, after = _split(old), _split(new)
    if before is None or after is None:
        return None
    for block in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        if block.a <= line - 1 < block.a + block.size:
            return line - block.a + block.b
    return None


def _lines(old: bytes | None, new: bytes | None) -> tuple[PatchLine, ...]:
    before, after = _split(old or b""), _split(new or b"")
    if before is None or after is None:
        return ()
    return tuple(_numbered(unified_diff(before, after, lineterm="")))


def _numbered(diff: Iterator[str]) -> Iterator[PatchLine]:
    old = new = 0
    for number, line in enumerate(diff):
        if number < 2:
            continue  # the file headers
        kind, text = line[0], line[1:]
        if kind == "@":
            _, before, after, *_ = line.split(" ")
            old, new = _first(before), _first(after)
            yield PatchLine("@", line)
        elif kind == "+":
            yield PatchLine("+", text, new=new)
            new += 1
        elif kind == "-":
            yield PatchLine("-", text, old=old)
            old += 1
        else:
            yield PatchLine(" ", text, old=old, new=new)
            old, new = old + 1, new + 1


def _first(span: str) -> int:
    return int(span[1:].partition(",")[0])


def _split(data: bytes) -> list[str] | None:
    """Lines of a text; None when it is binary."""
    if b"\0" in data:
        return None
    try:
        return data.decode().removesuffix("\n").split("\n") if data else []
    except UnicodeDecodeError:
        return None
