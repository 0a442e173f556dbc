"""Structured events on standard error: delivery and review ids bound to every line, secrets struck out of all of it.

Other rooms use `logging` as it is: the message names the event, `extra={…}` holds its fields. Nothing but the root
handler writes, so nothing gets past the redaction: messages, arguments, fields and tracebacks alike.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

import re2

LONGEST = 16_384  # characters of one field
STRUCK = "[redacted]"
CHATTY = ("alembic", "urllib3")  # libraries whose everyday messages help nobody

# also as WSGI's environment writes them (HTTP_X_HUB_SIGNATURE_256)
_HEADERS = r"(?i)((?:\b|_)(?:(?:proxy[-_])?authorization|(?:set[-_])?cookie|x[-_]hub[-_]signature(?:[-_]256)?))"
_NAMES = r"(?i)(secret|passw(?:or)?d|passphrase|private[-_]?key|api[-_]?key|_auth(?:token)?|token)"
_PATTERNS = [
    (re2.compile(pattern), replacement)
    for pattern, replacement in (
        (r"(?s)-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----.*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|\z)", STRUCK),
        (_HEADERS + r"(\s*[:=]\s*)[^\s\"'][^\r\n]*", rf"\1\2{STRUCK}"),  # as a header line
        (_HEADERS + r"([\"']?\s*[:=,]\s*)b?(?:\"[^\"\r\n]*\"?|'[^'\r\n]*'?)", rf"\1\2{STRUCK}"),  # in a repr or JSON
        (r"(?i)\b(bearer|token|basic)(\s+)[A-Za-z0-9._~+/=-]{16,}", rf"\1\2{STRUCK}"),
        (
            _NAMES + r"([a-z0-9_]*[\"']?\s*[:=]\s*\(?)b?(?:\"[^\"\r\n]*\"?|'[^'\r\n]*'?|[^\s\"'&,;()\[\]{}]+)",
            rf"\1\2{STRUCK}",
        ),  # a setting, a field of JSON, an argument of an address
        (r"\basy_[A-Za-z0-9_]{8,}|asy_[a-z][0-9]_[A-Za-z0-9_]{8,}", STRUCK),  # the latter within a longer word, too
        (r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-AgE[A-Za-z0-9_-]{16,}", STRUCK),
        (r"\bgithub_pat_[A-Za-z0-9_]{10,}", STRUCK),
        (r"\bgh[a-z]_[A-Za-z0-9._-]{16,}", STRUCK),
        (r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?", STRUCK),
        (r"\b(?:sha1|sha256)=[0-9a-fA-F]{40,64}\b", STRUCK),
        (r"(?i)(%3a%2f%2f)[^\s\"'&/]*%40", rf"\1{STRUCK}%40"),
        (r"([A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s\"'@]*(?:@[^/?#\s\"'@]*)*@", rf"\1{STRUCK}@"),
    )
]
_SECRET_NAME = re2.compile(_NAMES)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

_bound: ContextVar[dict[str, object] | None] = ContextVar("bound", default=None)


def configure(level: str = "INFO", stream: TextIO | None = None, *, readable: bool | None = None) -> None:
    """Send all logging of this process to one handler. `readable` lines instead of JSON: on a terminal, if not told."""
    stream = stream or sys.stderr
    readable = stream.isatty() if readable is None else readable
    handler = logging.StreamHandler(stream)
    handler.setFormatter(ReadableFormatter() if readable else JsonFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in CHATTY:
        logging.getLogger(chatty).setLevel(logging.WARNING)
    logging.captureWarnings(capture=True)
    logging.raiseExceptions = False  # a broken log call would print its raw arguments
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add fields to every line that is logged while the block runs, in this thread or task."""
    token = _bound.set((_bound.get() or {}) | fields)
    try:
        yield
    finally:
        _bound.reset(token)


def redact(text: str) -> str:
    """Strike out everything that looks like a credential, and cut what is too long."""
    clean = text.encode("utf-8", "backslashreplace").decode()
    for pattern, replacement in _PATTERNS:
        clean = pattern.sub(replacement, clean)
    return clean if len(clean) <= LONGEST else clean[:LONGEST] + "…"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, event, then the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record, redacted."""
        return json.dumps(_event(self, record), ensure_ascii=False)


class ReadableFormatter(logging.Formatter):
    """One line for people: time, level, event, fields; a traceback on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record, redacted; control characters cannot forge a line."""
        event = _event(self, record)
        error = event.pop("error", None)
        head = f"{event.pop('time')[11:19]} {event.pop('level'):<7} {event.pop('event')}"
        event.pop("logger")
        line = " ".join([head, *(f"{name}={value}" for name, value in event.items())])
        printable = "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
        return printable if error is None else f"{printable}\n{error}"


def _event(formatter: logging.Formatter, record: logging.LogRecord) -> dict[str, Any]:
    fields = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    event: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": redact(record.getMessage()),
    }
    event |= {name: _field(name, value) for name, value in ((_bound.get() or {}) | fields).items()}
    if record.exc_info:
        event["error"] = redact(formatter.formatException(record.exc_info))
    if record.stack_info:
        event["stack"] = redact(record.stack_info)
    return event


def _field(name: str, value: object) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    return STRUCK if _SECRET_NAME.search(name) else redact(str(value))


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("assay").critical("uncaught error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(hook: threading.ExceptHookArgs) -> None:
    if hook.exc_value is not None:
        _log_uncaught(hook.exc_type, hook.exc_value, hook.exc_traceback)
