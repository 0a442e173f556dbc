"""A patch that is mostly new code is told softly; moving, renaming and mending is not rewriting."""

from __future__ import annotations

from tests.detectors.artifacts import findings, npm, places, told, wheel
from worker.detectors import large_change


def module(name: str, lines: int) -> str:
    return f"// {name}\n" + "".join(f"exports.{name}{at} = (a, b) => a + b * {at};\n" for at in range(lines))


OLD = npm({f"lib/{name}.js": module(name, 100) for name in "abcd"})


class TestAlarm:
    def test_half_of_the_code_is_new(self) -> None:
        new = npm({**{f"lib/{name}.js": module(name, 100) for name in "ab"}, "lib/x.js": module("x", 300)})
        (found,) = findings(large_change, new, OLD)
        assert told([found]) == ["low: 60 % of its code is not what it was in 2.4.0"]
        assert places(found) == ["lib/x.js:0"]

    def test_one_bundle_that_grew_by_half(self) -> None:
        old, new = (npm({"dist/index.js": module("m", lines)}) for lines in (300, 450))
        assert told(findings(large_change, new, old)) == ["low: 100 % of its code is not what it was in 2.4.0"]

    def test_the_modules_of_a_wheel(self) -> None:
        old = wheel({"imgpress/a.py": "A = 1\n" * 2000})
        new = wheel({"imgpress/a.py": "A = 1\n" * 2000, "imgpress/b.py": "B = 1\n" * 2100})
        assert told(findings(large_change, new, old)) == ["low: 51 % of its code is not what it was in 2.4.0"]


class TestInnocentTwin:
    def test_a_minor_release_may_change_everything(self) -> None:
        assert findings(large_change, npm({"index.js": module("x", 900)}), OLD, old="2.3.0") == []

    def test_a_package_that_is_new(self) -> None:
        assert findings(large_change, OLD) == []

    def test_a_new_version_number_in_the_head_of_every_file(self) -> None:
        old, new = (
            npm({f"lib/{name}.js": f"/*! v{version} */\n" + module(name, 100) for name in "abcd"})
            for version in ("2.4.0", "2.4.1")
        )
        assert findings(large_change, new, old) == []

    def test_files_that_moved(self) -> None:
        assert findings(large_change, npm({f"dist/{name}.js": module(name, 100) for name in "abcd"}), OLD) == []

    def test_files_that_were_renamed_and_mended(self) -> None:
        old = npm({f"dist/chunk-{at}a5f3b.js": module(f"m{at}", 100 + 20 * at) for at in range(4)})
        new = npm({f"dist/chunk-{at}99bc1.js": module(f"m{at}", 101 + 20 * at) for at in range(4)})
        assert findings(large_change, new, old) == []

    def test_a_package_of_a_few_lines(self) -> None:
        assert findings(large_change, npm({"index.js": module("x", 90)}), npm({"index.js": module("y", 10)})) == []

    def test_tests_and_documents_that_are_new(self) -> None:
        files = {f"lib/{name}.js": module(name, 100) for name in "abcd"}
        assert findings(large_change, npm({**files, "test/x.test.js": module("x", 2000)}), OLD) == []
