"""What code does with tokens is looked for where somebody could change it, and never for longer than it may take."""

from __future__ import annotations

import pytest

from app.core.specimen import FactId
from app.core.token_handling import Practice, parse
from tests import minted
from tests.detectors.artifacts import npm, sdist
from worker.inspection.facts.token_handling.clues import CLUES
from worker.inspection.facts.token_handling.extract import LARGEST, handling
from worker.inspection.facts.tree import Budget, OutOfBudget

SOURCE = b"jwt.sign(payload, 'secret');\n"


def details(language: str, content: bytes) -> list[str]:
    return [fact.detail for fact in handling(language, content, (), Budget(5))]


@pytest.mark.parametrize("language", ["javascript", "typescript", "tsx"])
def test_every_dialect_of_javascript_is_read(language: str) -> None:
    assert details(language, SOURCE) == ["constant-key jwt.sign"]


def test_shell_minified_code_and_large_files_are_not_looked_at() -> None:
    assert details("shell", SOURCE) == []
    assert details("javascript", SOURCE.strip() * 500) == []
    assert details("javascript", SOURCE + b"// x\n" * (LARGEST // 5)) == []


def test_the_place_is_the_line_of_the_clue_and_a_line_says_a_thing_once() -> None:
    (one, other) = handling("javascript", b"\n\n" + SOURCE * 2, (), Budget(5))
    assert (one.line, other.line, one.evidence) == (3, 4, "jwt.sign(payload, 'secret');")
    assert len(handling("javascript", SOURCE.strip() * 2, (), Budget(5))) == 1


@pytest.mark.parametrize(
    "source", ["jwt.sign(", "fetch(`https://a.example?token=${", "const h = createHmac(", "console.log("]
)
def test_source_that_is_cut_off_breaks_nothing(source: str) -> None:
    facts = npm({"index.js": f"const t = process.env.NPM_TOKEN;\n{source}", "b.js": source})
    assert [file.partly for file in facts.files if file.partly] == []


@pytest.mark.parametrize("source", ["jwt.encode(", "u = f'https://a.example?token={", "h = hmac.new(", "print("])
def test_python_that_is_cut_off_breaks_nothing(source: str) -> None:
    facts = sdist({"imgpress/__init__.py": f"import os\nt = os.environ['API_TOKEN']\n{source}"})
    assert [file.partly for file in facts.files if file.partly] == []


def test_more_than_its_share_of_time_is_said() -> None:
    wide = b"x = [" + b"1,\n" * 100_000 + b"];\n" + b"console.log(process.env.NPM_TOKEN);\n" * 40
    with pytest.raises(OutOfBudget):
        handling("javascript", wide, (), Budget(0.0))


def test_every_practice_has_a_clue_or_a_flow_and_is_read_back() -> None:
    assert {clue.practice for clue in CLUES} | {Practice.LOGGED, Practice.IN_FILE} == set(Practice)
    assert parse("logged NPM_TOKEN") == (Practice.LOGGED, "NPM_TOKEN")
    assert parse("unheard-of thing") is None


def test_a_credential_in_such_a_line_is_not_quoted() -> None:
    token = minted.with_crc("npm_")
    facts = npm(
        {
            "index.js": f"fetch(`http://api.acme.example/x?access_token=${{t}}`, {{ headers: {{ Authorization: '{token}' }} }});"
        }
    )
    shown = [fact.evidence for file in facts.files for fact in file.facts if fact.id is FactId.TOKEN_HANDLING]
    assert len(shown) == 2
    assert all(token[5:20] not in text for text in shown)
