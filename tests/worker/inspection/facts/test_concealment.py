"""What quotes a credential, whole or in pieces, quotes `…` instead; other text stays as it is."""

from __future__ import annotations

import pytest

from tests import minted
from worker.inspection.facts.secrets.concealment import Concealment, concealed

TOKEN = minted.with_crc("npm_")


def knowing(*secrets: str) -> Concealment:
    found = Concealment()
    for secret in secrets:
        found.learn(secret.encode())
    return found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"a '{TOKEN}' b", "a '…' b"),
        (TOKEN, "…"),
        (f"{TOKEN}{TOKEN}", "…"),
        (f"head {TOKEN[:15]}", "head …"),
        (f"{TOKEN[-15:]} tail", "… tail"),
        (f"head {TOKEN[:9]} … {TOKEN[-9:]} tail", "head … … … tail"),
        (f"x{TOKEN}y", "x…y"),
        ("npm_ is a prefix, npm_config_x a variable", "npm_ is a prefix, npm_config_x a variable"),
        ("", ""),
        ("short", "short"),
    ],
)
def test_a_secret_is_taken_out_whole_or_cut(text: str, shown: str) -> None:
    assert knowing(TOKEN).mask(text) == shown


def test_a_few_characters_in_the_middle_of_other_text_are_an_accident() -> None:
    assert knowing(TOKEN).mask(f"read the {TOKEN[10:17]} of it") == f"read the {TOKEN[10:17]} of it"


def test_lines_of_a_key_are_taken_out_wherever_they_are_cut() -> None:
    key = minted.rsa_key()
    masked = knowing(key.split("-----")[2]).mask
    for line in key.split("\n")[1:-2]:
        for start in range(0, len(line) - 20, 5):
            shown = masked(f"key = {line[start:]} and more")
            assert all(line[at : at + 8] not in shown for at in range(len(line) - 8))


def test_past_its_limit_every_long_run_is_taken_out() -> None:
    many = Concealment(pieces={f"{n:06}" for n in range(500_001)})
    many.learn(TOKEN.encode())
    assert many.mask(f"a {TOKEN} b, plain words stay") == "a … b, plain words stay"


def test_the_word_of_a_registry_is_searched_as_well() -> None:
    pairs = (("scripts.install", f"curl {TOKEN}"), ("dependencies.a", "^1.0.0"))
    assert concealed(pairs) == (("scripts.install", "curl …"), ("dependencies.a", "^1.0.0"))
    assert concealed(pairs[1:]) == pairs[1:]
