"""What commands print: colours only where they are wanted, lines as wide as the terminal, nothing of it in a pipe."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from worker.commands.output import fold

SCRIPT = "from worker.commands.output import print_lines; print_lines(['BLOCK  ' + 'word ' * 20, '       why'])"


def on_a_terminal(**variables: str) -> str:
    """What the script prints on a terminal of 60 columns."""
    ours, theirs = pty.openpty()
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "60", "TERM": "xterm", **variables}
    subprocess.run([sys.executable, "-c", SCRIPT], stdout=theirs, stdin=theirs, env=environment, check=True)
    os.close(theirs)
    text = b""
    while chunk := _read(ours):
        text += chunk
    os.close(ours)
    return text.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # how Linux says that the other side is closed
        return b""


def test_a_terminal_gets_colours_and_lines_of_its_width() -> None:
    text = on_a_terminal()
    assert "\x1b[31mBLOCK" in text
    assert max(len(line.replace("\x1b[31m", "").replace("\x1b[0m", "")) for line in text.splitlines()) <= 60
    assert text.splitlines()[1].startswith("    word")


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_means_no_colour(variables: dict[str, str]) -> None:
    assert "\x1b[" not in on_a_terminal(**variables)


def test_an_empty_no_color_says_nothing() -> None:
    assert "\x1b[31m" in on_a_terminal(NO_COLOR="")


def test_a_pipe_gets_plain_lines_of_any_width() -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["BLOCK  " + "word " * 20, "       why"]


def test_folded_lines_keep_every_word_and_never_break_one() -> None:
    line = "         scripts/setup.js:11  POST to drop.example with what line 7 read"
    assert fold(line, 50).split() == line.split()
    assert fold("x" * 100, 50) == "x" * 100
    assert fold(line, 200) == line
