"""`assay tokens …`, as an operator uses it at the server."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.core.tokens import Token, read_token
from app.store import open_store
from app.store.database import Database
from app.store.schema import audit

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'assay.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("ASSAY_TOKEN_PEPPER", "a pepper of the tests that is long enough")
    return url


@pytest.fixture
def run(url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["tokens", *map(str, arguments)])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


def a_token(output: str) -> Token:
    token = read_token(output.strip())
    assert isinstance(token, Token), token
    return token


def records(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_a_token_is_printed_once_and_only_it_stands_on_standard_output(run: Run, url: str) -> None:
    code, output, errors = run("create", "ci", "--scope", "reviews:read", "--yes-print")
    token = a_token(output)
    assert code == 0
    assert "reviews:read" in errors
    assert token.text not in errors
    for command in (["list"], ["show", token.id], ["audit"], ["list", "--format", "json"]):
        _, shown, _ = run(*command)
        assert token.id in shown
        assert token.text not in shown
        assert token.text[24:40] not in shown
    path = Path(url.removeprefix("sqlite:///"))
    assert token.text[24:40].encode() not in b"".join(each.read_bytes() for each in path.parent.glob("assay.db*"))


def test_a_token_is_not_written_to_a_pipe_unless_that_is_meant(run: Run) -> None:
    for command in (["bootstrap"], ["create", "ci"]):
        code, output, errors = run(*command)
        assert (code, output) == (2, "")
        assert "add --yes-print" in errors
    assert run("list")[1] == ""


def test_on_a_terminal_it_is_printed(url: str) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "app.cli", "tokens", "bootstrap"]
    subprocess.run(command, stdout=theirs, stderr=subprocess.DEVNULL, check=True)
    os.close(theirs)
    assert a_token(os.read(ours, 4096).decode()).kind == "b"
    os.close(ours)


def test_a_second_first_token_is_refused_with_what_to_do(run: Run) -> None:
    assert run("bootstrap", "--yes-print")[0] == 0
    code, output, errors = run("bootstrap", "--yes-print")
    assert (code, output) == (2, "")
    assert "Use it, or revoke it first (`assay tokens list`)." in errors


def test_tokens_are_listed_shown_rotated_and_revoked(run: Run) -> None:
    old = a_token(run("create", "ci", "--installation", 7, "--network", "192.0.2.0/24", "--yes-print")[1])
    new = a_token(run("rotate", old.id, "--overlap", 0, "--yes-print")[1])
    (listed,) = records(run("list", "--format", "json")[1])
    assert (listed["id"], listed["family"], listed["networks"]) == (new.id, old.id, ["192.0.2.0/24"])
    assert [one["status"] for one in records(run("list", "--all", "--format", "json")[1])] == ["superseded", "live"]
    assert "superseded_by  " + new.id in run("show", old.id)[1]
    assert run("revoke", "--installation", 7, "--why", "the installation went")[1].splitlines() == [
        f"revoked {old.id}",
        f"revoked {new.id}",
        "2 revoked.",
    ]
    assert run("list")[1] == ""
    assert "the installation went" in run("show", new.id)[1]
    assert run("revoke", new.id)[1].startswith("Nothing to revoke")
    assert run("usage", new.id)[1] == "Not used in the last 7 days.\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["show", "nobody"], "there is no token 'nobody'. `assay tokens list --all` names them."),
        (["revoke", "nobody"], "there is no token 'nobody'."),
        (["revoke"], "Name a token, or --family, --creator or --installation."),
        (["create", "ci", "--days", "400", "--yes-print"], "Such a token lives at most 366 days"),
        (
            ["create", "ci", "--days", "31", "--scope", "tokens:read", "--yes-print"],
            "Such a token lives at most 30 days",
        ),
        (["create", "ci", "--network", "10.0.0.1/8", "--yes-print"], "'10.0.0.1/8' is not a network"),
        (["create", "ci", "--scope", "everything", "--yes-print"], "'everything' is not one of 'packages:read'"),
    ],
)
def test_wrong_use_exits_2_and_says_what_is_wrong(run: Run, arguments: list[str], complaint: str) -> None:
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "")
    assert complaint in errors


def test_without_a_pepper_nothing_is_made_and_the_way_to_one_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_TOKEN_PEPPER")
    assert "make one with: openssl rand -base64 32" in run("list")[2]
    monkeypatch.setenv("ASSAY_TOKEN_PEPPER", "short")
    code, _, errors = run("list")
    assert code == 2
    assert "ASSAY_TOKEN_PEPPER is shorter than 32 characters" in errors
    assert "short\n" not in errors.replace("shorter", "")


def test_the_audit_shows_what_was_done_and_a_changed_event_is_found(run: Run, url: str) -> None:
    token = a_token(run("create", "ci", "--yes-print")[1])
    run("revoke", token.id, "--why", "no longer needed")
    lines = run("audit")[1].splitlines()
    assert [line.split()[3:6] for line in lines] == [["created", token.id, "by"], ["revoked", token.id, "by"]]
    assert lines[1].endswith("by operator: no longer needed")
    assert run("audit", "--verify")[:2] == (0, "2 events, and the chain is whole.\n")
    assert [one["number"] for one in records(run("audit", "--token", token.id, "--format", "json")[1])] == [1, 2]

    database = Database(url)
    database.write(
        lambda connection: connection.execute(audit.update().where(audit.c.sequence == 1).values(detail="x"))
    )
    database.close()
    code, output, errors = run("audit", "--verify")
    assert (code, output) == (1, "")
    assert "The chain is broken at event 1" in errors
    open_store(url).close()
