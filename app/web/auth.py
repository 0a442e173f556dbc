"""What a request brings to prove who sends it: one token in its one place, read strictly, before anything is looked up.

The order is the specification's: transport, header, length, pattern, checksum. Nothing here touches the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import parse_qsl

import re2
from flask import Request

from app.core.tokens import ANYWHERE, Malformed, Token, read_token
from app.web.body import whole_body

NAMES = frozenset({"access_token", "api_key", "api_token", "apikey", "auth", "authorization", "bearer", "token"})
"""Query keys that look as if somebody puts a token there."""
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded")
LARGEST_FORM = 16_384  # bytes of a form that is searched for a token

_TOKEN = re2.compile(ANYWHERE)
_FORM = "application/x-www-form-urlencoded"


class Fault(StrEnum):
    """What is wrong with how a request shows its token; the codes of the API's errors."""

    MISSING = "authentication_required"
    HEADER = "invalid_request"
    URL = "token_in_url"
    TRANSPORT = "insecure_transport"
    MALFORMED = "malformed_token"


@dataclass(frozen=True, slots=True)
class Faulty:
    """No token can be taken from this request, and one sentence why."""

    fault: Fault
    detail: str


def misplaced(request: Request) -> Faulty | None:
    """A token where none belongs, on any route: addresses end up in logs and histories."""
    query = request.query_string.decode("latin-1")
    pairs = parse_qsl(query, keep_blank_values=True)
    texts = (request.path, query, *(text for pair in pairs for text in pair))
    if any(key.lower() in NAMES for key, _ in pairs) or any(_TOKEN.search(text) for text in texts):
        detail = "Addresses are logged. Send the token as `Authorization: Bearer …`, and replace one that stood here."
        return Faulty(Fault.URL, detail)
    if any(_TOKEN.search(value) for value in request.cookies.values()):
        return Faulty(Fault.HEADER, "Cookies are not taken. Send the token as `Authorization: Bearer …`.")
    return None


def presented(request: Request) -> Token | Faulty:
    """The one token of a request."""
    header = request.headers.get("Authorization")
    if header is not None and not is_private(request):
        detail = (
            "A token was sent in clear and may have been read on its way: replace it, and use https. "
            "A proxy that ends TLS must send X-Forwarded-Proto, and be counted in ASSAY_PROXIES."
        )
        return Faulty(Fault.TRANSPORT, detail)
    if _in_form(request):
        return Faulty(Fault.HEADER, "A token in a form is not taken. Send it as `Authorization: Bearer …`.")
    if header is None:
        return Faulty(Fault.MISSING, "This route wants an API token: `Authorization: Bearer …`.")
    scheme, _, text = header.partition(" ")
    if scheme.lower() != "bearer" or not text or not text.isascii() or any(sign in text for sign in ' ,"\t'):
        return Faulty(Fault.HEADER, "The Authorization header must be `Bearer`, one space, and one token.")
    token = read_token(text)
    if isinstance(token, Malformed):
        return Faulty(Fault.MALFORMED, f"This is no token: {token}.")
    return token


def is_private(request: Request) -> bool:
    """Whether nobody on the way can read it: https by our own or a trusted proxy's word, or the same machine.

    A peer on this machine that forwards for others is a proxy that nobody told of, or one that was reached in clear.
    """
    if request.is_secure:
        return True
    if any(name in request.headers for name in FORWARDED):
        return False
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return False


def address_of(request: Request) -> str:
    """The client's address: the peer's, or what the trusted proxies say (`ProxyFix`); "" on a socket without one."""
    return request.remote_addr or ""


def _in_form(request: Request) -> bool:
    if request.mimetype != _FORM or (request.content_length or 0) > LARGEST_FORM:
        return False
    body = whole_body(keep=True)[:LARGEST_FORM].decode("latin-1")
    return any(key == "access_token" for key, _ in parse_qsl(body, keep_blank_values=True))
