"""A package in which there is nothing is told softly; what brings others along, or only types, is something."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import METADATA, Files, findings, npm, sdist, told, wheel
from worker.detectors import empty_package

EMPTY = ["low: there is nothing in it but its manifest and papers"]


class TestAlarm:
    @pytest.mark.parametrize(
        "files",
        [
            {},
            {"README.md": "# Reserved\n", "LICENSE": "MIT\n", ".npmignore": "x\n"},
            {"index.js": ""},
            {"test/index.test.js": "it('works', () => {});\n", "docs/a.html": "<p>soon</p>"},
            {"tsconfig.json": "{}", "yarn.lock": "# yarn lockfile v1\n"},
        ],
    )
    def test_a_name_that_somebody_keeps(self, files: Files) -> None:
        assert told(findings(empty_package, npm(files))) == EMPTY

    def test_a_wheel_and_a_source_without_a_module(self) -> None:
        assert told(findings(empty_package, wheel({"imgpress-3.0.0.dist-info/RECORD": ""}))) == EMPTY
        source = {"setup.py": "from setuptools import setup\nsetup(name='imgpress')\n", "imgpress/__init__.py": ""}
        assert told(findings(empty_package, sdist(source))) == EMPTY

    def test_an_extra_is_nothing_that_it_brings(self) -> None:
        info = METADATA + "Requires-Dist: pytest; extra == 'test'\n"
        assert told(findings(empty_package, wheel({"imgpress-3.0.0.dist-info/METADATA": info}))) == EMPTY

    def test_one_that_was_empty_before_is_not_new(self) -> None:
        assert [found.new for found in findings(empty_package, npm({}), npm({}))] == [False]
        assert [found.new for found in findings(empty_package, npm({}), npm({"index.js": "let a = 1;"}))] == [True]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "files",
        [
            {"index.js": "module.exports = 1;\n"},
            {"index.d.ts": "export type A = string;\n"},
            {"style.css": "a { color: red }\n"},
            {"data.json": "[1]\n"},
            {"lib/native.node": b"\x7fELF" + bytes(60)},
        ],
    )
    def test_code_types_styles_data_and_native_code_are_something(self, files: Files) -> None:
        assert findings(empty_package, npm(files)) == []

    def test_packages_that_only_bring_others(self) -> None:
        assert findings(empty_package, npm({}, dependencies={"@types/node": "*"})) == []
        info = METADATA + "Requires-Dist: notebook\n"
        assert findings(empty_package, wheel({"imgpress-3.0.0.dist-info/METADATA": info})) == []
