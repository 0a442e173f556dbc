"""The body of a request, whole or not at all."""

from __future__ import annotations

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge, RequestTimeout


def whole_body(*, keep: bool = False) -> bytes:
    """The body; 408 when it did not arrive whole (the server stops reading from whoever takes too long).

    It can be read once, unless it is to `keep`.
    """
    try:
        body = request.get_data(cache=keep)
    except RequestEntityTooLarge:
        raise
    except Exception as error:  # each server has its own for a body that breaks off
        raise RequestTimeout from error
    if request.content_length is not None and len(body) < request.content_length:
        raise RequestTimeout
    return body
