"""Signatures: what GitHub signed passes, and nothing else does."""

from __future__ import annotations

import pytest

from app.core.signature import is_authentic, sign

BODY = b"Hello, World!"
SECRET = "It's a Secret to Everybody"
# GitHub's published test vector (docs: "Validating webhook deliveries").
SIGNATURE = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_githubs_published_vector_is_authentic() -> None:
    assert is_authentic(BODY, SIGNATURE, [SECRET])
    assert is_authentic(BODY, SIGNATURE.encode(), [SECRET])
    assert sign(BODY, SECRET) == SIGNATURE


def test_either_secret_counts_while_one_replaces_the_other() -> None:
    assert is_authentic(BODY, SIGNATURE, ["the new secret", SECRET])
    assert is_authentic(BODY, sign(BODY, "the new secret"), ["the new secret", SECRET])


@pytest.mark.parametrize(
    ("why", "header"),
    [
        ("missing", None),
        ("empty", ""),
        ("only the prefix", "sha256="),
        ("the old algorithm", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"),
        ("without its prefix", SIGNATURE.removeprefix("sha256=")),
        ("upper-case digits", "sha256=" + SIGNATURE.removeprefix("sha256=").upper()),
        ("upper-case prefix", SIGNATURE.replace("sha256", "SHA256")),
        ("one digit off", SIGNATURE[:-1] + "8"),
        ("cut short", SIGNATURE[:-1]),
        ("with a space after it", SIGNATURE + " "),
        ("a byte that is not ASCII", SIGNATURE[:-1] + "\xff"),
        ("a lone surrogate", SIGNATURE[:-1] + "\udcff"),
        ("bytes that are not ASCII", SIGNATURE.encode()[:-1] + b"\xff"),
    ],
)
def test_anything_else_is_not_authentic(why: str, header: str | bytes | None) -> None:
    """`hmac.compare_digest` raises on text that is not ASCII; a stranger must not be able to cause an error."""
    assert not is_authentic(BODY, header, [SECRET]), why


def test_other_bytes_or_another_secret_are_not_authentic() -> None:
    assert not is_authentic(BODY + b" ", SIGNATURE, [SECRET])
    assert not is_authentic(BODY, SIGNATURE, [SECRET.lower()])


def test_an_empty_secret_signs_nothing() -> None:
    """An unset secret must not let everybody in."""
    assert not is_authentic(BODY, sign(BODY, ""), [""])
    assert not is_authentic(BODY, SIGNATURE, [])
