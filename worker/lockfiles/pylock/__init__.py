"""Python's common lockfile: `pylock.toml` and `pylock.<name>.toml` (PEP 751), lock-version 1.0, whoever wrote it.

Shape    TOML. Each `[[packages]]` has a normalised name, and either files (`sdist`, `wheels`) with their addresses
         and hashes, or one of `archive`, `vcs` and `directory`. Installers fetch the files from where the file says:
         so each place that they come from is a pin of its own. `index` is optional; without one, files that are called
         like this package and version count as the configured registry's, on the host that they are fetched from. An
         archive without a version has that of its file name. A `marker` with groups or extras gives the scope, other
         markers none. Tools may say who requires what (`dependencies`; pdm in its own table) and mostly do not:
         what no other package requires is direct then. Where no package says so, nobody can tell.
Line     `name = "…"` right below `[[packages]]`; the header itself where something else stands there.
Skips    folders inside the repository (`directory`): its own code. Tools' own tables.
Refuses  lock-versions other than 1 (a newer minor one is read with a notice); what the standard demands of the file
         as a whole and it lacks; text that is not TOML or not UTF-8; keys of many parts; more than a megabyte of
         markers; packages that are not written as `[[packages]]`, because they have no lines.
"""

from __future__ import annotations

from packaging.pylock import Pylock, PylockValidationError

from app.core.collector import collector_at_rest
from app.core.escape import visible
from app.core.grouped_packages import Entry, pins_of
from app.core.lockfile import Lineage, Lockfile, Problem, UnreadableLockfile, in_order
from app.core.package import Ecosystem
from app.core.python_files import source_indexes
from app.core.toml_tables import TomlFile, read_toml
from worker.lockfiles.pylock.entry import LONGEST_MARKER, VERSION, cause_of, length_of, read_entry

FORMAT = "pylock"
ECOSYSTEM = Ecosystem.PYPI

_MAJOR, _NEWEST_MINOR = 1, 0
_LONGEST_VERSION = 20
_MOST_ENVIRONMENTS = 500  # markers of the file as a whole; tools write a handful
_MOST_CONDITIONS = 1 << 20  # characters of all markers; their reader takes a second for a megabyte


def claims(path: str) -> bool:
    """Whether a file of this path is one, by its name: the standard allows no dots in `<name>`."""
    name = path.rpartition("/")[2]
    is_named = name.startswith("pylock.") and name.endswith(".toml") and name.count(".") == 2
    return name == "pylock.toml" or (is_named and name != "pylock..toml")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    with collector_at_rest():
        return _read(path, content)


def _read(path: str, content: bytes) -> Lockfile:
    document = read_toml(content)
    notices = _notices(document)
    default_groups = frozenset(_whole(document).default_groups or ())
    problems: list[Problem] = []
    entries: list[Entry] = []
    conditions = 0
    for table in document.tables("packages"):
        conditions += sum(length_of(table.fields.get(key)) for key in ("marker", "requires-python"))
        if conditions > _MOST_CONDITIONS:
            raise UnreadableLockfile(table.line, "Its markers are past all measure.")
        entry, found = read_entry(table, path, default_groups)
        entries.append(entry)
        problems += found
    pins = pins_of(entries)
    lineage = Lineage.FULL if any(entry.requires for entry in entries) else Lineage.UNKNOWN
    return Lockfile(path, FORMAT, pins, in_order(problems), notices, source_indexes(pins), lineage)


def _notices(document: TomlFile) -> tuple[str, ...]:
    written = document.values.get("lock-version")
    parts = written.split(".") if isinstance(written, str) and len(written) <= _LONGEST_VERSION else []
    is_version = len(parts) == 2 and all(part.isascii() and part.isdigit() for part in parts)
    if not is_version or int(parts[0]) != _MAJOR:
        said = "missing" if written is None else visible(str(written), 40)
        raise UnreadableLockfile(
            document.key_line("lock-version"), f'Its "lock-version" is {said}; {_MAJOR}.{_NEWEST_MINOR} was expected.'
        )
    if int(parts[1]) <= _NEWEST_MINOR:
        return ()
    known = f"it was read as version {_MAJOR}.{_NEWEST_MINOR}"
    return (f"A lockfile is of version {visible(str(written), 20)} of PEP 751, newer than Assay knows; {known}.",)


def _whole(document: TomlFile) -> Pylock:
    """What the file says as a whole, without its packages: each of them is read for itself."""
    values = {key: value for key, value in document.values.items() if key != "tool"}
    markers = values.get("environments", [])
    if isinstance(markers, list) and (
        len(markers) > _MOST_ENVIRONMENTS or any(length_of(one) > LONGEST_MARKER for one in markers)
    ):
        raise UnreadableLockfile(document.key_line("environments"), "Its environments are past all measure.")
    if length_of(values.get("requires-python")) > LONGEST_MARKER:
        raise UnreadableLockfile(document.key_line("requires-python"), "Its requires-python is past all measure.")
    if "packages" not in values:
        raise UnreadableLockfile(1, "It has no packages, so it is not a lockfile of PEP 751.")
    try:
        return Pylock.from_dict({**values, "lock-version": VERSION, "packages": []})
    except PylockValidationError as error:
        key = (error.context or "").partition("[")[0].partition(".")[0]
        at = f', in "{visible(key, 40)}"' if key else ""
        message = f"It is not what PEP 751 asks for: {cause_of(error)}{at}."
        raise UnreadableLockfile(document.key_line(key), message) from None
