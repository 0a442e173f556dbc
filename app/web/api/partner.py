"""Reports of GitHub's secret scanning (the partner programme's shape): signed with ECDSA P-256 over the raw body.

Off unless the operator names the address of the keys: it is for whoever runs an instance that GitHub knows.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

import msgspec
import requests
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from flask import request

from app.core.tokens import LONGEST_HEADER
from app.web.api.holding import Taken, take_leaks
from app.web.api.problems import Problem
from app.web.api.route import Call, KeyRing, Reply
from app.web.body import whole_body

log = logging.getLogger(__name__)

KEPT = timedelta(minutes=30)
AGAIN = timedelta(minutes=1)  # an unknown key id makes us look this often at most
PATIENCE = 5.0  # seconds
LARGEST_KEYS = 256 << 10  # bytes
Fetch = Callable[[str], bytes]


class Report(msgspec.Struct):
    """One found text."""

    token: str
    type: str = ""
    url: str = ""
    source: str = ""


class Keys:
    """The public keys by id, kept for half an hour."""

    def __init__(self, url: str, fetch: Fetch | None = None) -> None:
        self._url = url
        self._fetch = fetch or download
        self._pems: dict[str, str] = {}
        self._fetched: datetime | None = None
        self._lock = Lock()

    def get(self, key_id: str, now: datetime) -> str | None:
        """The key as PEM; None when nobody knows it. Raise `OSError` when it cannot be looked up."""
        with self._lock:
            age = None if self._fetched is None else now - self._fetched
            if age is None or age > KEPT or (key_id not in self._pems and age > AGAIN):
                self._pems = _read_keys(self._fetch(self._url))
                self._fetched = now
            return self._pems.get(key_id)


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


def download(url: str) -> bytes:
    """The document with the keys, bounded in time and size; nobody is followed elsewhere."""
    try:
        with requests.get(url, timeout=PATIENCE, stream=True, allow_redirects=False) as response:
            response.raise_for_status()
            body = response.raw.read(LARGEST_KEYS + 1, decode_content=True)
    except requests.RequestException as error:
        raise OSError(f"the keys were not to be had: {type(error).__name__}") from error
    if len(body) > LARGEST_KEYS:
        raise OSError("the document with the keys is too large")
    return bytes(body)


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


def _read_keys(document: bytes) -> dict[str, str]:
    try:
        keys: Any = msgspec.json.decode(document)["public_keys"]
        return {str(key["key_identifier"]): str(key["key"]) for key in keys}
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise OSError("the document with the keys cannot be read") from error
