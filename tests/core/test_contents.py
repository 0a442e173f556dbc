"""What a file is for, by its name and its facts."""

from __future__ import annotations

import pytest

from app.core.contents import Part, brings_others, part
from app.core.finding import Reach
from app.core.specimen import Fact, FactId
from tests.builders import a_file, an_artifact


@pytest.mark.parametrize(
    ("path", "language", "expected"),
    [
        ("index.js", "javascript", Part.CODE),
        ("imgpress/core.py", "python", Part.CODE),
        ("license-checker.js", "javascript", Part.CODE),
        ("index.d.ts", "typescript", Part.TYPES),
        ("imgpress/core.pyi", "python", Part.TYPES),
        ("imgpress/py.typed", None, Part.TYPES),
        ("style.css", None, Part.DATA),
        ("data/countries.json", None, Part.DATA),
        ("package.json", None, Part.PAPER),
        ("LICENSE", None, Part.PAPER),
        ("LICENCE.txt", None, Part.PAPER),
        ("README.md", None, Part.PAPER),
        ("dist/index.js.map", None, Part.PAPER),
        (".npmignore", None, Part.PAPER),
        ("setup.py", "python", Part.PAPER),
        ("imgpress-3.0.0.dist-info/RECORD", None, Part.PAPER),
        ("imgpress.egg-info/top_level.txt", None, Part.PAPER),
    ],
)
def test_the_name_tells_what_a_file_is_for(path: str, language: str | None, expected: Part) -> None:
    assert part(a_file(path, language=language)) is expected


def test_tests_are_aside_native_code_is_native_wherever_it_stands_and_an_empty_file_holds_nothing() -> None:
    assert part(a_file("x.js", reach=Reach.TEST)) is Part.ASIDE
    assert part(a_file("README.md", Fact(FactId.NATIVE_CODE, 0, "elf"), language=None)) is Part.NATIVE
    assert part(a_file("ffi.js", Fact(FactId.NATIVE_CODE, 7, "process.dlopen"))) is Part.CODE
    assert part(a_file("pkg/__init__.py", language="python", size=0)) is Part.PAPER


def test_a_package_brings_others_when_its_manifest_names_one() -> None:
    assert brings_others(an_artifact(metadata=(("dependency", "numpy>=1"),)))
    assert brings_others(an_artifact(declared=(("dependencies", "2 entries, sha256 0f"),)))
    assert not brings_others(an_artifact(declared=(("dependencies", "0 entries, sha256 0f"),)))
    assert not brings_others(an_artifact())
