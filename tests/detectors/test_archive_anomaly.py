"""An archive that readers differ about is told, though nobody may have been able to open it; harmless oddities are not."""

from __future__ import annotations

import gzip
import io

import pytest

from app.core.finding import Finding
from app.core.package import Package
from app.core.ports import Inspection
from app.core.specimen import ArtifactKind
from tests.builders import an_artifact
from tests.detectors.artifacts import findings, places, told
from tests.worker.inspection.archives import (
    FILENAMES,
    NPM,
    SDIST,
    WHEEL,
    entry,
    gz_of_repeated,
    header,
    pax,
    record,
    tarball,
    tgz,
)
from tests.worker.inspection.zips import Zipped, wheel_of, zipped
from worker.detectors import archive_anomaly
from worker.inspection.child import examine
from worker.inspection.limits import Limits
from worker.inspection.wire import Question

MANIFEST = entry("package/package.json", b'{"name": "fast-colour", "version": "2.4.1"}')
TREE = "imgpress-3.0.0"


def examined(archive: bytes, kind: ArtifactKind = NPM) -> Inspection:
    """What the child answers about an archive when this is its only rule."""
    package = Package.parse("npm/fast-colour@2.4.1" if kind is NPM else "pypi/imgpress@3.0.0")
    question = Question(package, FILENAMES[kind], kind, "0" * 64, len(archive), Limits())
    return examine(question, io.BytesIO(archive), detectors=[archive_anomaly])


def of(*entries: bytes) -> list[Finding]:
    return list(examined(tgz(MANIFEST, *entries)).findings)


class TestAlarm:
    def test_one_name_with_two_contents_is_critical_and_told_once(self) -> None:
        (found,) = of(entry("package/a.js", b"good"), entry("package/a.js", b"evil"))
        assert told([found]) == ["critical: its archive shows different files to different readers, a.js among them"]
        assert places(found) == ["a.js:0"]
        assert found.evidence[0].says.plain() == (
            "stands in the archive more than once and differs; readers take one or the other"
        )

    def test_a_file_below_a_link_is_written_elsewhere_by_some(self) -> None:
        found = of(entry("package/lib", b"", b"2", link="src"), entry("package/lib/a.js"))
        assert told(found) == [
            "critical: its archive shows different files to different readers, lib/a.js among them",
            "medium: its archive holds lib as a link, which some installers make and others drop",
        ]

    def test_data_that_a_link_shows_as_code(self) -> None:
        found = of(entry("package/data.txt"), entry("package/index.js", b"", b"2", link="data.txt"))
        assert told(found)[0].startswith("critical: ")

    @pytest.mark.parametrize("name", ["package/../../.bashrc", "/etc/cron.d/job", "package/..\\..\\x.js"])
    def test_a_name_that_leads_out_of_the_package(self, name: str) -> None:
        assert "its archive names a place outside the package" in told(of(entry(name)))[0]

    def test_a_link_that_leads_out_of_the_package(self) -> None:
        found = of(entry("package/keys", b"", b"2", link="../../../.ssh"))
        assert told(found) == ["high: its archive names a place outside the package for keys"]

    def test_a_device(self) -> None:
        assert told(of(header("package/tty", kind=b"3"))) == [
            "high: its archive holds tty, which is a device, a pipe or a socket and no file"
        ]

    def test_two_names_that_are_one_file_elsewhere(self) -> None:
        assert told(of(entry("package/Index.js"), entry("package/index.js", b"2"))) == [
            "high: its archive holds index.js, which is another file on another platform"
        ]

    def test_a_link_in_a_tarball_of_npm_is_quieter_for_npm_drops_it(self) -> None:
        assert told(of(entry("package/a.js"), entry("package/b.js", b"", b"2", link="a.js"))) == [
            "medium: its archive holds b.js as a link, which some installers make and others drop"
        ]

    @pytest.mark.parametrize(
        ("archive", "kind"),
        [
            (tarball({"package.json": "{}"}) + tarball({"package.json": '{"scripts": {}}'}), NPM),
            (zipped(Zipped("a.py", b"1"), Zipped("a.py", b"2")), WHEEL),
            (zipped(Zipped("a.py", central={"name": b"b.py"})), WHEEL),
            (tgz(pax(record("size", "4096")), entry("package/a.js")), NPM),
        ],
        ids=["a second gzip member", "one name twice in a zip", "two names for one file", "two sizes for one file"],
    )
    def test_an_archive_refused_because_readers_differ_is_not_examined_and_a_danger_too(
        self, archive: bytes, kind: ArtifactKind
    ) -> None:
        answer = examined(archive, kind)
        assert told(list(answer.findings)) == ["critical: its archive shows different files to different readers"]
        assert [gap.reason for gap in answer.not_examined] == ["malformed"]
        assert answer.findings[0].evidence[0].says.plain() == answer.not_examined[0].detail

    def test_a_bomb_is_not_examined_and_a_danger_too(self) -> None:
        answer = examined(gz_of_repeated(bytes(1 << 20), 64, head=header("package/zeros", 64 << 20)))
        assert told(list(answer.findings)) == ["high: its archive is built to exhaust whoever unpacks it"]
        assert [gap.reason for gap in answer.not_examined] == ["bomb"]

    def test_what_the_old_version_had_as_well_is_not_new(self) -> None:
        link = an_artifact(oddities=examined(tgz(MANIFEST, entry("package/b", b"", b"2", link="a"))).facts.oddities)  # type: ignore[union-attr]
        assert [found.new for found in findings(archive_anomaly, link, link)] == [False]

    def test_a_crowd_of_one_kind_is_one_finding(self) -> None:
        (found,) = of(*(entry(f"package/l{n}", b"", b"2", link="../../x") for n in range(100)))
        assert len(found.evidence) == 3


class TestInnocentTwin:
    def test_a_plain_tarball_with_directory_entries_and_pax_headers(self) -> None:
        archive = tgz(
            header("package/", kind=b"5"),
            header("package/lib/", kind=b"5"),
            MANIFEST,
            pax(record("mtime", "1700000000.5"), record("path", "package/lib/" + "long/" * 20 + "a.js")),
            entry("package/lib/short.js"),
        )
        assert examined(archive).findings == ()

    def test_links_inside_a_source_distribution(self) -> None:
        """The shape of sdists made from a repository with links in it: pip writes them, and they stay inside."""
        archive = tgz(
            entry(f"{TREE}/PKG-INFO", b"Name: imgpress\nVersion: 3.0.0\n"),
            entry(f"{TREE}/docs/README.md"),
            entry(f"{TREE}/README.md", b"", b"2", link="docs/README.md"),
        )
        assert examined(archive, SDIST).findings == ()

    def test_an_archive_inside_as_test_data(self) -> None:
        assert of(entry("package/test/data.tgz", gzip.compress(b"data", mtime=0))) == []

    def test_a_healthy_wheel(self) -> None:
        assert examined(wheel_of(Zipped("imgpress/__init__.py")), WHEEL).findings == ()

    def test_the_same_bytes_twice_are_only_a_remark(self) -> None:
        (found,) = of(entry("package/a.js"), entry("package/a.js"))
        assert told([found]) == ["low: its archive holds a.js more than once, with the same content"]

    @pytest.mark.parametrize("archive", [b"<html>", b"", tarball({"package.json": "{}"})[:60]])
    def test_an_error_page_or_half_a_download_is_not_examined_and_no_attack(self, archive: bytes) -> None:
        answer = examined(archive)
        assert (answer.findings, len(answer.not_examined)) == ((), 1)
