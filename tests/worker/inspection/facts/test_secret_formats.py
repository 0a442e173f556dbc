"""Every form of credential has samples that are found and look-alikes that are passed over; a form without them fails."""

from __future__ import annotations

import pytest

from app.core.secret_kinds import KINDS
from tests.minted_forms import FORMS, Sample
from worker.inspection.facts.secrets.formats import FORMATS, Format
from worker.inspection.facts.secrets.search import search

NAMES = [f"{number} {sample.credential}" for number, sample in enumerate(FORMS)]
ELSEWHERE = {"aws-key", "aws-key-id", "gcp-service-account", "private-key", "pgp-private-key", "docker-login"} | {
    "twilio-key",
    "pkcs12-store",
}
"""Kinds that `search.py` reads itself; `test_secrets.py` has their samples."""


def kinds(text: str) -> list[str]:
    return [secret.credential for secret in search(text.encode()).secrets]


@pytest.mark.parametrize("form", FORMATS, ids=[f"{n} {form.credential}" for n, form in enumerate(FORMATS)])
def test_a_form_has_a_sample_for_each_of_its_starts_a_name_and_a_source(form: Format) -> None:
    texts = [sample.text(sample.mint("a")) for sample in FORMS if sample.credential == form.credential]
    assert texts, f"tests/minted_forms.py has no sample of {form.credential}"
    lacking = [start for start in form.starts if not any(start in text for text in texts)]
    assert lacking == [], "no sample begins so"
    assert form.credential in KINDS
    assert form.source


def test_every_kind_that_has_a_name_is_looked_for() -> None:
    assert {form.credential for form in FORMATS} | ELSEWHERE == set(KINDS)


@pytest.mark.parametrize("sample", FORMS, ids=NAMES)
class TestEveryForm:
    @pytest.mark.parametrize("seed", ["a", "b", "c"])
    def test_three_of_it_are_found_where_they_usually_stand(self, sample: Sample, seed: str) -> None:
        token = sample.mint(seed)
        (found,) = search(sample.text(token).encode()).secrets
        assert found.credential == sample.credential
        assert found.value.decode() in token or token in found.value.decode()

    def test_a_part_of_it_is_none(self, sample: Sample) -> None:
        token = sample.mint("a")
        assert kinds(sample.text(token[: len(token) // 3])) == []

    def test_one_with_another_character_in_its_middle_is_none(self, sample: Sample) -> None:
        token = sample.mint("a")
        middle = len(token) // 2
        assert kinds(sample.text(f'{token[:middle]}"{token[middle + 1 :]}')) == []

    def test_one_that_ends_in_a_row_of_one_character_is_a_stand_in(self, sample: Sample) -> None:
        token = sample.mint("a")
        assert kinds(sample.text(token[:-14] + "x" * min(14, len(token)))) == []
