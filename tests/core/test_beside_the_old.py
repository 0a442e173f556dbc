"""What the old version did as well is not new, wherever its files stood."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.evidence import beside_the_old
from app.core.finding import Finding, Words
from app.core.specimen import ArtifactFacts, FileFacts
from tests.builders import a_file, a_finding, a_specimen, an_artifact


def names_each_file(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        yield a_finding(message=Words("hides something ({0})", (file.path,)))


def news(old: FileFacts, new: FileFacts) -> list[bool]:
    return [finding.new for finding in beside_the_old(a_specimen(an_artifact(new), an_artifact(old)), names_each_file)]


def test_the_same_file_at_the_same_place_or_elsewhere_is_not_new() -> None:
    assert news(a_file("a.js"), a_file("a.js")) == [False]
    assert news(a_file("lib/a.js", sha256="1" * 64), a_file("dist/b.js", sha256="1" * 64)) == [False]
    assert news(a_file("lib/a.js", sha256="1" * 64), a_file("dist/a.js", sha256="2" * 64, size=110)) == [False]


def test_another_file_is_new() -> None:
    assert news(a_file("a.js", sha256="1" * 64), a_file("b.js", sha256="2" * 64)) == [True]
    assert news(a_file("a.js", sha256="1" * 64), a_file("dist/a.js", sha256="2" * 64, size=9_000)) == [True]


def test_each_is_said_once() -> None:
    twice = an_artifact(a_file("a.js"), a_file("a.js"))
    assert len(list(beside_the_old(a_specimen(twice), names_each_file))) == 1
