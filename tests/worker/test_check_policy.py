"""`assay check-policy`: a policy file is right, or every problem in it is told with line and column."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app import cli

WRONG = """\
version: 1
preset: balancd
rules:
  - alrt: install-script
    action: ignore
"""


def check(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(["check-policy", *map(str, arguments)])
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_every_problem_is_told_with_line_and_column(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "assay.yml"
    path.write_text(WRONG)
    assert check(path) == 1
    lines = capsys.readouterr().out.splitlines()
    assert (
        lines[0]
        == f'{path} line 2, column 9: "balancd" is not one of quiet, balanced, strict. Did you mean "balanced"?'
    )
    assert lines[1] == f'{path} line 4, column 5: "alrt" is not a key of a rule. Did you mean "alert"?'


def test_a_file_that_is_right_says_what_it_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "assay.yml"
    path.write_text("version: 1\npreset: strict\n")
    assert check(path) == 0
    assert capsys.readouterr().out == f"{path}: preset strict, 0 rules before it. Nothing is wrong with it.\n"


def test_an_alert_that_no_rule_raises_is_a_problem_and_a_near_one_is_offered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "assay.yml"
    path.write_text("version: 1\nrules:\n  - alert: instal-script\n    action: block\n")
    assert check(path) == 1
    assert '"instal-script" is not an alert. Did you mean "install-script"?' in capsys.readouterr().out


def test_an_exception_that_ended_is_told_and_does_no_harm(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "assay.yml"
    path.write_text(
        "version: 1\nrules:\n  - alert: install-script\n    action: ignore\n    reason: known\n    owner: us\n"
        "    until: 2020-01-01\n"
    )
    assert check(path) == 0
    assert (
        "line 3: the exception for install-script ended on 2020-01-01 and no longer counts." in capsys.readouterr().out
    )


def test_programs_get_one_object_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    right, wrong = tmp_path / "right.yml", tmp_path / "wrong.yml"
    right.write_text("version: 1\n")
    wrong.write_text("version: 2\n")
    assert check(right, wrong, "--format", "json") == 1
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {"schema": 1, "file": str(right), "problems": [], "notes": []}
    assert second["problems"] == [{"line": 1, "column": 10, "message": "The only version of this file is 1."}]


def test_a_file_that_is_not_there_exits_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path / "missing.yml") == 2
    assert "missing.yml: No such file or directory" in capsys.readouterr().err
