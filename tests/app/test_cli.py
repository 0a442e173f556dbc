"""The `assay` command itself: help, near misses, completion."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app import cli

ASSAY = Path(sys.executable).with_name("assay")


def call(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_command_loads_and_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call(name, "--help") == 0
    assert f"Usage: assay {name}" in capsys.readouterr().out


def test_a_command_that_is_nearly_right_is_offered(capsys: pytest.CaptureFixture[str]) -> None:
    assert call("reviw") == 2
    assert "No such command 'reviw'. Did you mean 'review'?" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script_for_the_shell(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("completion", shell) == 0
    assert "_ASSAY_COMPLETE" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("assay rev", {"review"}),
        ("assay rule install-s", {"install-script"}),
        ("assay review --fail-on ", {"block", "warn"}),
        ("assay completion z", {"zsh"}),
    ],
)
def test_the_shell_is_offered_what_fits(words: str, offered: set[str]) -> None:
    """The words as bash hands them over (click's protocol): an answer is `type,value`."""
    environment = {
        "_ASSAY_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split(" ")) - 1),
    }
    done = subprocess.run([ASSAY], env=environment, capture_output=True, text=True, check=False)
    assert offered <= {line.partition(",")[2] for line in done.stdout.splitlines()}
