"""A file is what it was, wherever it stands now."""

from __future__ import annotations

from app.core.lineage import ancestors
from app.core.specimen import Fact, FactId, FileFacts
from tests.builders import a_file, an_artifact

GET = Fact(FactId.NETWORK, 1, "https.get", "https.get(u)")
RUN = Fact(FactId.PROCESS, 2, "child_process.exec", "exec(c)")


def was(old: FileFacts, new: FileFacts) -> str | None:
    """The path of the old file behind the new one, when each version has one."""
    found = ancestors(an_artifact(old), an_artifact(new)).get(new.path)
    return None if found is None else found.path


def one(path: str, *facts: Fact, size: int = 100) -> FileFacts:
    return a_file(path, *facts, sha256="1" * 64, size=size)


def other(path: str, *facts: Fact, size: int = 100, sha256: str = "2" * 64) -> FileFacts:
    return a_file(path, *facts, sha256=sha256, size=size)


def test_the_same_path_is_the_same_file_whatever_it_holds() -> None:
    assert was(one("a.js"), other("a.js", GET, size=90_000)) == "a.js"


def test_a_file_that_was_renamed_is_known_by_its_hash() -> None:
    assert was(one("lib/a.js"), other("dist/b.cjs", sha256="1" * 64)) == "lib/a.js"


def test_a_file_that_moved_and_changed_a_little_is_known_by_its_name_and_what_it_does() -> None:
    old = one("lib/a.js", GET, size=1000)
    assert was(old, other("dist/a.js", GET, size=1200)) == "lib/a.js"
    assert was(old, other("dist/b.js", GET, size=1200)) is None
    assert was(old, other("dist/a.js", GET, size=2100)) is None
    assert was(old, other("dist/a.js", RUN, size=1200)) is None


def test_hashes_and_versions_in_a_name_do_not_count() -> None:
    assert was(one("dist/chunk-3fa9c1.js"), other("dist/chunk-90ab7e.js")) == "dist/chunk-3fa9c1.js"
    assert was(one("m.cpython-311-x86_64-linux-gnu.so"), other("m.cpython-312-x86_64-linux-gnu.so")) is not None


def test_a_file_that_stayed_is_nobody_elses_ancestor() -> None:
    before = an_artifact(a_file("a/index.js", sha256="1" * 64))
    after = an_artifact(a_file("a/index.js", sha256="1" * 64), a_file("b/index.js", sha256="2" * 64))
    assert set(ancestors(before, after)) == {"a/index.js"}


def test_of_many_files_with_one_name_the_one_that_does_the_same_is_it() -> None:
    before = an_artifact(
        *(a_file(f"src/{at}/index.js", sha256=f"{at:064}", size=1000 + at) for at in range(4)),
        a_file("src/x/index.js", GET, sha256="f" * 64, size=1001),
    )
    after = an_artifact(a_file("lib/x/index.js", GET, sha256="e" * 64, size=1002))
    assert ancestors(before, after)["lib/x/index.js"].path == "src/x/index.js"
