"""Programs that delete or overwrite all of a place that is nobody's own."""

from __future__ import annotations

import itertools
import posixpath
from collections.abc import Iterable

from tree_sitter import Node

from app.core.specimen import FactId
from app.core.vital_places import PROJECT, is_disk, vital_place
from worker.inspection.facts.shell.data import NOTHING, Data, program_of
from worker.inspection.facts.shell.machine import Machine

_FILTERS = ("-name", "-iname", "-path", "-ipath", "-regex", "-iregex", "-mtime", "-atime", "-newer", "-user", "-size")
_REMOVERS = frozenset({"rm", "shred", "unlink", "srm"})
_ALWAYS = frozenset({"rd", "rmdir", "del", "erase"})  # of Windows: with `/s` they delete all below
PROGRAMS = frozenset(
    {"dd", "mkfs", "wipefs", "format", "diskpart", "vssadmin", "wbadmin", "cipher", "rimraf", "cd", "chdir", "pushd",
     "del-cli", "trash", "blkdiscard", "sgdisk", "hdparm"}
)  # fmt: skip


def note(shell: Machine, node: Node, words: Iterable[Data], verb: str = "deletes") -> None:
    """A fact for each of these paths that means all of a place."""
    for word in words:
        path = word.text
        if shell.folder and not path.startswith(("/", "~", "%", "-", "$")) and path[1:2] != ":":
            path = posixpath.join(shell.folder, path.removeprefix("./"))
        if vital_place(path) not in (None, PROJECT) or is_disk(path):
            shell.add(FactId.WIPE, node, f"{verb} {path}"[:200])


def note_deletion(shell: Machine, node: Node, words: list[Data]) -> None:
    """`rm -rf ~`, `del /s /q C:/`: what is deleted with all below it."""
    name, rest = program_of(words[0].text), words[1:]
    options = [word.text.lower() for word in rest if word.text.startswith(("-", "/")) and len(word.text) < 20]
    below = any(
        option == "--recursive" or (option.startswith("-") and not option.startswith("--") and "r" in option)
        for option in options
    )
    if below or (name in _ALWAYS and "/s" in options):
        note(shell, node, (word for word in rest if word.text.lower() not in {"/s", "/q", "/f"}))
    elif name in _REMOVERS | {"wipe"}:
        note(shell, node, (word for word in rest if is_disk(word.text) or word.text.endswith("*")))


def note_search(shell: Machine, node: Node, texts: list[str]) -> None:
    """`find ~ -delete`, `find / -exec rm {} +`: without a filter, all of it."""
    removes = "-delete" in texts or any(
        text in {"-exec", "-execdir"} and program_of(after) in _REMOVERS for text, after in itertools.pairwise(texts)
    )
    if removes and not any(text in _FILTERS for text in texts):
        before = next((at for at, text in enumerate(texts[1:], 1) if text.startswith("-")), len(texts))
        note(shell, node, [Data(text) for text in texts[1:before]])


def run(shell: Machine, node: Node, name: str, words: list[Data]) -> Data:
    """Run one of `PROGRAMS`."""
    rest = words[1:]
    texts = [word.text for word in rest]
    lowered = " ".join(texts).lower()
    if name in {"cd", "chdir", "pushd"}:
        shell.folder = texts[0] if texts and vital_place(texts[0]) not in (None, PROJECT) else "~" if not texts else ""
    elif name == "dd":
        note(
            shell,
            node,
            (Data(text[3:]) for text in texts if text.startswith("of=") and is_disk(text[3:])),
            "overwrites",
        )
    elif name in {"rimraf", "del-cli", "trash"}:
        note(shell, node, rest)
    elif name == "format":
        note(
            shell, node, (word for word in rest if len(word.text.rstrip("/\\")) == 2 and ":" in word.text), "overwrites"
        )
    elif name in {"vssadmin", "wbadmin"} and "delete" in lowered:
        shell.add(FactId.WIPE, node, "deletes the backups")
    elif name == "cipher" and "/w" in lowered:
        note(shell, node, (Data(text[3:]) for text in texts if text.lower().startswith("/w:")), "overwrites")
    else:
        note(shell, node, (word for word in rest if is_disk(word.text)), "overwrites")
    return NOTHING
