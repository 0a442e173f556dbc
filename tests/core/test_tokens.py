"""Token texts: minted, read back, never shown; whatever is mistyped is refused before anything is looked up."""

from __future__ import annotations

import re
import zlib

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from app.core import tokens
from app.core.tokens import ENTROPY, Kind, Malformed, Pepper, Token, digest, find_tokens, matches, mint, read_token

OLD, NEW = Pepper("1", b"the pepper before"), Pepper("2", b"today's pepper")
entropy = st.binary(min_size=ENTROPY, max_size=ENTROPY)


def a_token(seed: int = 1, kind: Kind = Kind.API) -> Token:
    return mint(kind, bytes([seed]) * ENTROPY)


@given(entropy, st.sampled_from(Kind))
def test_a_minted_token_is_read_back_and_scanners_find_it(random: bytes, kind: Kind) -> None:
    token = mint(kind, random)
    assert read_token(token.text) == token
    assert len(token.text) == tokens.LENGTH == 73
    assert re2.search(tokens.PATTERN, f'key = "{token.text}"')
    assert re.fullmatch(r"asy_[ubw]1_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}", token.text)


def test_two_tokens_have_neither_id_nor_secret_in_common() -> None:
    one, two = a_token(1), a_token(2)
    assert one.id != two.id
    assert one.text[23:] != two.text[23:]


def test_every_change_of_one_character_is_refused() -> None:
    changed = accepted = 0
    for number in range(22):
        text = mint(Kind.API, bytes([number]) * ENTROPY).text
        for place in range(len(text)):
            for letter in tokens.ALPHABET + "_- ":
                if letter != text[place]:
                    changed += 1
                    accepted += isinstance(read_token(text[:place] + letter + text[place + 1 :]), Token)
    assert changed > 100_000
    assert accepted == 0


@given(entropy, st.integers(0, 72), st.characters())
def test_no_mistyped_token_is_accepted(random: bytes, place: int, letter: str) -> None:
    text = mint(Kind.API, random).text
    mistyped = text[:place] + letter + text[place + 1 :]
    assert mistyped == text or isinstance(read_token(mistyped), Malformed)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", Malformed.PATTERN),
        ("x" * 129, Malformed.TOO_LONG),
        (a_token().text + "0" * 56, Malformed.TOO_LONG),
        (a_token().text[:-1], Malformed.PATTERN),
        (a_token().text + "a", Malformed.PATTERN),
        (" " + a_token().text, Malformed.PATTERN),
        (a_token().text.upper(), Malformed.PATTERN),
        (a_token().text.replace("_u1_", "_u2_"), Malformed.PATTERN),
        (a_token().text.replace("_u1_", "_x1_"), Malformed.PATTERN),
        (a_token().text.replace("_u1_", "_b1_"), Malformed.CHECKSUM),
        (a_token().text[:-6] + "000000", Malformed.CHECKSUM),
        ("asy_u1_" + "é" * 16 + "_" + "a" * 49, Malformed.PATTERN),
        ("ghp_" + "a" * 69, Malformed.PATTERN),
    ],
)
def test_what_is_no_token_says_why(text: str, why: Malformed) -> None:
    assert read_token(text) is why


def test_the_checksum_covers_the_prefix_and_is_the_usual_crc() -> None:
    text = a_token().text
    value = 0
    for letter in text[-6:]:
        value = value * 62 + tokens.ALPHABET.index(letter)
    assert value == zlib.crc32(text[:-6].encode())


def test_nothing_that_prints_a_token_shows_its_secret() -> None:
    token = a_token()
    secret = token.text[24:]
    for shown in (repr(token), token.shown, f"{[token]}", repr(NEW)):
        assert secret[:8] not in shown
        assert "pepper'" not in shown
    assert token.shown == f"asy_u1_{token.id}_…"


def test_what_is_stored_opens_with_the_pepper_that_made_it_and_with_no_other() -> None:
    token = a_token()
    stored = digest(token, OLD)
    assert matches(token, stored, "1", (NEW, OLD))
    assert not matches(token, stored, "1", (NEW,))
    assert not matches(token, stored, "2", (NEW, OLD))
    assert not matches(a_token(2), stored, "1", (NEW, OLD))
    assert not matches(token, tokens.nothing_stored(), "", (NEW, OLD))


def test_who_can_write_rows_but_has_no_pepper_plants_no_token() -> None:
    """The empty pepper id, and the key that stands in for a missing one, open nothing."""
    token = a_token()
    planted = digest(token, Pepper("", b"\0" * 32))
    assert not matches(token, planted, "", (NEW, OLD))


def test_minting_takes_all_its_entropy() -> None:
    with pytest.raises(ValueError, match="64 bytes of entropy, not 16"):
        mint(Kind.API, b"x" * 16)


def test_whole_tokens_are_found_wherever_they_stand() -> None:
    one, other = (mint(Kind.API, bytes([seed]) * ENTROPY) for seed in (1, 2))
    text = f"x{one.text}y https://example/?t={other.text}&{other.text[:-1]}!"
    assert [token.text for token in find_tokens(text)] == [one.text, other.text]
    assert list(find_tokens(f"{one.text[:-1]}!")) == []
