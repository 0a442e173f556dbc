"""Native files that are new, changed, misplaced, disguised or packed are told; those that belong there are not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from app.core.package import Package
from app.core.specimen import Specimen
from tests.detectors.artifacts import findings, npm, places, told, wheel
from tests.worker.inspection.facts.programs import DENSE, PLAIN, elf, mach_o, pe, universal
from worker.detectors import native_binary

PLAIN_JS = "module.exports = require('./build/a.node');\n"
WITH_SOURCE: Mapping[str, str | bytes] = {"binding.gyp": "{'targets': []}", "src/a.cc": "int a() { return 1; }\n"}


def said(files: Mapping[str, str | bytes], before: Mapping[str, str | bytes] | None = None) -> list[str]:
    return told(findings(native_binary, npm(files), None if before is None else npm(before)))


class TestAlarm:
    def test_an_upgrade_that_brings_the_first_one(self) -> None:
        found = findings(native_binary, npm({"index.js": "1", "bin/tool": elf(file_type=2)}), npm({"index.js": "1"}))
        assert told(found) == ["medium: it brings native code of a kind that 2.4.0 had not (bin/tool)"]
        assert places(found[0]) == ["bin/tool:0"]
        assert found[0].evidence[0].text == "program for linux x86-64"

    def test_a_program_beside_libraries_is_of_another_kind(self) -> None:
        old = {"build/a.node": elf()}
        assert said({**old, "build/helper": elf(file_type=2)}, old) == [
            "medium: it brings native code of a kind that 2.4.0 had not (build/helper)"
        ]

    def test_it_runs_when_the_package_is_installed(self) -> None:
        new = npm({"bin/setup": elf(file_type=2)}, scripts={"postinstall": "./bin/setup"})
        (found,) = findings(native_binary, new)
        assert told([found]) == ["high: its install step runs or loads native code (bin/setup)"]
        assert places(found) == ["package.json:5", "bin/setup:0"]

    @pytest.mark.parametrize(
        "name", ["assets/logo.png", "data/words.json", "NOTICE.txt", "lib/index.css", "font.woff2"]
    )
    def test_it_is_called_like_data(self, name: str) -> None:
        (found,) = findings(native_binary, npm({"index.js": f"process.dlopen(module, './{name}');\n", name: elf()}))
        assert told([found]) == [f"high: a native file of it is called like data or source ({name})"]
        assert places(found) == [f"{name}:0", "index.js:1"]

    @pytest.mark.parametrize(
        ("path", "content"),
        [
            ("prebuilds/linux-x64/a.node", pe(is_library=True)),
            ("prebuilds/win32-x64/a.node", elf()),
            ("prebuilds/darwin-arm64/a.node", elf()),
            ("vendor/tool.exe", mach_o()),
            ("lib/liba.dylib", pe()),
        ],
    )
    def test_it_is_for_another_platform_than_its_folder_says(self, path: str, content: bytes) -> None:
        assert said({path: content}) == [
            f"medium: a native file of it is not for the platform that its name says ({path})"
        ]

    def test_a_wheel_for_one_system_with_code_for_another(self) -> None:
        new = wheel({"imgpress/fast.so": elf()}, tag="cp311-cp311-win_amd64")
        assert told(findings(native_binary, new)) == [
            "medium: a native file of it is not for the platform that its name says (imgpress/fast.so)"
        ]

    def test_a_wheel_for_all_systems_with_code_for_one(self) -> None:
        assert told(findings(native_binary, wheel({"imgpress/fast.so": elf()}))) == [
            "medium: it holds code for one platform, and its wheel says that it is for all (imgpress/fast.so)"
        ]

    @pytest.mark.parametrize(
        ("content", "sign"),
        [
            (pe(section="UPX0"), "section UPX0"),
            (elf(code=DENSE), "section .text looks encrypted (8.0 of 8 bits a byte)"),
            (mach_o(code=DENSE), "section __text looks encrypted (8.0 of 8 bits a byte)"),
        ],
    )
    def test_it_is_packed(self, content: bytes, sign: str) -> None:
        (found,) = findings(native_binary, npm({"bin/tool": content}))
        assert told([found]) == ["medium: a native file of it is packed (bin/tool)"]
        assert found.evidence[0].says.plain() == sign

    def test_it_cannot_be_read(self) -> None:
        assert said({"bin/tool": b"\x7fELF" + b"\xff" * 90}) == [
            "medium: a native file of it cannot be read (bin/tool)"
        ]

    def test_it_names_a_place_for_stolen_data(self) -> None:
        (found,) = findings(native_binary, npm({"build/a.node": elf(text=b"\0https://webhook.site/made-up\0")}))
        assert told([found]) == ["high: a native file of it names a place where stolen data is dropped (webhook.site)"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (elf(), elf(["connect", "execve"])),
            (elf(), elf(code=PLAIN * 3)),
            (elf(["connect"]), elf(["connect"], text=b"\0https://drop.example/\0")),
        ],
    )
    def test_it_does_something_else_and_its_source_is_the_same(self, old: bytes, new: bytes) -> None:
        before: dict[str, str | bytes] = {**WITH_SOURCE, "build/a.node": old}
        assert "medium: its native code is another than in 2.4.0, its source is the same (build/a.node)" in said(
            {**WITH_SOURCE, "build/a.node": new}, before
        )

    @pytest.mark.parametrize(
        ("function", "says"),
        [
            ("connect", "reaches the network"),
            ("execve", "starts programs"),
            ("ptrace", "reaches into other processes"),
            ("secret_password_lookup_sync", "reads stored passwords"),
            ("XQueryKeymap", "reads the keyboard"),
        ],
    )
    def test_it_does_what_the_old_one_did_not(self, function: str, says: str) -> None:
        assert said({"build/a.node": elf([function])}, {"build/a.node": elf()}) == [
            f"medium: its native code {says}, which that of 2.4.0 did not (build/a.node)"
        ]


class TestInnocentTwin:
    def test_the_modules_of_a_wheel_for_one_platform(self) -> None:
        files = {f"numpy/core/_{name}.cpython-311-x86_64-linux-gnu.so": elf(["memcpy"]) for name in "abc"}
        libraries = {"numpy.libs/libopenblas-32a4b2a6.so": elf(["pthread_create"])}
        new = wheel({**files, **libraries}, tag="cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
        assert findings(native_binary, new) == []

    def test_modules_of_macos_end_like_those_of_linux(self) -> None:
        content = universal(mach_o(), mach_o(cpu=0x01000007))
        assert findings(native_binary, wheel({"a/b.abi3.so": content}, tag="cp37-abi3-macosx_10_12_universal2")) == []

    def test_a_package_for_one_platform_that_another_one_chooses(self) -> None:
        for system, content in (("linux", elf(file_type=2)), ("darwin", mach_o()), ("win32", pe())):
            name = f"@esbuild/{system}-x64"
            assert findings(native_binary, npm({"bin/esbuild": content}, name=name, os=[system], cpu=["x64"])) == []

    def test_prebuilt_modules_for_every_platform(self) -> None:
        files = {
            "prebuilds/linux-x64/a.glibc.node": elf(),
            "prebuilds/linux-x64/a.musl.node": elf(),
            "prebuilds/darwin-x64+arm64/a.node": universal(mach_o(), mach_o(cpu=0x01000007)),
            "prebuilds/win32-x64/a.node": pe(is_library=True),
        }
        new = npm({**files, "binding.gyp": "{}"}, scripts={"install": "node-gyp-build"})
        assert findings(native_binary, new) == []

    def test_launchers_for_windows_in_a_wheel_for_all(self) -> None:
        files = {"distlib/t64.exe": pe(), "common/linux/manager": elf(), "common/macos/manager": mach_o()}
        assert findings(native_binary, wheel(files)) == []

    def test_another_python_or_hash_in_the_name_is_no_new_kind(self) -> None:
        tag = "cp311-cp311-manylinux_2_17_x86_64"
        old = wheel({"a/b.cpython-311-x86_64-linux-gnu.so": elf(), "a.libs/liba-0f1e2d3c.so": elf()}, tag=tag)
        new = wheel(
            {"a/b.cpython-312-x86_64-linux-gnu.so": elf(), "a/c.cpython-312-x86_64-linux-gnu.so": elf()}, tag=tag
        )
        assert findings(native_binary, new, old) == []

    def test_the_same_source_built_anew(self) -> None:
        old, new = (
            dict[str, str | bytes]({**WITH_SOURCE, "build/a.node": elf(["read"], text=stamp)})
            for stamp in (b"\0Mon\0", b"\0Tue\0")
        )
        assert said(new, old) == []

    def test_new_source_with_what_it_is_built_to(self) -> None:
        new: dict[str, str | bytes] = {
            **WITH_SOURCE,
            "src/a.cc": "int a() { return 2; }\n",
            "build/a.node": elf(code=PLAIN * 3),
        }
        assert said(new, {**WITH_SOURCE, "build/a.node": elf()}) == []

    def test_what_moved_is_not_new(self) -> None:
        assert said({"lib/a.node": elf()}, {"build/Release/a.node": elf()}) == []

    def test_a_service_named_by_its_own_program(self) -> None:
        content = elf(text=b"\0https://tunnel.ngrok.io/\0")
        assert [line for line in said({"bin/tool": content}) if "dropped" in line] != []
        own = Specimen(Package.parse("npm/ngrok@4.3.3"), npm({"bin/tool": content}))
        assert list(native_binary.detect(own)) == []

    def test_programs_that_only_tests_read(self) -> None:
        assert said({"test/fixtures/logo.png": elf(code=DENSE)}) == []

    def test_web_assembly_is_not_native(self) -> None:
        assert said({"lib/a.wasm": b"\0asm\1\0\0\0", "index.js": PLAIN_JS}, {"index.js": PLAIN_JS}) == []

    def test_what_was_odd_before_is_not_new(self) -> None:
        old = npm({"bin/tool": pe(section="UPX0")})
        assert [found.new for found in findings(native_binary, old, old)] == [False]
