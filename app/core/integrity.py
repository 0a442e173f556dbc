"""Hashes as lockfiles and registries write them, and whether the bytes served are the bytes named."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from enum import StrEnum

import msgspec

STRENGTH = {"md5": 0, "sha1": 1, "sha256": 2, "sha384": 3, "sha512": 4}
LENGTH = {"md5": 32, "sha1": 40, "sha256": 64, "sha384": 96, "sha512": 128}  # hexadecimal digits
_DIGITS = frozenset("0123456789abcdef")


class Digest(msgspec.Struct, frozen=True, order=True):
    """One hash. `algorithm` is a key of `STRENGTH`; `hex` is lower-case hexadecimal."""

    algorithm: str
    hex: str

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


class Checksum(msgspec.Struct, frozen=True):
    """What a tool computes over an archive that it makes itself, as yarn does over those in its cache.

    It cannot be compared with what a registry serves, only with another one of the same `key`, which says how the
    archive is made. `hex` is empty where the tool writes none although it does for others.
    """

    key: str
    hex: str

    def __str__(self) -> str:
        return f"{self.key}/{self.hex}"


class Outcome(StrEnum):
    """What comparing the bytes with the lockfile's hashes gave."""

    MATCH = "match"
    MISMATCH = "mismatch"
    WEAK = "weak"  # matches, but only by SHA-1 or MD5
    NO_HASH = "no-hash"


def from_sri(text: str) -> tuple[Digest, ...]:
    """Read an SRI string (`sha512-<base64> …`, as npm writes it); unknown or broken parts raise `ValueError`."""
    digests = []
    for part in text.split():
        algorithm, _, encoded = part.split("?")[0].partition("-")
        try:
            digits = base64.b64decode(encoded, validate=True).hex()
        except binascii.Error as error:
            raise ValueError(f"{part[:80]!r} is not an SRI hash") from error
        _check(algorithm, digits)
        digests.append(Digest(algorithm, digits))
    return tuple(digests)


def from_pip(text: str) -> Digest:
    """Read `sha256:<hex>` as pip writes it; raise `ValueError` when it is not that."""
    algorithm, _, digits = text.partition(":")
    digits = digits.lower()
    _check(algorithm, digits)
    if not _DIGITS.issuperset(digits):
        raise ValueError(f"not a {algorithm} hash")
    return Digest(algorithm, digits)


def compare(named: Iterable[Digest], served: Iterable[Digest]) -> Outcome:
    """Compare what the lockfile names with what was computed over the bytes served.

    The strongest algorithm that both know decides (as in the SRI specification): a match in a weak one does not
    outweigh a mismatch in a strong one. Several hashes of one algorithm mean "any of these" (pip, SRI).
    """
    named, computed = tuple(named), set(served)
    known = {digest.algorithm for digest in computed}
    usable = [digest for digest in named if digest.algorithm in known]
    if not usable:
        return Outcome.NO_HASH
    strongest = max(STRENGTH[digest.algorithm] for digest in usable)
    if not any(digest in computed for digest in usable if STRENGTH[digest.algorithm] == strongest):
        return Outcome.MISMATCH
    return Outcome.MATCH if strongest > STRENGTH["sha1"] else Outcome.WEAK


def _check(algorithm: str, digits: str) -> None:
    if algorithm not in STRENGTH:
        raise ValueError(f"{algorithm[:40]!r} is not a hash algorithm Assay knows")
    if len(digits) != LENGTH[algorithm]:
        raise ValueError(f"not a {algorithm} hash")
