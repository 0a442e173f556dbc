"""One logical line of a requirements file → a pinned requirement, an option that matters, or a problem."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from packageurl.contrib.purl2url import get_repo_url

from app.core.directives import DirectiveKind
from app.core.errors import Reason
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Directives, Index, IndexKind, Problem, Problems, comparable
from app.core.package import Package, Source, without_login
from app.core.python_release import required_name
from app.core.python_requirement import Gap, Local, Pinned, read_requirement
from app.core.requirements_files import is_constraints_file, is_requirements_file
from worker.lockfiles.requirements_txt.lines import LogicalLine
from worker.lockfiles.requirements_txt.options import BadOption, read_options, split_options

_FOREIGN = (
    (
        "extra_index_urls",
        IndexKind.EXTRA_INDEX,
        "--extra-index-url",
        "lets any package come from a second index; what it serves is",
    ),
    ("find_links", IndexKind.FIND_LINKS, "--find-links", "lets any package come from there; what it holds is"),
    (
        "trusted_hosts",
        IndexKind.TRUSTED_HOST,
        "--trusted-host",
        "takes packages from there without a valid certificate; what it serves is",
    ),
)
_MOST_INDEXES = 100  # that are named; each is a problem as well


@dataclass(frozen=True, slots=True)
class Requirement:
    """A pinned requirement where it stands. `source` is None for the file's own index."""

    line: int
    package: Package
    source: Source | None
    digests: tuple[Digest, ...]
    comments: tuple[str, ...]


@dataclass(slots=True)
class Statements:
    """What the file has said so far. `index` is its own index; None for PyPI, or whatever is configured."""

    path: str
    constraints: bool
    requirements: list[Requirement] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=Problems)
    index: str | None = None
    indexes: list[Index] = field(default_factory=list)
    directives: Directives = field(default_factory=Directives)


def read_statement(line: LogicalLine, statements: Statements) -> None:
    """Add what the line says."""
    if line.odd_end:
        message = f"For pip, though hardly for people, a line ends here at {line.odd_end}."
        statements.problems.append(Problem(line.line, message, line.odd_end))
        return
    text, options_text = split_options(line.text)
    try:
        options = read_options(options_text)
    except BadOption as error:
        _trouble(line, statements, f"{visible(line.text, 80)} cannot be read: {visible(str(error), 80)}.")
        return
    if text:
        _requirement(text, options, line, statements)
    else:
        _options(options, line, statements)


def _requirement(text: str, options: dict[str, Any], line: LogicalLine, statements: Statements) -> None:
    strange = [name for name, value in options.items() if value is not None and name not in _OF_A_REQUIREMENT]
    if strange:
        option = strange[0].replace("_", "-")
        _trouble(line, statements, f"{visible(text, 80)} carries the option {option}, which pip drops without a word.")
    digests = []
    broken = None
    for written in options.get("hashes") or ():
        try:
            digests.append(from_pip(written))
        except ValueError as error:
            broken = broken or error
    if broken is not None:
        _trouble(line, statements, f"A hash of {visible(text, 80)} cannot be read: {broken}.")
    _read(text, line, statements, tuple(digests))


_OF_A_REQUIREMENT = frozenset({"hashes", "config_settings", "global_option"})


def _read(
    text: str,
    line: LogicalLine,
    statements: Statements,
    digests: tuple[Digest, ...] = (),
    *,
    editable: bool = False,
) -> None:
    match read_requirement(text, statements.path, editable=editable):
        case Pinned(package, source, own):
            comments = tuple(line.comments)
            statements.requirements.append(Requirement(line.line, package, source, digests + own, comments))
        case Gap(Reason.UNPINNED) if statements.constraints:
            _constrain(text, line, statements)  # it installs nothing by itself
        case Gap(reason, message):
            _trouble(line, statements, message, reason)
        case Local():
            pass


def _constrain(text: str, line: LogicalLine, statements: Statements) -> None:
    name = required_name(text) or visible(text, 80)
    statements.directives.say(DirectiveKind.CONSTRAINT, name, text, line.line)


def _options(options: dict[str, Any], line: LogicalLine, statements: Statements) -> None:
    for address in options.get("editables") or ():
        _read(address, line, statements, editable=True)
    for name, constrains in (("requirements", False), ("constraints", True)):
        for included in options.get(name) or ():
            _include(included, line, statements, constrains=constrains)
    if options.get("index_url") is not None:
        statements.index = None if _is_default(options["index_url"]) else without_login(options["index_url"])
        if statements.index is not None:
            _index(statements.index, line, IndexKind.INDEX, statements)
    for name, kind, option, says in _FOREIGN:
        for address in options.get(name) or ():
            _index(without_login(address), line, kind, statements)
            shown = visible(without_login(address), 120)
            _trouble(line, statements, f"{option} {shown} {says} not examined.", Reason.UNSUPPORTED_SOURCE)


def _index(url: str, line: LogicalLine, kind: IndexKind, statements: Statements) -> None:
    if len(statements.indexes) < _MOST_INDEXES:
        statements.indexes.append(Index(url, line.line, kind))


def _include(included: str, line: LogicalLine, statements: Statements, *, constrains: bool) -> None:
    """An included file is read when it changes, if its name says what it is; otherwise nobody would look at it."""
    shown = visible(without_login(included), 80)
    if ":" in included or "${" in included:
        message = f"{shown} is included from elsewhere; what it says is not examined."
        _trouble(line, statements, message, Reason.UNSUPPORTED_SOURCE)
    elif not is_requirements_file(included):
        _trouble(
            line, statements, f"{shown} is included, but is not named like a requirements file, so it is not read."
        )
    elif is_constraints_file(included) and not constrains:
        message = f"{shown} is included as requirements, but is named (and read) like constraints."
        _trouble(line, statements, message)


def _trouble(line: LogicalLine, statements: Statements, message: str, reason: Reason = Reason.UNREADABLE_ENTRY) -> None:
    statements.problems.append(Problem(line.line, message, visible(line.text, 80), reason, entry=comparable(line.text)))


@cache
def _default_host() -> str | None:
    return urlsplit(get_repo_url("pkg:pypi/pip") or "").hostname  # type: ignore[no-untyped-call]


def _is_default(address: str) -> bool:
    """Whether this is PyPI's own index, as pip-compile likes to write at the top of a file."""
    try:
        parts = urlsplit(address)
        return (parts.scheme, parts.netloc, parts.path.rstrip("/")) == ("https", _default_host(), "/simple")
    except ValueError:
        return False
