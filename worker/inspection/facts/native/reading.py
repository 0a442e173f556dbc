"""Native files of an archive whose other facts are known → the facts that only a parser of programs sees.

Until they are read, native files count as partly examined; those that cannot be read stay so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import re2

from app.core.errors import Reason
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts
from worker.inspection.facts.declared import storable
from worker.inspection.facts.extracted import EVIDENCE, Extracted
from worker.inspection.facts.hosts import host_of
from worker.inspection.facts.native.consequences import consequences
from worker.inspection.facts.secrets.concealment import Concealment
from worker.inspection.facts.tidy import tidied
from worker.inspection.facts.tree import Budget
from worker.inspection.member import Member

UNREAD = "native code that was not read"
SECONDS = 35.0  # CPU time for all native files of an archive
_URL = re2.compile(rb"(?:https?|wss?|ftp|tcp)://([\x21-\x7e]{3,255})")
_HOSTS = 60  # of one file; languages that keep their texts in one piece run addresses together


@dataclass(frozen=True, slots=True)
class Binary:
    """A native file. `platforms` are like `linux x86-64`; `packed` says how, in our words; names are a stranger's."""

    platforms: tuple[str, ...]
    is_program: bool
    functions: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    packed: tuple[str, ...] = ()


Reader = Callable[[str, bytes], Binary | None]
"""`(kind, content)` → the binary, None when it is damaged. The kind is `elf`, `pe` or `mach-o`."""


def is_native(fact: Fact) -> bool:
    """Whether it says that a file as a whole is native code."""
    return fact.id is FactId.NATIVE_CODE and fact.line == 0


def unread(facts: ArtifactFacts) -> dict[str, FileFacts]:
    """The native files, by path, that nobody has read yet."""
    return {
        file.path: file for file in facts.files if any(is_native(fact) and not fact.evidence for fact in file.facts)
    }


def complete(
    facts: ArtifactFacts,
    members: Iterable[Member],
    read: Reader,
    concealment: Concealment | None = None,
    seconds: float = SECONDS,
) -> ArtifactFacts:
    """The same facts with those of the native files that were unread; `members` are those of the same archive.

    What is not read within `seconds` of CPU time stays unread. `concealment` learns the credentials in these files, so
    that no fact quotes one.
    """
    concealment = concealment or Concealment()
    budget = Budget(seconds)
    waiting = unread(facts)
    found: dict[str, FileFacts] = {}
    for member in members:
        path = storable(member.path)
        file = waiting.get(path)
        if file is not None and file.sha256 == member.sha256:
            concealment.take(member.content, path)
            found[path] = _read(file, member.content, read)
            if len(found) == len(waiting) or budget.spent:
                break
    return concealment.conceal(merged(facts, found))


def merged(facts: ArtifactFacts, read: Mapping[str, FileFacts]) -> ArtifactFacts:
    """The facts with native files as they were read: only those that were unread, and of them only what that adds."""
    taken = {
        path: replace(file, facts=read[path].facts, partly=read[path].partly)
        for path, file in unread(facts).items()
        if path in read and read[path].sha256 == file.sha256
    }
    whole = {path for path, file in taken.items() if file.partly is None}
    return replace(
        facts,
        files=tuple(taken.get(file.path, file) for file in facts.files),
        not_examined=tuple(
            gap for gap in facts.not_examined if gap.reason is not Reason.PARTLY or gap.what not in whole
        ),
    )


def _read(file: FileFacts, content: bytes, read: Reader) -> FileFacts:
    kind = next(fact.detail for fact in file.facts if is_native(fact))
    binary = read(kind, content)
    facts = [fact for fact in file.facts if not is_native(fact)]
    if binary is None:
        facts.append(Fact(FactId.NATIVE_CODE, 0, kind, "damaged: its parts are not where it says"))
    else:
        form = "program" if binary.is_program else "library"
        facts.append(Fact(FactId.NATIVE_CODE, 0, kind, f"{form} for {', '.join(binary.platforms)}"))
        facts += _of(binary)
    facts += [Fact(FactId.HOST, 0, host) for host in _hosts(content)]
    tidy = tidied(Extracted(tuple(facts)))
    partly = file.partly if binary is None or file.partly != UNREAD else None
    return replace(file, facts=tidy.facts, partly=partly or tidy.partly)


def _of(binary: Binary) -> Iterator[Fact]:
    for platform in binary.platforms:
        yield Fact(FactId.PLATFORM, 0, platform)
    for kind, names in consequences(binary.functions, binary.libraries).items():
        yield Fact(FactId.NATIVE_IMPORT, 0, kind, ", ".join(names)[:EVIDENCE])
    for sign in binary.packed:
        yield Fact(FactId.PACKED_CODE, 0, sign)


def _hosts(content: bytes) -> list[str]:
    """Hosts of the addresses in its texts, each once."""
    found: dict[str, None] = {}
    for match in _URL.finditer(content):
        host = host_of(match.group(1).decode("ascii"))
        if host is not None:
            found[host] = None
            if len(found) == _HOSTS:
                break
    return list(found)
