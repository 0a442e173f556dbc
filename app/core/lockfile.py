"""What a dependency file says: pins with their lines, or why it could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import msgspec

from app.core.directives import Directive, DirectiveKind
from app.core.errors import CannotExamine, Reason
from app.core.integrity import Checksum, Digest
from app.core.package import Package, Source, without_login

_LONGEST_ENTRY = 20_000  # characters that are kept of one
_MOST_HELD = 10_000  # problems, while a file is being read
_MOST_DIRECTIVES = 5_000  # of one file; the catalog of a large workspace has some hundred
_LONGEST_NAME = 500  # characters of what a directive is about
_MOST_PROBLEMS = 1000  # a file with more is not a dependency file; listing them would bury everything else


class Scope(StrEnum):
    """What a dependency is needed for."""

    RUNTIME = "runtime"
    DEVELOPMENT = "development"
    OPTIONAL = "optional"
    PEER = "peer"
    BUILD = "build"


class Pin(msgspec.Struct, frozen=True):
    """One package version that a lockfile fixes.

    `line` is 1-based, the line a reviewer would look at. `parents` are the labels (`npm/name@1.2.3`) of the pins that
    require it, sorted; a direct dependency may have parents too. `digests` are the hashes the lockfile names for it.
    `alias` is the name it is installed under when that is not its own. `location` tells apart two pins of one package
    (npm's `node_modules/…` key); empty where the format has no such thing. `checksum` stands for `digests` in formats
    whose tool hashes archives of its own making; None in all others. `note` is a comment beside it that says which
    version is meant; it is a claim, nobody checked it.

    A `Struct`: a frozen dataclass of so many fields takes seven times as long to make, and a file has thousands.
    """

    package: Package
    source: Source
    line: int
    scope: Scope
    direct: bool
    parents: tuple[str, ...] = ()
    digests: tuple[Digest, ...] = ()
    alias: str | None = None
    location: str = ""
    checksum: Checksum | None = None
    note: str = ""

    @property
    def is_hashed(self) -> bool:
        """Whether the file names anything that tells these bytes from others: a hash, or its tool's own checksum."""
        return bool(self.digests or (self.checksum and self.checksum.hex))


@dataclass(frozen=True, slots=True)
class Problem:
    """A line or entry that could not be read, or that fixes no version. Counts as not examined when it is new.

    `subject` is what the entry is about, for people (a name, or the text of the line). `entry` is all that the file
    says there, for comparison between two revisions only: an entry that changed is a new problem.
    """

    line: int
    message: str
    subject: str
    reason: Reason = Reason.UNREADABLE_ENTRY
    entry: str = ""


class IndexKind(StrEnum):
    """How a dependency file names a place that packages may come from."""

    INDEX = "index"  # in place of the configured one, for all packages of the file
    EXTRA_INDEX = "extra-index"  # beside it: whichever has the higher version wins
    FIND_LINKS = "find-links"  # a page or folder of archives, beside it
    TRUSTED_HOST = "trusted-host"  # a host whose certificate is not checked
    SOURCE = "source"  # some packages of the file name it as theirs


@dataclass(frozen=True, slots=True)
class Index:
    """A place that packages may come from, as a line of a dependency file names it. `url` holds no login."""

    url: str
    line: int
    kind: IndexKind


class Lineage(StrEnum):
    """What a dependency file tells of how its packages came into it."""

    FULL = "full"  # which of them are direct, and who requires each of the others
    DIRECT = "direct"  # which of them are direct, and not who requires the others
    LISTED = "listed"  # as far as it goes the same, but what is direct need stand in no manifest: it is asked for here
    UNKNOWN = "unknown"  # neither: it has all that is installed, and whatever a pin says of it is a guess


@dataclass(frozen=True, slots=True)
class Lockfile:
    """A dependency file that was read. `format` is the parser's id, e.g. `package-lock`.

    `lineage` says what `Pin.direct` and `Pin.parents` are worth in this file. `notices` are sentences for people about
    the file as a whole ("version 4 of the format is newer than Assay"). `indexes` are the places that the file itself
    names for packages to come from, where its format has such lines. `directives` are its overrides, patches and the
    like.
    """

    path: str
    format: str
    pins: tuple[Pin, ...]
    problems: tuple[Problem, ...] = ()
    notices: tuple[str, ...] = ()
    indexes: tuple[Index, ...] = ()
    lineage: Lineage = Lineage.FULL
    directives: tuple[Directive, ...] = ()


class UnreadableLockfile(CannotExamine):
    """Raised by a parser for a file that it cannot read as a whole. `line` is 1-based; 1 when nobody knows better."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(Reason.UNREADABLE_FILE, message)
        self.line = line


def comparable(entry: str) -> str:
    """The whole of an entry, for comparison between two revisions only; of a very long one its beginning and a hash."""
    if len(entry) <= _LONGEST_ENTRY:
        return entry
    return f"{entry[:200]} … {hashlib.sha256(entry.encode('utf-8', 'replace')).hexdigest()}"


class Problems(list[Problem]):
    """The problems of a file as they are found: past a number that no file of any use has, it raises.

    A file of ten million bytes may have a million broken entries, and a value for each would be gigabytes.
    """

    def append(self, problem: Problem) -> None:
        """Add one; raise `UnreadableLockfile` when there are too many."""
        super().append(problem)
        if len(self) > _MOST_HELD:
            first = self[0]
            message = f"More than {_MOST_HELD} of its entries cannot be read. The first: {first.message}"
            raise UnreadableLockfile(first.line, message)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Add several, one by one."""
        for problem in problems:
            self.append(problem)

    def __iadd__(self, problems: Iterable[Problem]) -> Self:  # type: ignore[misc,override]  # `+` is another thing
        self.extend(problems)
        return self


class Directives(list[Directive]):
    """The directives of a file as they are found: past a number that no file of any use has, it raises."""

    def say(self, kind: DirectiveKind, name: str, value: object, line: int) -> None:
        """Add one, bounded and without logins; raise `UnreadableLockfile` when there are too many."""
        text = value if isinstance(value, str) else str(value)
        self.append(Directive(kind, name[:_LONGEST_NAME], comparable(without_login(text)), line))
        if len(self) > _MOST_DIRECTIVES:
            raise UnreadableLockfile(line, f"It forces, patches or lists more than {_MOST_DIRECTIVES} packages.")


def in_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """The problems of a file by their lines; raise `UnreadableLockfile` when they are past counting."""
    if len(problems) > _MOST_PROBLEMS:
        first = problems[0]
        message = f"{len(problems)} of its entries cannot be read. The first: {first.message}"
        raise UnreadableLockfile(first.line, message)
    return tuple(sorted(problems, key=lambda problem: (problem.line, problem.message)))


def decode(content: bytes, largest: int) -> str:
    """A dependency file as text; raise `UnreadableLockfile` past so many bytes, and where it is not UTF-8."""
    if len(content) > largest:
        raise UnreadableLockfile(1, f"The file is larger than {largest >> 20} MiB.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableLockfile(1 + content.count(b"\n", 0, error.start), "The file is not UTF-8.") from None
