"""`assay who`, as an operator asks it at the server on the day an incident breaks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app import cli
from app.core.errors import Reason
from app.core.policy import Action
from app.core.report import FileGap, JudgedGap, Report, Reviewed
from app.core.specimen import NotExamined
from app.store import open_store, upgrade
from tests.builders import a_change, a_judged, a_pin, a_report
from tests.fakes.clock import START
from tests.store.test_deliveries import a_request

Run = Callable[..., tuple[int, str, str]]
FAST = "npm/fast-colour@2.4.1"
HOUR = timedelta(hours=1)
OLDER = (
    "2026-11-23 12:00  acme/shop#7  aaaaaaa  npm/fast-colour@2.4.1 (was 2.4.0)  package-lock.json:31  "
    "through npm/chart-kit@5.2.0  block: credential-theft"
)
UNSEEN = (
    "In 1 repository it may stand unseen: dependency files, or lines of them, could not be read "
    "(`assay who --alert not-examined/unreadable-file`; also unreadable-entry, unpinned, unknown-format)."
)


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'assay.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    upgrade(url)
    return url


@pytest.fixture
def run(url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            cli.main(["who", *map(str, arguments)])
        printed = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return ended.value.code, printed.out, printed.err

    return call


def keep(url: str, *reviewed: Reviewed, hours: int = 0, **place: Any) -> None:
    request = replace(a_request(), **place)
    report: Report = replace(a_report(*reviewed), head_sha=request.head_sha)
    save(url, report, hours, **place)


def save(url: str, report: Report, hours: int = 0, **place: Any) -> None:
    store = open_store(url)
    store.reports.save(replace(a_request(), **place), report, START + hours * HOUR)
    store.close()


def an_intake() -> Reviewed:
    change = a_change(FAST, after=a_pin(FAST, direct=False, line=31), through=("npm/chart-kit@5.2.0",))
    return Reviewed((change,), findings=(a_judged(),))


def test_it_names_the_pull_requests_that_took_a_package_in(run: Run, url: str) -> None:
    keep(url, an_intake())
    keep(url, Reviewed((a_change(FAST, old=None),)), hours=1, repository_id=43, repository="acme/till", number=3)
    keep(url, Reviewed((a_change("npm/other@1.0.0"),)), number=9)
    code, output, errors = run("npm/fast-colour@2.4.1")
    assert output.splitlines() == [
        "2026-11-23 13:00  acme/till#3  aaaaaaa  npm/fast-colour@2.4.1  package-lock.json:12",
        OLDER,
        "2 pull requests in 2 repositories.",
    ]
    assert (code, errors) == (0, "")


def test_a_pull_request_of_many_heads_is_one_line_of_text_and_a_record_for_each_head(run: Run, url: str) -> None:
    for number, letter in enumerate("abc"):
        keep(url, an_intake(), hours=number, head_sha=letter * 40)
    assert run("npm/fast-colour")[1].splitlines()[-1] == "1 pull request in 1 repository."
    records = [json.loads(line) for line in run("npm/fast-colour", "--format", "json")[1].splitlines()]
    assert [record["head_sha"][0] for record in records] == ["c", "b", "a"]
    assert records[0]["pull_request"] == 7
    assert records[0]["through"] == ["npm/chart-kit@5.2.0"]
    assert records[0]["findings"][0]["rule"] == "credential-theft"


def test_the_search_is_narrowed(run: Run, url: str) -> None:
    keep(url, an_intake())
    keep(url, an_intake(), hours=24, repository_id=43, repository="acme/till", number=3)

    def found(*arguments: str) -> list[str]:
        return [line.split()[2] for line in run(*arguments)[1].splitlines()[:-1]]

    assert found("--alert", "credential-theft") == ["acme/till#3", "acme/shop#7"]
    assert found("--action", "block", "--repository", "ACME/shop") == ["acme/shop#7"]
    assert found("npm/fast-colour", "--since", "2026-11-24") == ["acme/till#3"]
    assert found("npm/fast-colour", "--until", "2026-11-24T00:00:00Z") == ["acme/shop#7"]
    assert found("npm/fast-colour@2.4.0") == []


def test_what_could_not_be_read_is_told_beside_an_empty_answer(run: Run, url: str) -> None:
    gap = JudgedGap(NotExamined("yarn.lock", Reason.UNREADABLE_FILE, "line 3: no key"), Action.BLOCK, "why")
    save(url, a_report(file_gaps=(FileGap("yarn.lock", 3, gap),)))
    assert run("npm/nowhere")[1].splitlines() == [
        "Nothing found in the reviews that are kept.",
        UNSEEN,
    ]
    assert run("npm/nowhere", "--format", "json")[1:] == ("", f"{UNSEEN}\n")
    assert run("--alert", "not-examined/unreadable-file")[1].splitlines()[0] == (
        "2026-11-23 12:00  acme/shop#7  aaaaaaa  yarn.lock:3  block: not-examined/unreadable-file"
    )


def test_a_search_for_thousands_goes_through_all_pages(run: Run, url: str) -> None:
    keep(url, *(Reviewed((a_change(f"npm/p-{n}@1.0.0", None),), findings=(a_judged(),)) for n in range(1200)))
    assert len(run("--alert", "credential-theft")[1].splitlines()) == 1201


def test_strangers_words_do_nothing_to_the_terminal(run: Run, url: str) -> None:
    keep(url, Reviewed((a_change(FAST, file="\x1b[2Jlock.json", through=("npm/\u202eevil@1",)),)))
    output = run("npm/fast-colour")[1]
    assert "\x1b" not in output
    assert "U+001B[2Jlock.json" in output
    assert "U+202E" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "assay: Name what to look for: a package, an alert, an action or a repository."),
        (("fast-colour",), "assay: 'fast-colour' is not a package. Write npm/name"),
        (("--repository", "acme/nowhere"), "assay: no repository called 'acme/nowhere' has been reviewed."),
    ],
)
def test_what_cannot_be_asked_is_told(run: Run, arguments: tuple[str, ...], said: str) -> None:
    code, output, errors = run(*arguments)
    assert (code, output) == (2, "")
    assert errors.startswith(said)
