"""Entries as npm usually writes them are read once and remembered: that must never read them otherwise."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from worker.lockfiles.package_lock.document import Entry
from worker.lockfiles.package_lock.entry import read_entry

NAME = st.sampled_from(["a", "@s/a", "a b", ".a", "@s", "a'b", "é", "", "a~", "@s/@s", "__proto__"])
VERSION = st.sampled_from(["1.0.0", "1.0.0-rc.1+b", "1.0", "v1.0.0", "", "1.0.0 ", "1.0.0/../2", "9" * 300])
ROOT = st.sampled_from(
    [
        "https://registry.example",
        "https://registry.example/npm/mirror",
        "https://alice:secret@registry.example",
        "https://registry.example?x=",
        "https://registry.example#",
        "https://registry.example/%2e%2e",
        "https://registry.example//",
        r"https://registry.example\@drop.example",
        "https://é.example",
        "https:",
        "HTTPS://registry.example",
        "git+https://git.example",
        "file:..",
        "",
    ]
)
INTEGRITY = st.sampled_from(
    ["", "sha512-" + "A" * 86 + "==", "sha1-" + "A" * 27 + "=", "sha512-x", "md5", "\ud800", "x" * 2000]
)


@given(name=NAME, version=VERSION, root=ROOT, file=st.tuples(NAME, VERSION), integrity=INTEGRITY, own=st.booleans())
def test_the_usual_entry_is_read_like_any_other(
    name: str, version: str, root: str, file: tuple[str, str], integrity: str, own: bool
) -> None:
    """An entry that names its package itself is never remembered; here it names what its folder is called."""
    of, at = (name, version) if own else file
    resolved = f"{root}/{of}/-/{of.rpartition('/')[2]}-{at}.tgz"
    fields: dict[str, Any] = {"version": version, "resolved": resolved, "integrity": integrity}
    usual, problems = read_entry(Entry(f"node_modules/{name}", 7, fields))
    looked_at, others = read_entry(Entry(f"node_modules/{name}", 7, {**fields, "name": name}))
    assert usual == looked_at
    assert [problem.message for problem in problems] == [problem.message for problem in others]
