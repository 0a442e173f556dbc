"""Telling words are found in constants of every language, told once, and never in comments or documentation."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts, FactId
from tests.detectors.artifacts import npm, wheel
from worker.inspection.facts.coin_addresses import coin_of
from worker.inspection.facts.telling import find


def said(artifact: ArtifactFacts, wanted: FactId) -> list[tuple[int, str]]:
    """Line and detail of the facts of one id."""
    return [(fact.line, fact.detail) for file in artifact.files for fact in file.facts if fact.id is wanted]


@pytest.mark.parametrize(
    ("address", "coin"),
    [
        (b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "Bitcoin"),
        (b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "Bitcoin"),
        (b"0x52908400098527886E0F7030069857D2E4169EE7", "Ethereum"),
        (b"1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", None),
        (b"bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", None),
        (b"0x0000000000000000000000000000000000000000", None),
    ],
)
def test_an_address_proves_itself_by_its_checksum(address: bytes, coin: str | None) -> None:
    assert coin_of(address) == coin


def test_a_word_in_a_comment_is_not_told_and_hides_no_other() -> None:
    source = "// Login Data\n/* key4.db */\nconst name = 'Login Data';\n"
    assert said(npm({"index.js": source}), FactId.STORE) == [(3, "stored browser passwords")]


def test_a_word_in_documentation_is_not_told() -> None:
    source = '"""Login Data"""\n# key4.db\n\n\ndef read(open):\n    """logins.json"""\n    return open("key4.db")\n'
    assert said(wheel({"imgpress/__init__.py": source}), FactId.STORE) == [(7, "stored browser passwords")]


def test_each_is_told_once() -> None:
    source = b"a = ['vmware', 'vmware', 'qemu']"
    assert [word.detail for word in find(source, lambda _offset: False)] == [
        "a virtual machine: vmware",
        "a virtual machine: qemu",
    ]


def test_a_pattern_for_a_whole_text_is_a_check_and_another_is_a_search() -> None:
    source = "const one = /^0x[a-fA-F0-9]{40}$/; const two = /\\b[13][a-km-zA-HJ-NP-Z1-9]{25,34}\\b/g;"
    assert said(npm({"index.js": source}), FactId.COIN_ADDRESS) == [
        (1, "a check of addresses of Ethereum"),
        (1, "a search for addresses of Bitcoin"),
    ]
