"""Takes found credentials out of everything else that was learned of a package, before it leaves the sealed child.

A line of code is quoted as evidence, cut, and squeezed by many readers; so pieces of a secret are looked for, not only
the whole of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

import re2

from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, NotExamined, Oddity, Origin
from worker.inspection.facts.secrets.formats import OURS
from worker.inspection.facts.secrets.search import Search, search
from worker.inspection.limits import MOST_OWN

_PIECE = 6  # characters of a secret that give it away
_LONG = 12  # a run of pieces that is no accident; at a cut end of a text any run counts
_MOST = 64 << 10  # characters of one secret; also how much text of one artifact is searched at a time
_RUNS = re2.compile(rf"[A-Za-z0-9+/=_.:-]{{{_PIECE},}}")
_MOST_PIECES = 500_000  # some 50 MB
_SHORT = 400  # bytes
_ANY = re2.compile(r"[A-Za-z0-9+/=_-]{24,}")
_CUT = "…"


@dataclass(slots=True)
class Concealment:
    """All pieces of the credentials of one archive, gathered while its files go by.

    `own` are tokens of ours, whole, with the file in which each was found first ("": in several pieces).
    """

    pieces: set[str] = field(default_factory=set)
    crowded: bool = False
    own: dict[str, str] = field(default_factory=dict)

    def take(self, content: bytes, path: str = "") -> Search:
        """Look for credentials in the content of a file, or in a text, and remember them."""
        found = search(content)
        for secret in found.secrets:
            self.learn(content[secret.start : secret.end])
            if secret.credential == OURS and len(self.own) < MOST_OWN:
                self.own.setdefault(secret.value.decode("ascii"), path)
        return found

    def learn(self, secret: bytes) -> None:
        """Remember a credential as it stands in a file.

        Of long ones every third piece is enough: they overlap. Past a limit they are no longer told apart from any
        other long run of such characters.
        """
        if len(self.pieces) > _MOST_PIECES:
            self.crowded = True
            return
        step = 1 if len(secret) < _SHORT else 3
        for run in _RUNS.findall(secret[:_MOST].decode("latin-1")):
            self.pieces.update(run[at : at + _PIECE] for at in range(0, len(run) - _PIECE + 1, step))

    def conceal(self, facts: ArtifactFacts) -> ArtifactFacts:
        """The same facts without any credential; those that only show when code is folded are found here as well."""
        for text in _texts(facts):
            self.take(text.encode("utf-8", "replace"))
        if not self.pieces:
            return facts
        mask = self.mask
        return replace(
            facts,
            files=tuple(_file(file, mask) for file in facts.files),
            oddities=tuple(Oddity(one.id, mask(one.member), mask(one.detail)) for one in facts.oddities),
            not_examined=tuple(NotExamined(mask(gap.what), gap.reason, mask(gap.detail)) for gap in facts.not_examined),
            metadata=_pairs(facts.metadata, mask),
            declared=_pairs(facts.declared, mask),
        )

    def mask(self, text: str) -> str:
        """The text with `…` in the place of every piece of a credential."""
        if self.crowded:
            text = str(_ANY.sub(lambda _run: _CUT, text))  # as a plain text, RE2 would write it as Latin-1
        covered = bytearray(len(text))
        for at in range(len(text) - _PIECE + 1):
            if text[at : at + _PIECE] in self.pieces:
                covered[at : at + _PIECE] = b"\1" * _PIECE
        if not any(covered):
            return text
        kept: list[str] = []
        at = 0
        for start, end in _runs(covered):
            edges = start == 0 or end == len(text) or _CUT in text[max(0, start - 2) : end + 2]
            kept += [text[at:start], _CUT if edges or end - start >= _LONG else text[start:end]]
            at = end
        return "".join([*kept, text[at:]])


def concealed(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Pairs from elsewhere without any credential: what a registry says of a package."""
    concealment = Concealment()
    concealment.take("\n".join(f"{key} {value}" for key, value in pairs).encode("utf-8", "replace"))
    return _pairs(pairs, concealment.mask) if concealment.pieces else pairs


def _runs(covered: bytearray) -> Iterator[tuple[int, int]]:
    at = covered.find(1)
    while at >= 0:
        end = covered.find(0, at)
        end = len(covered) if end < 0 else end
        yield at, end
        at = covered.find(1, end)


def _file(file: FileFacts, mask: Callable[[str], str]) -> FileFacts:
    return replace(
        file,
        path=mask(file.path),
        facts=tuple(_fact(fact, mask) for fact in file.facts),
        loads=tuple(mask(reference) for reference in file.loads),
        runs=tuple(mask(reference) for reference in file.runs),
        partly=None if file.partly is None else mask(file.partly),
    )


def _fact(fact: Fact, mask: Callable[[str], str]) -> Fact:
    detail = fact.detail if fact.id is FactId.SECRET else mask(fact.detail)
    return replace(
        fact,
        detail=detail,
        evidence=mask(fact.evidence),
        origins=tuple(Origin(origin.kind, origin.line, mask(origin.detail)) for origin in fact.origins),
        hosts=tuple(mask(host) for host in fact.hosts),
        programs=tuple(mask(program) for program in fact.programs),
    )


def _pairs(pairs: Iterable[tuple[str, str]], mask: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
    return tuple((mask(key), mask(value)) for key, value in pairs)


def _texts(facts: ArtifactFacts) -> Iterator[str]:
    """Everything that was quoted, several pieces at a time."""
    waiting: list[str] = []
    size = 0
    for text in _quoted(facts):
        waiting.append(text)
        size += len(text)
        if size > _MOST:
            yield "\n".join(waiting)
            waiting, size = [], 0
    yield "\n".join(waiting)


def _quoted(facts: ArtifactFacts) -> Iterator[str]:
    for key, value in (*facts.metadata, *facts.declared):
        yield f"{key} {value}"
    for oddity in facts.oddities:
        yield f"{oddity.member} {oddity.detail}"
    for gap in facts.not_examined:
        yield f"{gap.what} {gap.detail}"
    for file in facts.files:
        yield file.path
        for fact in file.facts:
            if fact.id is not FactId.SECRET:
                yield fact.detail
                yield fact.evidence
                yield from fact.hosts
                yield from fact.programs
