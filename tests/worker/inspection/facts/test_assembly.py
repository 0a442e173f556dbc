"""An archive is read once, each file by itself, and nothing that could not be read is taken for clean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from app.core.errors import CannotExamine, Reason
from app.core.finding import Reach
from app.core.specimen import ArtifactFacts, ArtifactKind, FactId, FileFacts, Oddity
from tests.detectors.artifacts import Files, facts_of, members
from tests.worker.inspection.facts.plain_language import PLAIN
from worker.inspection.facts.assembly import gather, outstanding
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.languages import Languages
from worker.inspection.facts.tidy import MOST_FACTS
from worker.inspection.facts.tree import Budget
from worker.inspection.member import Member

INSTALLS = json.dumps({"name": "x", "version": "1", "scripts": {"postinstall": "node setup.js"}})


def npm(
    files: Files, before: ArtifactFacts | None = None, languages: Languages = PLAIN, engine: str = "1"
) -> ArtifactFacts:
    """A tarball whose install step runs `setup.js`."""
    contents = {"package.json": INSTALLS, **files}
    return facts_of(contents, ArtifactKind.NPM_TARBALL, before=before, languages=languages, engine=engine)


def file(artifact: ArtifactFacts, path: str) -> FileFacts:
    """One of its files."""
    return next(file for file in artifact.files if file.path == path)


def kinds(artifact: ArtifactFacts, path: str) -> list[FactId]:
    """The ids of the facts of one file."""
    return [fact.id for fact in file(artifact, path).facts]


class TestReading:
    def test_code_is_known_by_its_suffix_its_first_line_or_its_content(self) -> None:
        found = npm(
            {
                "a.mjs": "",
                "b.tsx": "",
                "c.PY": "",
                "d": "#!/usr/bin/env -S node --flag\n",
                "e": "#!/bin/bash",
                "f.txt": "looks like code",
                "g.txt": "",
            }
        )
        assert [file(found, name).language for name in ("a.mjs", "b.tsx", "c.PY", "d", "e", "f.txt", "g.txt")] == [
            "javascript", "tsx", "python", "javascript", "shell", "javascript", None,
        ]  # fmt: skip

    def test_the_byte_scanner_sees_every_file(self) -> None:
        found = npm({"logo.png": "scanned.example", "a.js": "network x\n# scanned.example"})
        assert kinds(found, "logo.png") == [FactId.HOST]
        assert set(kinds(found, "a.js")) == {FactId.NETWORK, FactId.HOST}

    def test_sizes_files_and_what_the_reader_noticed_are_kept(self) -> None:
        odd = Oddity("link", "x", "a link")
        found = gather(
            members({"package.json": INSTALLS}), engine="1", filename="x.tgz", kind=ArtifactKind.NPM_TARBALL,
            sha256="a", size=7, before=None, oddities=lambda: (odd,), languages=PLAIN,
        )  # fmt: skip
        assert (found.engine, found.filename, found.sha256, found.size) == ("1", "x.tgz", "a", 7)
        assert found.unpacked == len(INSTALLS)
        assert found.oddities == (odd,)

    def test_what_the_reader_noticed_is_asked_after_the_last_member(self) -> None:
        read = []

        def stream() -> Iterator[Member]:
            yield from members({"package.json": INSTALLS})
            read.append(True)

        gather(
            stream(), engine="1", filename="x", kind=ArtifactKind.NPM_TARBALL, sha256="", size=0, before=None,
            oddities=lambda: () if read else pytest.fail("asked too early"), languages=PLAIN,
        )  # fmt: skip

    def test_a_reader_that_gives_up_is_heard(self) -> None:
        def stream() -> Iterator[Member]:
            yield from members({"package.json": INSTALLS})
            raise CannotExamine(Reason.BOMB, "built to exhaust its reader")

        with pytest.raises(CannotExamine):
            gather(
                stream(), engine="1", filename="x", kind=ArtifactKind.NPM_TARBALL, sha256="", size=0, before=None,
                oddities=tuple, languages=PLAIN,
            )  # fmt: skip

    def test_of_two_members_with_one_name_the_facts_of_both_count(self) -> None:
        twice = [*members({"package.json": INSTALLS, "setup.js": "network a"}), *members({"setup.js": "process"})]
        found = gather(
            twice, engine="1", filename="x", kind=ArtifactKind.NPM_TARBALL, sha256="", size=0, before=None,
            oddities=tuple, languages=PLAIN,
        )  # fmt: skip
        assert set(kinds(found, "setup.js")) == {FactId.NETWORK, FactId.PROCESS}


class TestPartly:
    @pytest.mark.parametrize(
        ("content", "why"),
        [
            ("crashes", "the reader for javascript failed on it (ValueError)"),
            ("endless", "it takes longer to read than the 2 s of a file"),
            ("x" * (11 << 20), "11 MiB, past the parser's 10 MiB"),
            ("\n".join(f"network host{n}" for n in range(MOST_FACTS + 1)), "it does more different things"),
            ("\n".join(f"loads {n}" for n in range(5000)), "it refers to more files"),
        ],
    )
    def test_a_file_that_cannot_be_read_says_why_and_loses_no_other(self, content: str, why: str) -> None:
        found = npm({"setup.js": content, "a.js": "network x"})
        assert why in (file(found, "setup.js").partly or "")
        assert kinds(found, "a.js") == [FactId.NETWORK]
        (gap,) = found.not_examined
        assert (gap.what, gap.reason) == ("setup.js", Reason.PARTLY)
        assert why in gap.detail

    def test_it_keeps_the_check_from_success_only_where_it_runs_unasked(self) -> None:
        found = npm({"setup.js": "", "index.js": "crashes", "other.js": "endless"})
        assert file(found, "index.js").reach == Reach.IMPORT
        assert file(found, "index.js").partly
        assert not found.not_examined

    def test_it_keeps_the_check_from_success_only_when_it_is_new_or_changed(self) -> None:
        old = npm({"setup.js": "crashes"})
        same, changed = npm({"setup.js": "crashes"}, before=old), npm({"setup.js": "crashes\n"}, before=old)
        assert not outstanding(same, old)
        assert len(outstanding(changed, old)) == 1

    def test_it_counts_when_an_install_step_begins_to_run_it(self) -> None:
        old, new = npm({"setup.js": "", "big.js": "crashes"}), npm({"setup.js": "loads big", "big.js": "crashes"})
        assert not old.not_examined
        assert [gap.what for gap in outstanding(new, old)] == ["big.js"]

    def test_facts_are_the_same_whatever_they_are_compared_with(self) -> None:
        """They are kept, and judged again where there is no old version, or another one."""
        old = npm({"setup.js": "crashes"})
        assert npm({"setup.js": "crashes"}, before=old) == old
        assert len(outstanding(old, None)) == 1

    def test_a_manifest_that_could_not_be_read_counts_though_it_is_unchanged(self) -> None:
        old = npm({"package.json": "{"})
        assert [gap.reason for gap in outstanding(npm({"package.json": "{"}, before=old), old)] == [Reason.MALFORMED]

    def test_a_member_past_the_reader_s_cap_is_said(self) -> None:
        cut = [replace(member, size=30 << 20, truncated=True) for member in members({"setup.js": "process"})]
        found = gather(
            [*members({"package.json": INSTALLS}), *cut], engine="1", filename="x", kind=ArtifactKind.NPM_TARBALL,
            sha256="", size=0, before=None, oddities=tuple, languages=PLAIN,
        )  # fmt: skip
        assert file(found, "setup.js").partly == "30 MiB, past the scanner's 0 MiB"
        assert len(found.not_examined) == 1

    def test_a_scanner_that_fails_is_said(self) -> None:
        def broken(path: str, content: bytes, is_code: bool) -> tuple[()]:
            raise MemoryError

        found = npm({"setup.js": "process"}, languages=replace(PLAIN, scan=broken))
        assert file(found, "setup.js").partly == "the byte scanner failed on it (MemoryError)"
        assert kinds(found, "setup.js") == [FactId.PROCESS]

    def test_a_command_that_breaks_its_reader_loses_neither_the_step_nor_the_others(self) -> None:
        def broken(text: str, budget: Budget) -> Extracted:
            raise RecursionError

        found = npm({"setup.js": "process"}, languages=replace(PLAIN, command=broken))
        assert kinds(found, "package.json") == [FactId.INSTALL_SCRIPT]
        assert kinds(found, "setup.js") == [FactId.PROCESS]
        (gap,) = found.not_examined
        assert (
            gap.detail == "package.json was only partly examined: the reader for shell failed on it (RecursionError)."
        )

    def test_code_in_a_command_that_breaks_its_reader_is_said_too(self) -> None:
        def broken(text: str, budget: Budget) -> Extracted:
            raise TypeError

        languages = replace(PLAIN, inline={"javascript": broken})
        manifest = json.dumps({"scripts": {"postinstall": "node -e x; node setup.js"}})
        found = npm({"package.json": manifest, "setup.js": ""}, languages=languages)
        assert file(found, "setup.js").reach == Reach.INSTALL
        assert [gap.what for gap in found.not_examined] == ["package.json"]

    def test_a_manifest_past_the_cap_is_not_examined(self) -> None:
        big = [replace(member, truncated=True) for member in members({"package.json": INSTALLS})]
        found = gather(
            big, engine="1", filename="x", kind=ArtifactKind.NPM_TARBALL, sha256="", size=0, before=None,
            oddities=tuple, languages=PLAIN,
        )  # fmt: skip
        assert Reason.TOO_LARGE in [gap.reason for gap in found.not_examined]

    def test_byte_code_that_runs_unasked_is_not_examined(self) -> None:
        files: dict[str, str | bytes] = {
            "hook.pth": "import x; loads boot",
            "__pycache__/boot.cpython-311.pyc": b"\x00\x00",
            "x.dist-info/METADATA": "",
        }
        found = facts_of(files, ArtifactKind.WHEEL, languages=PLAIN)
        assert [gap.what for gap in found.not_examined] == ["__pycache__/boot.cpython-311.pyc"]


class TestDisguise:
    """Node runs any file that is required, whatever it is called; so does a shell."""

    def test_data_that_is_loaded_is_read_as_code_and_so_is_what_it_loads(self) -> None:
        found = npm({"setup.js": "loads logo.png", "logo.png": "loads more.dat\nprocess", "more.dat": "network x"})
        assert kinds(found, "logo.png") == [FactId.PROCESS]
        assert kinds(found, "more.dat") == [FactId.NETWORK]
        assert file(found, "more.dat").reach == Reach.INSTALL

    def test_data_that_nothing_loads_is_data(self) -> None:
        found = npm({"logo.png": "process"})
        assert (file(found, "logo.png").language, kinds(found, "logo.png")) == (None, [])

    def test_data_too_large_to_keep_is_not_examined_when_an_install_step_loads_it(self) -> None:
        found = npm({"setup.js": "loads big.dat", "big.dat": "x" * (1 << 20)})
        assert [gap.what for gap in found.not_examined] == ["big.dat"]

    def test_an_unchanged_file_is_read_as_code_once_something_loads_it(self) -> None:
        old = npm({"setup.js": "", "logo.png": "process"})
        assert kinds(npm({"setup.js": "loads logo.png", "logo.png": "process"}, before=old), "logo.png") == [
            FactId.PROCESS
        ]

    def test_json_and_native_modules_are_what_they_say(self) -> None:
        found = npm({"setup.js": "loads data.json\nloads fast.node", "data.json": "process", "fast.node": "process"})
        assert [file(found, name).language for name in ("data.json", "fast.node")] == [None, None]
        assert not found.not_examined


class TestUpgrade:
    def test_files_that_did_not_change_are_not_read_again(self) -> None:
        old = npm({"setup.js": "network x", "a.js": "process"})
        unreadable = replace(PLAIN, files={})
        found = npm({"setup.js": "network x", "a.js": "process\n"}, before=old, languages=unreadable)
        assert kinds(found, "setup.js") == [FactId.NETWORK]
        assert kinds(found, "a.js") == []

    def test_facts_of_another_engine_are_not_taken_over(self) -> None:
        old = npm({"setup.js": "network x"}, engine="0")
        assert kinds(npm({"setup.js": "network x"}, before=old, languages=replace(PLAIN, files={})), "setup.js") == []

    def test_a_file_that_moved_is_read_again_for_its_references_are_relative(self) -> None:
        old = npm({"a.js": "network x"})
        assert kinds(npm({"b.js": "network x"}, before=old, languages=replace(PLAIN, files={})), "b.js") == []

    def test_reach_is_worked_out_anew(self) -> None:
        old = npm({"setup.js": "", "a.js": "process"})
        assert file(old, "a.js").reach == Reach.NONE
        assert file(npm({"setup.js": "loads a", "a.js": "process"}, before=old), "a.js").reach == Reach.INSTALL

    def test_manifests_are_read_again_for_they_depend_on_their_neighbours(self) -> None:
        old = npm({"binding.gyp": "{}"})
        assert kinds(old, "binding.gyp") == [FactId.INSTALL_SCRIPT]
        new = facts_of(
            {"package.json": '{"gypfile": false}', "binding.gyp": "{}"},
            ArtifactKind.NPM_TARBALL,
            before=old,
            languages=PLAIN,
        )
        assert kinds(new, "binding.gyp") == []


def test_what_matters_is_kept_when_a_file_has_too_many_facts() -> None:
    noise = "\n".join(f"writes file{n}" for n in range(2 * MOST_FACTS))
    found = file(npm({"setup.js": f"{noise}\nsecret NPM_TOKEN"}), "setup.js")
    assert len(found.facts) == MOST_FACTS
    assert found.partly is not None


def test_what_comes_after_the_time_of_the_whole_archive_is_said_and_never_clean() -> None:
    """Padding must not hide what an archive's last file does."""
    found = gather(
        members({"package.json": INSTALLS, "index.js": "network"}),
        engine="1",
        filename="x-1.tgz",
        kind=ArtifactKind.NPM_TARBALL,
        sha256="0" * 64,
        size=1,
        before=None,
        oddities=tuple,
        languages=PLAIN,
        seconds=-1.0,
    )
    assert file(found, "index.js").partly == "the time for the whole archive was over before it"
    (gap,) = [gap for gap in found.not_examined if gap.reason is Reason.TIMEOUT]
    assert gap.detail == "1 files of x-1.tgz were not parsed: the archive takes longer than its share of time."
