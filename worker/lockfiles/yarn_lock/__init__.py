"""yarn's lockfile: `yarn.lock` as yarn 1 ("classic") writes it, and as yarn 2 and later ("berry") do.

Shape    Two formats under one name; `__metadata` at the beginning of a line tells them apart.
         *Classic* looks like YAML and is not. A header lists the patterns that one package answers (`a@^1, a@^1.2:`);
         below stand its version, `resolved` (an address, and after its `#` a SHA-1 of the archive or a commit),
         `integrity` (hashes as npm writes them) and what it requires, again as patterns. `a@npm:b@^1` is the package
         `b`, installed as `a`. The file does not say what the project itself asks for, nor for what: a pattern that no
         other entry requires must be the project's, so its package is direct (one that is asked for by both with the
         same range counts as transitive), and every scope is runtime. The format has no end: a file cut off between two
         entries cannot be told from a shorter one, since workspaces answer patterns that no entry does.
         *Berry* (versions 4 to 10) is YAML. A key lists descriptors (`"a@npm:^1, a@npm:^1.2"`), and `resolution` says
         what answers them: `a@npm:1.2.3` is the registry's, with `__archiveUrl` at an address of its own; others are a
         commit, an address, a path or a folder. Workspaces are entries too, so it is known what is direct; what is for
         development is not, and optional is what `dependenciesMeta` says. `checksum` is over the archive that yarn
         makes for its cache: it is compared with the base branch's, never with what the registry serves.
Line     the header of the entry.
Skips    folders of the repository (`workspace:`, `link:`, `portal:`, `file:` without an archive): its own code. What
         they require is direct. `patch:` entries: the package that they change has an entry of its own. A patch that
         yarn brings itself (`builtin<compat/…>`) is part of yarn; any other is a problem, as nobody examines it.
Refuses  a file that bears the marks of both; text that is not UTF-8; merge conflict markers. Of classic, any line that
         yarn 1 would not have written: its reader takes such lines otherwise than people do. Of berry, what release
         candidates wrote, and YAML that readers could take differently: equal keys, anchors, aliases, odd line ends.
"""

from __future__ import annotations

from app.core.lockfile import Lockfile, UnreadableLockfile, decode, in_order
from app.core.package import Ecosystem
from worker.lockfiles.yarn_lock.berry import read_berry
from worker.lockfiles.yarn_lock.classic import read_classic

FORMAT = "yarn-lock"
ECOSYSTEM = Ecosystem.NPM

_LARGEST = 16 << 20  # bytes; the largest in real life have less than a quarter of it
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")
_CLASSIC = "# yarn lockfile v"
_BERRY = ("__metadata", '"__metadata"')


def claims(path: str) -> bool:
    """Whether a file of this path is yarn's lockfile, by its name."""
    return path.rpartition("/")[2] == "yarn.lock"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the lockfile; raise `UnreadableLockfile` when it cannot be read as a whole."""
    text = decode(content, _LARGEST)
    if all(mark in text for mark in _CONFLICT):
        line = 1 + text.count("\n", 0, text.index(_CONFLICT[0]))
        raise UnreadableLockfile(line, "It holds merge conflict markers (<<<<<<<), so it says two things at once.")
    notices: tuple[str, ...] = ()
    if _is_berry(text):
        pins, problems, notices = read_berry(text)
    else:
        pins, problems = read_classic(text)
    return Lockfile(path, FORMAT, pins, in_order(problems), notices)


def _is_berry(text: str) -> bool:
    """Whether it bears the mark of yarn 2 and later, and not that of yarn 1, for which yarn itself looks first."""
    lines = f"\n{text}"
    return f"\n{_CLASSIC}" not in lines and any(f"\n{mark}" in lines for mark in _BERRY)
