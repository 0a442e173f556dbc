"""What native files are and what they take from their system; damaged ones end as partly examined."""

from __future__ import annotations

import subprocess
import sys

import pytest

from app.core.specimen import ArtifactFacts, ArtifactKind, FactId, FileFacts
from tests.detectors.artifacts import members
from tests.minted import with_crc
from tests.worker.inspection.facts.programs import DENSE, elf, mach_o, pe, universal
from worker.inspection.facts.assembly import gather
from worker.inspection.facts.native.loading import read_native
from worker.inspection.facts.native.reading import UNREAD, complete, unread

NATIVE = (FactId.NATIVE_CODE, FactId.PLATFORM, FactId.NATIVE_IMPORT, FactId.PACKED_CODE)


def gathered(content: bytes, path: str = "lib/a.node") -> ArtifactFacts:
    """What the first child learns: that there is a native file, and no more."""
    return gather(
        members({"package.json": "{}", path: content}),
        engine="test",
        filename="archive",
        kind=ArtifactKind.NPM_TARBALL,
        sha256="1" * 64,
        size=1000,
        before=None,
        oddities=tuple,
    )


def read(content: bytes, path: str = "lib/a.node") -> FileFacts:
    facts = complete(gathered(content, path), members({path: content}), read_native)
    return next(file for file in facts.files if file.path == path)


def said(content: bytes) -> list[str]:
    return [f"{fact.id}: {fact.detail}|{fact.evidence}" for fact in read(content).facts if fact.id in NATIVE]


class TestWhatItIs:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (elf(), "elf|library for linux x86-64"),
            (elf(machine=183), "elf|library for linux arm64"),
            (elf(file_type=2), "elf|program for linux x86-64"),
            (pe(), "pe|program for windows x86-64"),
            (pe(machine=0xAA64, is_library=True), "pe|library for windows arm64"),
            (mach_o(), "mach-o|program for macos arm64"),
            (elf(machine=30_000), "elf|library for linux unknown"),
            (pe(machine=0x1234), "pe|program for windows unknown"),
            (mach_o(cpu=77), "mach-o|program for macos unknown"),
            (universal(mach_o(), mach_o(cpu=0x01000007)), "mach-o|program for macos arm64, macos x86-64"),
        ],
    )
    def test_its_form_and_its_platforms(self, content: bytes, says: str) -> None:
        assert said(content)[0] == f"native-code: {says}"
        platforms = [fact.detail for fact in read(content).facts if fact.id is FactId.PLATFORM]
        assert platforms == says.partition(" for ")[2].split(", ")

    def test_whatever_it_is_called(self) -> None:
        assert FactId.PLATFORM in [fact.id for fact in read(elf(), "assets/logo.png").facts]
        assert FactId.PLATFORM in [fact.id for fact in read(elf(), "lib/index.js").facts]

    def test_until_it_is_read_it_is_partly_examined(self) -> None:
        first = gathered(elf())
        assert set(unread(first)) == {"lib/a.node"}
        assert first.files[1].partly == UNREAD
        whole = read(elf())
        assert whole.partly is None


class TestWhatItTakes:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (elf(["connect", "strlen", "execve"]), ["network|connect", "process|execve"]),
            (elf(["process_vm_writev"]), ["injection|process_vm_writev"]),
            (pe(["CreateProcessW", "CloseHandle"]), ["process|CreateProcess"]),
            (pe([], "WS2_32.dll"), ["network|ws2_32.dll"]),
            (pe(["CryptUnprotectData"], "CRYPT32.dll"), ["keychain|CryptUnprotectData"]),
            (mach_o(["SecKeychainFindGenericPassword"]), ["keychain|SecKeychainFindGenericPassword"]),
            (universal(mach_o(), mach_o(["connect"], cpu=0x01000007)), ["network|connect"]),
            (elf(["malloc", "free", "memcpy"]), []),
        ],
    )
    def test_functions_of_consequence(self, content: bytes, says: list[str]) -> None:
        assert [line.removeprefix("native-import: ") for line in said(content) if line.startswith("native-i")] == says

    def test_the_hosts_in_its_texts(self) -> None:
        content = elf(text=b"GET\0https://drop.example/x?y\0 http://user@files.example:80 nothing://\0https://\xff")
        assert [fact.detail for fact in read(content).facts if fact.id is FactId.HOST] == [
            "drop.example",
            "files.example",
        ]

    def test_a_credential_in_its_texts_is_quoted_nowhere(self) -> None:
        token = with_crc("gh" + "p_")
        facts = read(elf(text=b"\0https://" + token.encode() + b".example/\0")).facts
        assert token not in repr(facts)
        assert token[8:20] not in repr(facts)


