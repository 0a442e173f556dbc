"""Pages: calm, complete, and closed to whatever strangers wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from flask.testing import FlaskClient

from app.core.errors import Reason
from app.core.finding import Evidence, Words
from app.core.package import Package
from app.core.policy import Action, Conclusion, PolicyProblem
from app.core.report import FileGap, FileRead, JudgedGap, Report, Reviewed
from app.core.specimen import FactId, NotExamined
from app.store import MemoryStore
from tests.builders import NPM, a_change, a_judged, a_pin, a_report
from tests.fakes.clock import START
from tests.store.test_catalogues import a_catalogue
from tests.store.test_deliveries import a_request
from tests.web.conftest import HOST


def text_of(html: str) -> str:
    """What a reader sees, on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.partition("<main>")[2].partition("</main>")[0]).split())


def page(client: FlaskClient, path: str, status: int = 200) -> str:
    """A page that was found."""
    response = client.get(path, base_url=HOST, headers={"Accept": "text/html"})
    assert (response.status_code, response.mimetype) == (status, "text/html")
    return response.text


def test_the_start_says_what_this_is(client: FlaskClient) -> None:
    assert "What could not be examined is never shown as clean." in text_of(page(client, "/"))


def test_the_rules_are_those_that_workers_published(client: FlaskClient, store: MemoryStore) -> None:
    assert "No worker has started yet." in page(client, "/rules")
    store.catalogues.publish(a_catalogue("1.0"), START)
    assert text_of(page(client, "/rules")) == (
        "Rules These rules run here. Engine 1.0. Supply chain install-script high Runs commands at install time."
    )
    assert text_of(page(client, "/rules/install-script")) == (
        "Runs commands at install time. install-script severity high confidence high · npm, pypi · since 0.1 "
        "Installing should only copy files. Looks at Scripts. All rules"
    )


@pytest.mark.parametrize("path", ["/rules/unknown", "/nowhere", "/reports/" + "x" * 32, "/reports/" + "x" * 5000])
def test_what_is_not_there_is_said_calmly(client: FlaskClient, path: str) -> None:
    assert text_of(page(client, path, 404)) == "Not Found There is nothing here. Back to the start"


def a_full_report() -> Report:
    """A block, a gap, an unreadable line and a policy problem."""
    gap = JudgedGap(
        NotExamined("imgpress-3.0.0.tar.gz", Reason.TOO_LARGE, "434 MiB, past 100 MiB."),
        Action.BLOCK,
        "what is not examined blocks",
    )
    line = JudgedGap(NotExamined("x", Reason.UNREADABLE_ENTRY, "no version"), Action.WARN, "the policy warns")
    blocked = Reviewed(
        (a_change(through=("npm/chart-kit@5.2.0",), direct_line=18),),
        capabilities=(FactId.NETWORK, FactId.INSTALL_SCRIPT),
        gained=(FactId.INSTALL_SCRIPT,),
        findings=(a_judged(),),
    )
    return a_report(
        Reviewed((a_change("npm/left-pad@1.3.0", None),)),
        Reviewed((a_change("pypi/imgpress@3.0.0", None, file="requirements.txt"),), gaps=(gap,)),
        blocked,
        conclusion=Conclusion.FAILURE,
        files=(FileRead("package-lock.json", "package-lock", 318), FileRead("Gemfile.lock", None)),
        file_gaps=(FileGap("requirements.txt", 3, line),),
        policy_problems=(PolicyProblem(7, 5, '"acton" is not a key of a rule. Did you mean "action"?'),),
        retry_at="2026-11-23T14:20:00+00:00",
    )


