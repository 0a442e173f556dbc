"""How a file comes to run decides how grave it is, so what reaches it is followed as its readers would."""

from __future__ import annotations

from app.core.finding import Reach
from app.core.specimen import FileFacts
from tests.builders import a_file
from worker.inspection.facts.declared import Declared, Root
from worker.inspection.facts.reach import with_reach

INSTALL, IMPORT, COMMAND = Reach.INSTALL, Reach.IMPORT, Reach.COMMAND


def reached(
    *files: FileFacts, roots: dict[str, Reach], mains: dict[str, tuple[str, ...]] | None = None
) -> dict[str, Reach]:
    """Reach by path."""
    declared = Declared(roots=tuple(Root(*root) for root in roots.items()), mains=mains or {})
    return {file.path: file.reach for file in with_reach(files, declared)}


def js(path: str, *loads: str, runs: tuple[str, ...] = ()) -> FileFacts:
    """A JavaScript file whose reach is not known yet."""
    return a_file(path, loads=loads, runs=runs, reach=Reach.NONE)


def py(path: str, *loads: str, runs: tuple[str, ...] = ()) -> FileFacts:
    """A Python file whose reach is not known yet."""
    return a_file(path, loads=loads, runs=runs, reach=Reach.NONE, language="python")


def test_a_file_is_found_with_its_suffix_and_as_the_index_of_its_folder() -> None:
    files = [js("index.js", "lib/a", "lib/b"), js("lib/a.cjs", "lib/deep"), js("lib/b/index.mjs"), js("lib/deep.ts")]
    assert reached(*files, roots={"index.js": IMPORT}) == dict.fromkeys((file.path for file in files), IMPORT)


def test_a_folder_stands_for_the_main_of_its_manifest() -> None:
    """`require("./data")` runs whatever `data/package.json` names, whatever that is called."""
    files = [js("index.js", "data"), js("data/payload.bin"), js("data/index.js")]
    found = reached(*files, roots={"": IMPORT}, mains={"": ("index.js",), "data": ("data/payload.bin",)})
    assert found["index.js"] == found["data/payload.bin"] == IMPORT


def test_mains_that_name_each_other_come_to_an_end() -> None:
    assert reached(js("x.js"), roots={"a": IMPORT}, mains={"a": ("b",), "b": ("a",)}) == {"x.js": Reach.NONE}


def test_a_source_stands_for_the_compiled_file_that_is_not_there() -> None:
    assert reached(js("src/x.ts"), roots={"src/x.js": IMPORT}) == {"src/x.ts": IMPORT}


def test_the_gravest_reach_wins() -> None:
    files = [js("cli.js", "shared"), js("setup.js", "shared"), js("index.js", "shared"), js("shared.js")]
    found = reached(*files, roots={"cli.js": COMMAND, "setup.js": INSTALL, "index.js": IMPORT})
    assert found == {"cli.js": COMMAND, "setup.js": INSTALL, "index.js": IMPORT, "shared.js": INSTALL}


def test_a_test_that_an_install_step_runs_is_install_code() -> None:
    files = [js("setup.js", runs=("test/fixtures/data",)), js("test/fixtures/data.js"), js("test/other.js")]
    found = reached(*files, roots={"setup.js": INSTALL})
    assert found["test/fixtures/data.js"] == INSTALL
    assert found["test/other.js"] == Reach.TEST


def test_what_only_tests_load_is_test_code() -> None:
    assert reached(js("x.test.js", "support/fake"), js("support/fake.js"), roots={})["support/fake.js"] == Reach.TEST


def test_paths_that_nobody_loads_speak_for_themselves() -> None:
    found = reached(*map(js, ["docs/a.js", "README.md", "examples/b.py", "a.spec.ts", "lone.js"]), roots={})
    assert list(found.values()) == [Reach.DOCUMENT, Reach.DOCUMENT, Reach.DOCUMENT, Reach.TEST, Reach.NONE]


def test_files_that_load_each_other_come_to_an_end() -> None:
    assert reached(js("a.js", "b"), js("b.js", "a"), roots={"a": IMPORT}) == {"a.js": IMPORT, "b.js": IMPORT}


def test_importing_a_module_runs_the_packages_above_it() -> None:
    files = [py("pkg/__init__.py"), py("pkg/sub/__init__.py"), py("pkg/sub/mod.py"), py("pkg/other.py")]
    found = reached(*files, roots={"pkg/sub/mod": COMMAND})
    assert list(found.values()) == [COMMAND, COMMAND, COMMAND, Reach.NONE]


def test_an_imported_name_means_the_module_that_has_it() -> None:
    files = [py("setup.py", "pkg/about/VERSION"), py("pkg/__init__.py"), py("pkg/about.py")]
    assert set(reached(*files, roots={"setup.py": INSTALL}).values()) == {INSTALL}


def test_modules_are_found_below_src_and_beside_their_own_package() -> None:
    files = [py("setup.py", "pkg"), py("src/pkg/__init__.py"), py("lib/a/__init__.py", "b"), py("lib/b.py")]
    found = reached(*files, roots={"setup.py": INSTALL, "lib/a/__init__.py": IMPORT})
    assert found["src/pkg/__init__.py"] == INSTALL
    assert found["lib/b.py"] == IMPORT


def test_a_build_script_that_changes_its_path_cannot_hide_what_it_imports() -> None:
    """`sys.path.insert(0, "tools"); import payload`."""
    files = [py("setup.py", "payload", "json"), py("tools/payload.py"), py("vendor/json.py")]
    found = reached(*files, roots={"setup.py": INSTALL})
    assert found["tools/payload.py"] == INSTALL
    assert found["vendor/json.py"] == Reach.NONE, "the standard library's name means the standard library"


def test_byte_code_and_native_modules_are_found_by_their_module() -> None:
    files = [py("pkg/__init__.py", "pkg/fast", "pkg/old"), py("pkg/fast.cpython-311-x86_64-linux-gnu.so")]
    files += [py("pkg/__pycache__/old.cpython-311.pyc")]
    assert set(reached(*files, roots={"pkg": IMPORT}).values()) == {IMPORT}


def test_a_star_stands_for_anything() -> None:
    files = [js("src/features/a/x.js"), js("src/features/b.js"), js("src/features/c.css")]
    found = reached(*files, roots={"src/features/*.js": IMPORT})
    assert list(found.values()) == [IMPORT, IMPORT, Reach.NONE]


def test_past_the_bound_on_stars_everything_counts_as_reached() -> None:
    """Millions of patterns would take forever; ignoring the rest would be a place to hide."""
    files = [js("index.js", *(f"x{n}*" for n in range(4)), "*", *(f"y{n}*" for n in range(3))), js("z/lone.js")]
    assert reached(*files, roots={"index.js": IMPORT})["z/lone.js"] == IMPORT


def test_references_out_of_the_archive_reach_nothing() -> None:
    assert reached(js("x.js"), roots={"../x.js": IMPORT, "/x.js": IMPORT, "..": IMPORT}) == {"x.js": Reach.NONE}