class TestPacked:
    @pytest.mark.parametrize(
        ("content", "says"),
        [
            (pe(section="UPX0"), "section UPX0"),
            (pe(section=".vmp0"), "section .vmp0"),
            (elf(text=b"\0UPX!\0"), "signed by UPX"),
            (elf(code=DENSE), "section .text looks encrypted (8.0 of 8 bits a byte)"),
            (pe(code=DENSE), "section .text looks encrypted (8.0 of 8 bits a byte)"),
            (mach_o(code=DENSE), "section __text looks encrypted (8.0 of 8 bits a byte)"),
        ],
    )
    def test_how_it_shows(self, content: bytes, says: str) -> None:
        assert f"packed-code: {says}|" in said(content)

    @pytest.mark.parametrize("content", [elf(), pe(), mach_o(), elf(code=DENSE[:1000]), elf(text=DENSE)])
    def test_plain_code_small_code_and_dense_data_are_not(self, content: bytes) -> None:
        assert [line for line in said(content) if line.startswith("packed")] == []


class TestDamaged:
    @pytest.mark.parametrize(
        "content",
        [
            b"\x7fELF",
            b"\x7fELF" + b"\xff" * 200,
            b"\x7fELF\x02\x01\x01" + bytes(57),
            b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0",
            b"MZ" + bytes(58) + b"\x40\0\0\0PE\0\0" + b"\xff" * 300,
            b"\xcf\xfa\xed\xfe",
            b"\xca\xfe\xba\xbe\0\0\0\x02" + b"\0" * 40,
        ],
    )
    def test_it_stays_partly_examined(self, content: bytes) -> None:
        file = read(content)
        assert file.partly == UNREAD
        assert [fact.evidence for fact in file.facts if fact.id is FactId.NATIVE_CODE] == [
            "damaged: its parts are not where it says"
        ]

    @pytest.mark.parametrize("seed", range(3))
    def test_bytes_cut_off_or_changed_at_random_end_as_facts_or_as_damaged(self, seed: int) -> None:
        """In a process of its own, as in production: lief is not trusted to survive everything."""
        script = f"""
import random
from tests.worker.inspection.facts.programs import elf, mach_o, pe, universal
from worker.inspection.facts.native.loading import read_native
chance = random.Random({seed})
for _ in range(120):
    for kind, whole in (("elf", elf(["connect"])), ("pe", pe(["WinExec"])), ("mach-o", universal(mach_o(["system"])))):
        content = bytearray(whole[: chance.choice((len(whole), chance.randrange(4, len(whole))))])
        for _ in range(chance.randrange(12)):
            content[chance.randrange(min(len(content), 1024))] = chance.choice((0, 1, 0x7F, 0xFF, chance.randrange(256)))
        read_native(kind, bytes(content))
print("read")
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
        assert done.stdout == "read\n", done.stderr

    def test_a_million_sections_take_no_time(self) -> None:
        content = bytearray(elf())
        content[60:62] = b"\xff\xff"
        assert FactId.NATIVE_CODE in [fact.id for fact in read(bytes(content)).facts]

    def test_what_is_not_read_in_time_stays_unread(self) -> None:
        files = {f"lib/{at}.node": elf(text=bytes([at])) for at in range(3)}
        first = gather(
            members({"package.json": "{}", **files}),
            engine="test",
            filename="archive",
            kind=ArtifactKind.NPM_TARBALL,
            sha256="1" * 64,
            size=1000,
            before=None,
            oddities=tuple,
        )
        later = complete(first, members(files), read_native, seconds=0)
        assert [file.partly for file in later.files] == [None, None, UNREAD, UNREAD]
