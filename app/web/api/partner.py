"""Reports of GitHub's secret scanning (the partner programme's shape): signed with ECDSA P-256 over the raw body.

Off unless the operator names the address of the keys: it is for whoever runs an instance that GitHub knows.
"""

from __future__ import annotations

import base64
import binascii
import logging
from datetime import datetime

import msgspec
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import request

from app.core.tokens import LONGEST_HEADER
from app.web.api.holding import Taken, take_leaks
from app.web.api.key_ring import Fetch, Keys, download, read_document
from app.web.api.problems import Problem
from app.web.api.route import Call, KeyRing, Reply
from app.web.body import whole_body

log = logging.getLogger(__name__)


class Report(msgspec.Struct):
    """One found text."""

    token: str
    type: str = ""
    url: str = ""
    source: str = ""


class _Published(msgspec.Struct):
    key_identifier: str
    key: str


class _Document(msgspec.Struct):
    public_keys: list[_Published]


def published_keys(url: str, fetch: Fetch = download) -> Keys[str]:
    """The public keys at this address, as PEM by their id."""

    def look() -> dict[str, str]:
        return {one.key_identifier: one.key for one in read_document(fetch(url), _Document).public_keys}

    return Keys(look)


def report_github_leaks(call: Call) -> Reply:
    """Take in GitHub's report of tokens that it found. Real ones are revoked, with their families."""
    if call.house.keys is None:
        raise Problem("not_found", "This installation takes no reports of GitHub's secret scanning.")
    body = whole_body()
    _check(call.house.keys, call.now, body)
    try:
        reports = msgspec.json.decode(body, type=list[Report])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Problem("invalid_input", "The body is no list of {token, type, url, source}.") from error
    places: dict[str, list[str]] = {}
    for report in reports:
        if len(report.token) <= LONGEST_HEADER:
            places.setdefault(f"{report.source} {report.url}".strip()[:300], []).append(report.token)
    for where, texts in places.items():
        take_leaks(call, tuple(texts), f"GitHub secret scanning: {where or 'a place that was not told'}")
    return Reply(Taken())


def _check(keys: KeyRing, now: datetime, body: bytes) -> None:
    key_id = request.headers.get("Github-Public-Key-Identifier", "")
    signature = request.headers.get("Github-Public-Key-Signature", "")
    if not key_id or not signature:
        raise Problem("bad_signature", "Github-Public-Key-Identifier or Github-Public-Key-Signature is missing.")
    try:
        pem = keys.get(key_id, now)
    except OSError as error:
        log.warning("keys of secret scanning out of reach", extra={"why": str(error)})
        raise Problem("unavailable", "The keys of GitHub's secret scanning cannot be had now.", retry=60) from error
    if pem is None or not is_signed(body, signature, pem):
        log.warning("report of leaks refused", extra={"bytes": len(body), "key_known": pem is not None})
        raise Problem("bad_signature", "The signature does not fit the body.")


def is_signed(body: bytes, signature: str, pem: str) -> bool:
    """Whether this is the key's ECDSA signature (base64 of DER) of the body."""
    try:
        key = load_pem_public_key(pem.encode())
        raw = base64.b64decode(signature, validate=True)
    except (ValueError, TypeError, UnsupportedAlgorithm, binascii.Error):
        return False
    if not isinstance(key, EllipticCurvePublicKey):
        return False
    try:
        key.verify(raw, body, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True
