"""A mark tells two reports that they saw the same secret, and nothing else of it."""

from __future__ import annotations

import pytest

from app.core.secret import Mark, fingerprint
from app.core.secret_kinds import KINDS


@pytest.mark.parametrize("prefix", ["npm_", ""])
def test_a_mark_is_read_back_from_its_text(prefix: str) -> None:
    mark = Mark.of("npm-token", prefix, b"not a token")
    assert Mark.parse(mark.text()) == mark
    assert mark.name() == "an npm token"


def test_a_mark_shows_no_more_than_four_characters() -> None:
    assert Mark.of("pypi-token", "pypi-AgEIcH", b"x").prefix == "pypi"


@pytest.mark.parametrize("text", ["", "npm-token", "npm-token npm_… many characters, fingerprint 0", "a b c d e f g"])
def test_other_texts_are_no_marks(text: str) -> None:
    assert Mark.parse(text) is None


def test_the_same_secret_has_the_same_fingerprint_and_another_has_another() -> None:
    assert fingerprint(b"one") == fingerprint(b"one") != fingerprint(b"two")
    assert len(fingerprint(b"one")) == 12


def test_every_credential_has_a_name_that_stands_in_a_sentence() -> None:
    assert all(kind.name.startswith(("a ", "an ", "the ")) for kind in KINDS.values())
