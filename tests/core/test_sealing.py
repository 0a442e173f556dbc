"""What is sealed can be read with its key, in its place, unchanged; and not otherwise."""

from __future__ import annotations

import pytest

from app.core.sealing import NONCE, CannotOpen, seal, sealing_key, unseal

TODAY, YESTERDAY = sealing_key("t" * 44), sealing_key("y" * 44)
PLACE, SECRET = "webhook secret abc", "asy_w1_secret"
ENTROPY = bytes(range(NONCE))


def test_it_is_read_with_either_live_key() -> None:
    for key in (TODAY, YESTERDAY):
        sealed = seal(SECRET, PLACE, key, ENTROPY)
        assert SECRET.encode() not in sealed
        assert unseal(sealed, PLACE, key.id, (TODAY, YESTERDAY)) == SECRET


def test_without_its_key_it_says_so() -> None:
    sealed = seal(SECRET, PLACE, YESTERDAY, ENTROPY)
    with pytest.raises(CannotOpen, match=r"^The key that it was encrypted with is not set any more\.$"):
        unseal(sealed, PLACE, YESTERDAY.id, (TODAY,))


@pytest.mark.parametrize("at", [0, NONCE, -1])
def test_one_changed_bit_and_it_is_not_read(at: int) -> None:
    sealed = bytearray(seal(SECRET, PLACE, TODAY, ENTROPY))
    sealed[at] ^= 1
    with pytest.raises(CannotOpen, match="It was changed in the database"):
        unseal(bytes(sealed), PLACE, TODAY.id, (TODAY,))


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(NONCE)])
def test_what_is_no_sealed_text_is_not_read(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        unseal(sealed, PLACE, TODAY.id, (TODAY,))


def test_whoever_can_write_rows_cannot_move_it_to_another_place() -> None:
    sealed = seal(SECRET, PLACE, TODAY, ENTROPY)
    with pytest.raises(CannotOpen, match="does not belong where it stands"):
        unseal(sealed, "webhook secret xyz", TODAY.id, (TODAY,))


def test_keys_are_told_apart_by_ids_that_give_nothing_away() -> None:
    assert TODAY.id != YESTERDAY.id
    assert (len(TODAY.key), "t" * 44 in repr(TODAY)) == (32, False)
    assert repr(TODAY.key)[2:-1] not in repr(TODAY)


def test_a_nonce_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="sealing takes 12 bytes of entropy, not 11"):
        seal(SECRET, PLACE, TODAY, ENTROPY[1:])
