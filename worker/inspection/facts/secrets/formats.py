"""The forms of credentials that prove themselves: how each begins, its whole, and the proof.

A clue is what the one pass over a file looks for; it is long enough to be rare. Facts about the forms come from the
providers' documentation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import re2

from app.core.tokens import ANYWHERE, Token, read_token
from worker.inspection.facts.secrets import checksums

_YEAR = 365 * 24 * 3600
_WORD = "[A-Za-z0-9_-]"


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of token. `clue` is a pattern over bytes; `whole` begins at most `back` bytes before it.

    Group 1 of `whole` is the token; `proof` is asked with all groups. `own_prefix` says that its first four characters
    are the same for all tokens of the kind, so that they may be shown, `examples` that some are published as examples.
    """

    credential: str
    clue: bytes
    whole: Any
    proof: Callable[..., bool]
    back: int = 0
    own_prefix: bool = True
    examples: bool = True


def _proves_jwt(token: str) -> bool:
    return checksums.jwt(token) is not None


def _sits_in_json(key: str) -> Callable[..., bool]:
    def proof(_token: str, encoded: str) -> bool:
        return key in (checksums.json_object(encoded) or {})

    return proof


def lasts(token: str) -> bool:
    """Whether a JSON Web Token is signed and never ends, or lives for more than a year; public ones do not count."""
    parts = checksums.jwt(token)
    if parts is None or str(parts[0]["alg"]).lower() == "none" or parts[1].get("role") == "anon":
        return False
    ends, begins = parts[1].get("exp"), parts[1].get("iat", 0)
    if ends is None:
        return "sub" in parts[1] or "iss" in parts[1] or "role" in parts[1]
    return isinstance(ends, int) and isinstance(begins, int) and begins > 0 and ends - begins > _YEAR


def _of(credential: str, clue: bytes, whole: str, proof: Callable[..., bool], **more: Any) -> Format:
    return Format(credential, clue, re2.compile(whole), proof, **more)


OURS = "assay-token"
"""The kind of our own tokens: those that are found whole are compared with what is kept, and revoked."""

FORMATS = (
    _of(
        OURS,
        rb"asy_[ubw]1_[0-9A-Za-z]{16}_",
        f"({ANYWHERE})",
        lambda token: isinstance(read_token(token), Token),
        examples=False,
    ),
    _of(
        "github-token",
        rb"gh[pousr]_[A-Za-z0-9]{30}",
        r"(gh[pousr]_([A-Za-z0-9]{30})([A-Za-z0-9]{6}))",
        lambda _, body, checksum: checksums.crc32_base62(body, checksum),
    ),
    _of(
        "github-app-token",
        rb"ghs_[0-9]{1,20}_eyJ",
        rf"(ghs_[0-9]{{1,20}}_({_WORD}+\.{_WORD}+\.{_WORD}+))",
        lambda _, token: _proves_jwt(token),
    ),
    _of(
        "npm-token",
        rb"npm_[A-Za-z0-9]{30}",
        r"(npm_([A-Za-z0-9]{30})([A-Za-z0-9]{6}))",
        lambda _, body, checksum: checksums.crc32_base62(body, checksum),
    ),
    _of(
        "pypi-token",
        rb"pypi-AgE",
        rf"(pypi-({_WORD}{{60,}}={{0,2}}))",
        lambda _, encoded: checksums.macaroon(encoded),
    ),
    _of(
        "gitlab-token",
        rb"gl(?:pat|rt|agent|soat|ptt|ft|imt|cbt|dt|ffct|oas)-[A-Za-z0-9_-]{27}",
        rf"(gl[a-z]{{2,6}}-{_WORD}{{27,300}}\.(?:[0-9a-z]{{2}}\.)?[0-9a-z]{{9}})",
        checksums.gitlab_routable,
    ),
    _of(
        "azure-storage-key",
        rb"AccountKey=[A-Za-z0-9+/]{20}",
        r"AccountKey=([A-Za-z0-9+/]{86}==)",
        lambda key: len(checksums.decoded(key) or b"") == 64,
        own_prefix=False,
    ),
    _of(
        "onepassword-token",
        rb"ops_eyJ",
        rf"(ops_(eyJ{_WORD}{{50,}}={{0,2}}))",
        _sits_in_json("secretKey"),
    ),
    _of("age-key", rb"AGE-SECRET-KEY-1", r"(AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58})", checksums.bech32),
    _of(
        "discord-bot-token",
        rb"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}",
        rf"(?:^|[^A-Za-z0-9_-])({_WORD}{{23,28}}\.{_WORD}{{6}}\.{_WORD}{{27,40}})(?:[^A-Za-z0-9_.-]|$)",
        checksums.discord_bot,
        back=29,
        own_prefix=False,
    ),
    _of(
        "openai-key",
        rb"T3BlbkFJ[A-Za-z0-9_-]{16}",  # the infix of all of them since 2023
        rf"(sk-(?:proj-|svcacct-|admin-|None-)?{_WORD}{{16,150}}T3BlbkFJ{_WORD}{{16,150}})",
        lambda _: True,
        back=160,
        own_prefix=False,
    ),
    _of(
        "anthropic-key",
        rb"sk-ant-",
        rf"(sk-ant-(?:api|admin)[0-9]{{2}}-{_WORD}{{93}}AA)",
        lambda _: True,
    ),
    _of(
        "grafana-token",
        rb"glsa_[A-Za-z0-9]{32}_",
        r"(glsa_([A-Za-z0-9]{32})_([0-9a-f]{8}))",
        lambda _, secret, checksum: checksums.grafana(secret, checksum),
    ),
    _of(
        "sentry-token",
        rb"sntrys_eyJ",
        r"(sntrys_(eyJ[A-Za-z0-9+/]{20,}={0,2})_[A-Za-z0-9+/]{43})",
        _sits_in_json("iat"),
    ),
    _of(
        "jwt",
        rb"eyJ[A-Za-z0-9_-]{8,}\.eyJ",
        rf"(eyJ{_WORD}{{8,}}\.eyJ{_WORD}{{8,}}\.{_WORD}{{20,}})",
        lasts,
        own_prefix=False,
    ),
)
