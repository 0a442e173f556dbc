"""Credentials that prove themselves: by a checksum, by a structure, or by a constant part in the middle."""

from __future__ import annotations

from collections.abc import Callable

from app.core.tokens import ANYWHERE, Token, read_token
from worker.inspection.facts.secrets import checksums
from worker.inspection.facts.secrets.formats.form import WORD, proved

_YEAR = 365 * 24 * 3600

OURS = "assay-token"
"""The kind of our own tokens: those that are found whole are compared with what is kept, and revoked."""


def _proves_jwt(token: str) -> bool:
    return checksums.jwt(token) is not None


def _sits_in_json(*keys: str) -> Callable[..., bool]:
    def proof(_token: str, encoded: str) -> bool:
        found = checksums.json_object(encoded) or {}
        return all(key in found for key in keys)

    return proof


def _decodes_to(start: bytes) -> Callable[..., bool]:
    def proof(_token: str, encoded: str) -> bool:
        return (checksums.decoded(encoded) or b"").startswith(start)

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


FORMATS = (
    proved(
        OURS,
        "asy_",
        "[ubw]1_[0-9A-Za-z]{16}_",
        f"({ANYWHERE})",
        lambda token: isinstance(read_token(token), Token),
        "app/core/tokens.py",
        examples=False,
    ),
    proved(
        "github-token",
        "ghp_ gho_ ghu_ ghs_ ghr_",
        "[A-Za-z0-9]{30}",
        r"(gh[pousr]_([A-Za-z0-9]{30})([A-Za-z0-9]{6}))",
        lambda _, body, checksum: checksums.crc32_base62(body, checksum),
        "GitHub's engineering blog on its token formats, 2021",
    ),
    proved(
        "github-app-token",
        "ghs_",
        "[0-9]{1,20}_eyJ",
        rf"(ghs_[0-9]{{1,20}}_({WORD}+\.{WORD}+\.{WORD}+))",
        lambda _, token: _proves_jwt(token),
        "GitHub's changelog on installation tokens",
    ),
    proved(
        "npm-token",
        "npm_",
        "[A-Za-z0-9]{30}",
        r"(npm_([A-Za-z0-9]{30})([A-Za-z0-9]{6}))",
        lambda _, body, checksum: checksums.crc32_base62(body, checksum),
        "GitHub's changelog on npm's token format, 2021",
    ),
    proved(
        "pypi-token",
        "pypi-AgE",
        "",
        rf"(pypi-({WORD}{{60,}}={{0,2}}))",
        lambda _, encoded: checksums.macaroon(encoded),
        "pypitoken and the macaroon library's format 2",
    ),
    proved(
        "gitlab-token",
        "glpat- glrt- glagent- glsoat- glptt- glft- glimt- glcbt- gldt- glffct- gloas-",
        "[A-Za-z0-9_-]{27}",
        rf"(gl[a-z]{{2,6}}-{WORD}{{27,300}}\.(?:[0-9a-z]{{2}}\.)?[0-9a-z]{{9}})",
        checksums.gitlab_routable,
        "GitLab's documentation of routable tokens",
    ),
    proved(
        "azure-storage-key",
        "AccountKey=",
        "[A-Za-z0-9+/]{20}",
        r"AccountKey=([A-Za-z0-9+/]{86}==)",
        lambda key: len(checksums.decoded(key) or b"") == 64,
        "Azure's documentation of connection strings",
    ),
    proved(
        "bedrock-key",
        "ABSKQmVkcm9ja0FQSUtleS",
        "",
        r"(ABSK([A-Za-z0-9+/]{100,300}={0,2}))",
        _decodes_to(b"BedrockAPIKey-"),
        "gitleaks (MIT), rule aws-amazon-bedrock-api-key-long-lived",
    ),
    proved(
        "artifactory-token",
        "cmVmdGtuOj",
        "",
        r"((cmVmdGtuOj[A-Za-z0-9+/]{54}))(?:[^A-Za-z0-9]|$)",
        _decodes_to(b"reftkn:"),
        "gitleaks (MIT), rule artifactory-reference-token",
    ),
    proved(
        "onepassword-token",
        "ops_eyJ",
        "",
        rf"(ops_(eyJ{WORD}{{50,}}={{0,2}}))",
        _sits_in_json("secretKey"),
        "1Password's documentation of service accounts",
    ),
    proved(
        "age-key",
        "AGE-SECRET-KEY-1",
        "",
        r"(AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58})",
        checksums.bech32,
        "age's specification",
    ),
    proved(
        "discord-bot-token",
        "",
        r"\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27}",
        rf"(?:^|[^A-Za-z0-9_-])({WORD}{{23,28}}\.{WORD}{{6}}\.{WORD}{{27,40}})(?:[^A-Za-z0-9_.-]|$)",
        checksums.discord_bot,
        "Discord's developer reference",
        back=29,
    ),
    proved(
        "openai-key",
        "",
        "T3BlbkFJ[A-Za-z0-9_-]{16}",  # the infix of all of them since 2023
        rf"(sk-(?:proj-|svcacct-|admin-|None-)?{WORD}{{16,150}}T3BlbkFJ{WORD}{{16,150}})",
        lambda _: True,
        "gitleaks (MIT), rule openai-api-key",
        back=160,
    ),
    proved(
        "anthropic-key",
        "sk-ant-",
        "",
        rf"(sk-ant-(?:api|admin)[0-9]{{2}}-{WORD}{{93}}AA)",
        lambda _: True,
        "gitleaks (MIT), rules anthropic-api-key and anthropic-admin-api-key",
    ),
    proved(
        "grafana-token",
        "glsa_",
        "[A-Za-z0-9]{32}_",
        r"(glsa_([A-Za-z0-9]{32})_([0-9a-f]{8}))",
        lambda _, secret, checksum: checksums.grafana(secret, checksum),
        "Grafana's source (Apache-2.0 client), satokengen",
    ),
    proved(
        "grafana-cloud-token",
        "glc_eyJ",
        "",
        r"(glc_(eyJ[A-Za-z0-9+/]{30,400}={0,2}))",
        _sits_in_json("o", "n", "k"),
        "Grafana's documentation of access policies",
    ),
    proved(
        "grafana-key",
        "eyJrIjoi",
        "",
        r"((eyJrIjoi[A-Za-z0-9+/]{60,400}={0,2}))",
        _sits_in_json("k", "n", "id"),
        "gitleaks (MIT), rule grafana-api-key",
    ),
    proved(
        "sentry-token",
        "sntrys_eyJ",
        "",
        r"(sntrys_(eyJ[A-Za-z0-9+/]{20,}={0,2})_[A-Za-z0-9+/]{43})",
        _sits_in_json("iat"),
        "Sentry's RFC 0091 on organisation tokens",
    ),
    proved(
        "jwt",
        "eyJ",
        r"[A-Za-z0-9_-]{8,}\.eyJ",
        rf"(eyJ{WORD}{{8,}}\.eyJ{WORD}{{8,}}\.{WORD}{{20,}})",
        lasts,
        "RFC 7519",
    ),
)
