"""Take in the body of an answer: counted while it is read, hashed as it comes, kept in memory or in a nameless file."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from urllib3 import BaseHTTPResponse

from app.core.errors import CannotExamine, Reason, RegistryUnavailable
from app.core.integrity import Digest

ALGORITHMS = ("sha512", "sha256", "sha1")
MIB = 1 << 20

_PIECE = 1 << 16  # bytes read at a time


@dataclass(frozen=True, slots=True)
class Document:
    """A small answer, in memory. `url` is where it came from in the end, for relative addresses in it."""

    url: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """An artifact in a file without a name; `content` is open for reading at 0, and closing it deletes it."""

    content: BinaryIO
    size: int
    digests: tuple[Digest, ...]


def receive_document(response: BaseHTTPResponse, url: str, limit: int, what: str) -> Document:
    """Read an answer of at most `limit` bytes, unpacked if it was compressed on its way."""
    pieces = _pieces(response, limit, f"The registry's answer about {what}", decode=True)
    return Document(url, response.headers.get("Content-Type", ""), b"".join(pieces))


def receive_artifact(response: BaseHTTPResponse, limit: int, what: str) -> Stored:
    """Store a file of at most `limit` bytes, exactly as served, with its hashes."""
    hashes = [hashlib.new(algorithm, usedforsecurity=algorithm != "sha1") for algorithm in ALGORITHMS]
    file = _scratch_file(what)
    try:
        size = 0
        for piece in _pieces(response, limit, what, decode=False):
            for one in hashes:
                one.update(piece)
            size += len(piece)
            _write(file, piece, what)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return Stored(file, size, tuple(Digest(one.name, one.hexdigest()) for one in hashes))


def too_large(what: str, limit: int) -> CannotExamine:
    """The error for what is past a limit of size, in bytes."""
    return CannotExamine(Reason.TOO_LARGE, f"{what} is larger than {limit / MIB:g} MiB, the most that Assay fetches.")


def _pieces(response: BaseHTTPResponse, limit: int, what: str, *, decode: bool) -> Iterator[bytes]:
    """The body in pieces. A declared length is advice: it lets us stop early, and is no limit."""
    declared = response.headers.get("Content-Length", "")
    if declared.isdecimal() and (len(declared) > 18 or int(declared) > limit):
        raise too_large(what, limit)
    size = 0
    for piece in response.stream(_PIECE, decode_content=decode):
        size += len(piece)
        if size > limit:
            raise too_large(what, limit)
        yield piece


def _scratch_file(what: str) -> BinaryIO:
    try:
        return tempfile.TemporaryFile(prefix="assay-")
    except OSError as error:
        raise _cannot_keep(what, error) from error


def _write(file: BinaryIO, piece: bytes, what: str) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise _cannot_keep(what, error) from error


def _cannot_keep(what: str, error: OSError) -> RegistryUnavailable:
    return RegistryUnavailable(f"{what} could not be kept on this machine's disk ({error.strerror}).")
