"""The `assay run` command: web process and one worker for development, with your settings in the environment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

import click

from app.valkey import running_valkey

STOP_SECONDS = 20.0


@click.command()
def command() -> int:
    """Run the web process and one worker until stopped; a Valkey too, unless REDIS_URL names one."""
    with ExitStack() as stack:
        environment = {"ASSAY_ENV": "development", **os.environ}
        if not environment.get("REDIS_URL"):
            environment["REDIS_URL"] = stack.enter_context(running_valkey()).url
            click.echo("Started a Valkey of its own; it keeps nothing when this ends.", err=True)
        processes = [_started("serve", environment), _started("work", environment)]
        stack.callback(_stop, processes)
        return _wait(processes)


def _started(name: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app.cli", name], env=environment)


def _wait(processes: Sequence[subprocess.Popen[bytes]]) -> int:
    """Wait until one ends (its exit code is ours) or somebody says stop."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            for process in processes:
                if process.poll() is not None:
                    return process.returncode
            time.sleep(0.2)
    except KeyboardInterrupt:
        return 0


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
