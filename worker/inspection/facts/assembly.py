"""Members of one archive → the facts of the artifact: each file read once, then how each comes to run.

One file's failure never loses the others: what could not be read is said in the file's `partly`, and where it would
run unasked in `not_examined`. Memory stays bounded: a member's content is let go once it is read, except manifests
and small files that may turn out to be code when something loads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from app.core.errors import Reason
from app.core.finding import Reach
from app.core.specimen import ArtifactFacts, ArtifactKind, FileFacts, NotExamined, Oddity
from app.core.tokens import PREFIX
from worker.inspection.facts import manifests_npm, manifests_pypi
from worker.inspection.facts.compiled import Compiled
from worker.inspection.facts.declared import Declared, merge, storable
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.extractors import LANGUAGES
from worker.inspection.facts.languages import FILE_SECONDS, LARGEST, Languages
from worker.inspection.facts.native.reading import UNREAD, is_native
from worker.inspection.facts.python import byte_code
from worker.inspection.facts.reach import with_reach
from worker.inspection.facts.secrets.concealment import Concealment
from worker.inspection.facts.secrets.search import MOST_CLUES, told
from worker.inspection.facts.tidy import tidied
from worker.inspection.facts.token_handling.extract import handling
from worker.inspection.facts.tree import Budget, OutOfBudget
from worker.inspection.member import Member

UNASKED = frozenset({Reach.INSTALL, Reach.STARTUP})  # nobody decides to run it
_BY_HAND = frozenset({*UNASKED, Reach.IMPORT, Reach.COMMAND})
_MANIFESTS = 32 << 20  # bytes of manifests that are kept while the archive is read
_SMALL = 256 << 10  # a file without a telling name that is kept, in case something loads it
_SMALL_TOTAL = 16 << 20
_NOT_SOURCE = (*byte_code.SUFFIXES, ".json", ".node", ".wasm", ".so", ".pyd", ".dll", ".dylib", ".exe")
SECONDS = 35.0  # CPU time for all files of an archive; the child has 45, and needs some for the rest
OWN_PREFIX = f"{PREFIX}_".encode()
_ROUNDS = 4  # of finding code in files that look like data, which may load others


def gather(
    members: Iterable[Member],
    *,
    engine: str,
    filename: str,
    kind: ArtifactKind,
    sha256: str,
    size: int,
    before: ArtifactFacts | None,
    oddities: Callable[[], tuple[Oddity, ...]],
    concealment: Concealment | None = None,
    languages: Languages = LANGUAGES,
    seconds: float = SECONDS,
) -> ArtifactFacts:
    """Read all members, once, in the order they come. What the reader raises passes through.

    `before` are the facts of the version that this one replaces: files that did not change are not read again.
    `oddities` is asked when the last member has been read. What is not parsed after `seconds` of CPU time is `partly`,
    and the archive is then not fully examined, whatever runs those files: padding must not hide anything. `concealment`
    learns the credentials.
    """
    work = _Gathering(
        kind, languages, _unchanged(before, engine), Budget(seconds), concealment or Concealment(), Compiled(languages)
    )
    for member in members:
        work.add(member)
    declared = work.declared()
    files = work.reached(declared)
    return work.concealment.conceal(
        ArtifactFacts(
            engine=engine,
            filename=filename,
            kind=kind,
            sha256=sha256,
            size=size,
            files=files,
            oddities=(*oddities(), *declared.oddities),
            not_examined=(*declared.not_examined, *_unread(files), *work.late(filename)),
            unpacked=sum(file.size for file in files),
            metadata=declared.metadata,
            declared=declared.manifest,
        )
    )


def outstanding(facts: ArtifactFacts, before: ArtifactFacts | None) -> tuple[NotExamined, ...]:
    """What was not examined and counts beside the old version: not what that already ran, unchanged.

    Facts are kept and judged again beside other versions, so the comparison belongs to the judgement.
    """
    old = {(file.path, file.sha256) for file in before.files if file.reach in UNASKED} if before else set()
    unchanged = {file.path for file in facts.files if (file.path, file.sha256) in old}
    return tuple(gap for gap in facts.not_examined if gap.reason is not Reason.PARTLY or gap.what not in unchanged)


def _unchanged(before: ArtifactFacts | None, engine: str) -> dict[tuple[str, str], FileFacts]:
    """Files by path and hash whose facts can be taken over: references are relative to the path, so it counts too."""
    if before is None or before.engine != engine:
        return {}
    return {(file.path, file.sha256): file for file in before.files if file.partly is None}


def _unread(files: Sequence[FileFacts]) -> list[NotExamined]:
    """What runs unasked and was not fully read."""
    return [
        NotExamined(file.path, Reason.PARTLY, f"{file.path} was only partly examined: {file.partly}.")
        for file in files
        if file.partly and file.reach in UNASKED
    ]


@dataclass(slots=True)
class _Gathering:
    """One pass over an archive."""

    kind: ArtifactKind
    languages: Languages
    unchanged: dict[tuple[str, str], FileFacts]
    budget: Budget
    concealment: Concealment
    compiled: Compiled
    files: dict[str, FileFacts] = field(default_factory=dict)
    manifests: dict[str, bytes] = field(default_factory=dict)
    small: dict[str, bytes] = field(default_factory=dict)
    dropped: list[NotExamined] = field(default_factory=list)
    _late: int = 0
    _manifest_bytes: int = 0
    _small_bytes: int = 0

    def add(self, member: Member) -> None:
        """Read one member; whatever it holds, it ends as facts."""
        path = storable(member.path)
        known = self.unchanged.get((path, member.sha256))
        self.compiled.keep(path, member)
        if self._is_manifest(path):
            known = None  # what a manifest means depends on its neighbours
            self._keep_manifest(path, member)
        if known is not None:
            if OWN_PREFIX in member.content:  # somebody's token may have leaked since the old version was opened
                self._secrets(path, member.content)
            if known.language is None:
                self._keep_small(path, member)
            self._put(replace(known, reach=Reach.NONE))
            return
        language = self.languages.language(path, member.content)
        found = self._scan(path, member, language)
        if any(is_native(fact) for fact in found.facts):
            found = merge([found, Extracted(partly=UNREAD)])  # a child of its own reads it
        if language is not None:
            found = merge([found, self._extract(language, path, member.content, member.size)])
        elif path.endswith(byte_code.SUFFIXES):
            found = merge([found, self.compiled.read(path, member)])
        else:
            self._keep_small(path, member)
        self._put(_with(FileFacts(path, member.sha256, member.size, language), found))

    def declared(self) -> Declared:
        """What the manifests say; their facts join those of their files."""
        try:
            if self.kind is ArtifactKind.NPM_TARBALL:
                declared = manifests_npm.read(self.manifests, self.files.keys(), self.languages)
            else:
                declared = manifests_pypi.read(self.kind, self.manifests, list(self.files.values()), self.languages)
        except Exception as error:  # noqa: BLE001 - a manifest that breaks its reader must not be taken for a clean one
            detail = f"The manifests could not be read ({type(error).__name__}), so nobody can say what runs unasked."
            declared = Declared(not_examined=(NotExamined("manifests", Reason.CRASHED, detail),))
        for path, found in declared.extracted.items():
            self.files[path] = _with(self.files[path], found)
        return replace(declared, not_examined=(*self.dropped, *declared.not_examined))

    def reached(self, declared: Declared) -> tuple[FileFacts, ...]:
        """The files with their reach. What is loaded as code is read as code, whatever its name says."""
        self.files.update(self.compiled.explained(self.files))
        for _ in range(_ROUNDS):
            files = with_reach(list(self.files.values()), declared)
            disguised = [file for file in files if self._is_disguised(file)]
            if not disguised:
                return files
            started = {reference for file in files for reference in file.runs}
            for file in disguised:
                self.files[file.path] = self._unmasked(file, started=file.path in started)
        return with_reach(list(self.files.values()), declared)

    def late(self, filename: str) -> list[NotExamined]:
        """That the time was over before everything was parsed, if it was."""
        if not self._late:
            return []
        detail = f"{self._late} files of {filename} were not parsed: the archive takes longer than its share of time."
        return [NotExamined(filename, Reason.TIMEOUT, detail)]

    def _put(self, file: FileFacts) -> None:
        """Keep a file; of two members with one name, the facts of both count."""
        twin = self.files.get(file.path)
        self.files[file.path] = (
            file if twin is None else _with(file, Extracted(twin.facts, twin.loads, twin.runs, twin.partly))
        )

    def _is_disguised(self, file: FileFacts) -> bool:
        return (
            file.language is None
            and file.partly is None
            and file.reach in _BY_HAND
            and not file.path.lower().endswith(_NOT_SOURCE)
            and not self._is_manifest(file.path)
            and ".dist-info/" not in file.path
        )

    def _unmasked(self, file: FileFacts, *, started: bool) -> FileFacts:
        """A file that is loaded or run though its name and its content say nothing of a language."""
        content = self.small.get(file.path)
        if content is None:
            return replace(file, partly="it is loaded as code, but its name says that it is data")
        own = "javascript" if self.kind is ArtifactKind.NPM_TARBALL else "python"
        found = [self._extract(language, file.path, content, file.size) for language in (own, "shell")[: 1 + started]]
        found.append(self._bytes(file.path, content, is_code=True))
        return _with(replace(file, language=own), merge(found))

    def _scan(self, path: str, member: Member, language: str | None) -> Extracted:
        scanned = self._bytes(path, member.content, is_code=language is not None)
        cut = f"{_mib(member.size)}, past the scanner's {_mib(len(member.content))}" if member.truncated else None
        return merge([scanned, Extracted(partly=cut), self._secrets(path, member.content)])

    def _bytes(self, path: str, content: bytes, *, is_code: bool) -> Extracted:
        try:
            return Extracted(self.languages.scan(path, content, is_code))
        except Exception as error:  # noqa: BLE001 - one file's failure never loses the others
            return Extracted(partly=f"the byte scanner failed on it ({type(error).__name__})")

    def _secrets(self, path: str, content: bytes) -> Extracted:
        """Credentials in the file; what gives them away is remembered until the end."""
        try:
            found = self.concealment.take(content, path)
            marks = tuple(told(content, found.secrets))
        except Exception as error:  # noqa: BLE001 - one file's failure never loses the others
            return Extracted(partly=f"the search for credentials failed on it ({type(error).__name__})")
        full = None if found.complete else f"it has more than {MOST_CLUES:,} places that look like credentials"
        return Extracted(marks, partly=full)

    def _extract(self, language: str, path: str, content: bytes, size: int) -> Extracted:
        if size > LARGEST:
            return Extracted(partly=f"{_mib(size)}, past the parser's {_mib(LARGEST)}")
        if self.budget.spent:
            self._late += 1
            return Extracted(partly="the time for the whole archive was over before it")
        found = self.languages.read_file(language, path, content, Budget(FILE_SECONDS))
        return merge([found, _handling(language, content, found)])

    def _is_manifest(self, path: str) -> bool:
        if self.kind is ArtifactKind.NPM_TARBALL:
            return manifests_npm.is_manifest(path)
        return manifests_pypi.is_manifest(path)

    def _keep_manifest(self, path: str, member: Member) -> None:
        if member.truncated or self._manifest_bytes + len(member.content) > _MANIFESTS:
            detail = f"{path} was not read as a manifest: it is too large, or too many stand in the archive."
            self.dropped.append(NotExamined(path, Reason.TOO_LARGE, detail))
            return
        self._manifest_bytes += len(member.content)
        self.manifests[path] = member.content

    def _keep_small(self, path: str, member: Member) -> None:
        if path.lower().endswith(_NOT_SOURCE):
            return
        if member.size <= _SMALL and self._small_bytes + member.size <= _SMALL_TOTAL:
            self._small_bytes += member.size
            self.small[path] = member.content


def _handling(language: str, content: bytes, found: Extracted) -> Extracted:
    """What the code does with tokens."""
    try:
        return Extracted(handling(language, content, found.facts, Budget(FILE_SECONDS)))
    except OutOfBudget:
        return Extracted(partly="what it does with tokens takes longer to read than a file's share of time")
    except Exception as error:  # noqa: BLE001 - one file's failure never loses the others
        return Extracted(partly=f"the reader of what it does with tokens failed on it ({type(error).__name__})")


def _with(file: FileFacts, found: Extracted) -> FileFacts:
    """The file with more facts, tidied: what goes over the pipe is bounded and can be encoded."""
    whole = tidied(merge([Extracted(file.facts, file.loads, file.runs, file.partly), found]))
    return replace(file, facts=whole.facts, loads=whole.loads, runs=whole.runs, partly=whole.partly)


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