def test_a_report_is_told_in_full(client: FlaskClient, store: MemoryStore) -> None:
    address = store.reports.save(a_request(), a_full_report(), START)
    assert text_of(page(client, f"/reports/{address}")) == (
        "acme/shop #7 · aaaaaaaaaaaa "
        "1 package blocked: reads ~/.npmrc and sends it to drop.example "
        ".github/assay.yml line 7, column 5: &#34;acton&#34; is not a key of a rule. Did you mean &#34;action&#34;? "
        "What changed package version how scope what it can do verdict "
        "npm/fast-colour 2.4.0 → 2.4.1 through npm/chart-kit@5.2.0 runtime network install step blocked "
        "pypi/imgpress 3.0.0 (added) direct runtime – not examined "
        "npm/left-pad 1.3.0 (added) direct runtime – nothing to decide "
        "Findings npm/fast-colour@2.4.1 Comes in through npm/chart-kit@5.2.0 , package-lock.json line 18. "
        "Reads ~/.npmrc and sends it to drop.example. where what "
        "scripts/setup.js:7 reads ~/.npmrc fs.readFileSync(home + &#39;/.npmrc&#39;) "
        "block · rule credential-theft · severity critical, confidence high · "
        "Preset balanced blocks critical findings. "
        "Not examined pypi/imgpress@3.0.0 imgpress-3.0.0.tar.gz : 434 MiB, past 100 MiB. (too large) "
        "What is not examined blocks. "
        "Not read requirements.txt line 3: no version (unreadable entry) "
        "What is missing is tried again at 2026-11-23T14:20:00+00:00. "
        "Files package-lock.json (package-lock, 318 packages) "
        "Gemfile.lock looks like a dependency file; no reader knows it "
        "Engine test · judged by the built-in preset balanced · 1.5 seconds"
    )


def test_a_private_repositorys_report_has_no_page(client: FlaskClient, store: MemoryStore) -> None:
    address = store.reports.save(replace(a_request(), private=True), a_full_report(), START)
    page(client, f"/reports/{address}", 404)


def test_reports_are_for_those_who_have_the_address(client: FlaskClient, store: MemoryStore) -> None:
    address = store.reports.save(a_request(), a_full_report(), START)
    response = client.get(f"/reports/{address}", base_url=HOST)
    assert response.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "no-store"
    assert '<meta name="robots" content="noindex, nofollow">' in response.text


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)> \u202e\u200b\x1b[31m {{ 7*7 }} ' + "x" * 9999


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_nothing_that_a_stranger_wrote_comes_alive(client: FlaskClient, store: MemoryStore) -> None:
    finding = a_judged(
        message=Words("sends it to {0}", (HOSTILE,)),
        evidence=(Evidence(HOSTILE, 1, Words("reads {0}", (HOSTILE,)), HOSTILE),),
    )
    gap = JudgedGap(NotExamined(HOSTILE, Reason.CRASHED, HOSTILE), Action.BLOCK, HOSTILE)
    pin = a_pin(package=Package(NPM, HOSTILE, HOSTILE))
    change = a_change(before=None, after=pin, file=HOSTILE, through=(HOSTILE,))
    report = a_report(
        Reviewed((change,), findings=(finding,), gaps=(gap,)),
        policy=HOSTILE,
        policy_path=HOSTILE,
        policy_problems=(PolicyProblem(1, 1, HOSTILE),),
        file_gaps=(FileGap(HOSTILE, 1, gap),),
        files=(FileRead(HOSTILE, None),),
        unused_exceptions=(HOSTILE,),
        notes=(HOSTILE,),
        conclusion=Conclusion.FAILURE,
        repository='acme/"><script>',
        head_sha="<script>",
        retry_at=HOSTILE,
    )
    html = page(client, f"/reports/{store.reports.save(a_request(), report, START)}")
    tags = Tags(html)
    assert not tags.seen & {"script", "img"}
    assert "onerror" not in tags.attributes
    assert not re.search("[\u202e\u200b\x1b]", html)
    assert "U+202E" in html
    assert "49" not in text_of(html)
    assert "x" * 400 not in html


def test_pages_hold_neither_scripts_nor_styles(client: FlaskClient, store: MemoryStore) -> None:
    """So the policy that forbids them costs nothing."""
    store.catalogues.publish(a_catalogue(), START)
    address = store.reports.save(a_request(), a_full_report(), START)
    for path in ("/", "/rules", "/rules/install-script", f"/reports/{address}"):
        tags = Tags(page(client, path))
        assert not tags.seen & {"script", "style"}
        assert "style" not in tags.attributes
