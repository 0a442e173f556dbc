"""A package of a few lines is told softly; what holds data, types or native code, or brings others, is more than its lines."""

from __future__ import annotations

import pytest

from tests.detectors.artifacts import Files, findings, npm, places, told, wheel
from worker.detectors import trivial_package

LINE = "module.exports = (n) => n % 2 === 1;\n"
TRIVIAL = ["low: it holds hardly any code (at most 512 bytes)"]


class TestAlarm:
    def test_one_line_beside_much_prose(self) -> None:
        (found,) = findings(trivial_package, npm({"index.js": LINE, "README.md": "# is odd\n" * 500}))
        assert told([found]) == TRIVIAL
        assert places(found) == ["index.js:0"]
        assert found.evidence[0].says.plain() == "37 bytes"

    def test_tests_do_not_make_it_more(self) -> None:
        assert told(findings(trivial_package, npm({"index.js": LINE, "test/a.test.js": LINE * 900}))) == TRIVIAL

    def test_a_wheel_with_one_function(self) -> None:
        assert (
            told(findings(trivial_package, wheel({"imgpress/__init__.py": "def f(n):\n    return n % 2\n"}))) == TRIVIAL
        )

    def test_one_that_was_so_before_is_not_new(self) -> None:
        assert [found.new for found in findings(trivial_package, npm({"index.js": LINE}), npm({"index.js": LINE}))] == [
            False
        ]


class TestInnocentTwin:
    @pytest.mark.parametrize(
        "files",
        [
            {"index.js": LINE * 20},
            {"index.js": "module.exports = require('./names.json');\n", "names.json": '["a"]' * 200},
            {"index.js": "export {};\n", "index.d.ts": "export declare const a: string;\n" * 100},
            {"index.js": "module.exports = require('./a.node');\n", "a.node": b"\x7fELF" + bytes(60)},
        ],
    )
    def test_more_code_data_types_or_native_code(self, files: Files) -> None:
        assert findings(trivial_package, npm(files)) == []

    def test_a_package_that_hands_on_another(self) -> None:
        assert (
            findings(trivial_package, npm({"index.js": "module.exports = require('a');"}, dependencies={"a": "1"}))
            == []
        )

    def test_an_empty_one_has_a_rule_of_its_own(self) -> None:
        assert findings(trivial_package, npm({})) == []
