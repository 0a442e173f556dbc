"""How many planted credentials are found, and how much that is none is taken for one, over cases held out for it."""

from __future__ import annotations

import pytest

from app.core.secret_kinds import KINDS, Proof
from tests.worker.inspection.facts.surroundings import benign, planted
from worker.inspection.facts.secrets.search import search

PLANTED = 480
HARMLESS = 480


def _found(text: str, proof: Proof) -> list[str]:
    """The kinds of this proof in a file."""
    found = [secret.credential for secret in search(text.encode("latin-1", "replace")).secrets]
    return [kind for kind in found if KINDS[kind].proof is proof]


@pytest.mark.parametrize(("proof", "recall", "precision"), [(Proof.PROVED, 0.95, 0.98), (Proof.FORM, 0.95, 0.98)])
def test_nearly_all_are_found_and_hardly_anything_else(proof: Proof, recall: float, precision: float) -> None:
    cases = list(planted(PLANTED, proof))
    missed = [(kind, place) for kind, place, text in cases if kind not in _found(text, proof)]
    wrong = [(what, kinds) for what, text in benign(HARMLESS) if (kinds := _found(text, proof))]
    right = len(cases) - len(missed)
    assert right / len(cases) >= recall, missed
    assert right / (right + len(wrong)) >= precision, wrong


def test_the_held_out_cases_are_many_and_different() -> None:
    texts = {text for proof in (Proof.PROVED, Proof.FORM) for _, _, text in planted(PLANTED, proof)}
    assert len(texts) == 2 * PLANTED
    assert len({kind for kind, _, _ in planted(PLANTED, Proof.FORM)}) > 60
    assert len(list(benign(HARMLESS))) == HARMLESS >= 300
