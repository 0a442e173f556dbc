"""A text that is too long loses its least important lines first, and says so."""

from __future__ import annotations

from app.core.shorten import Part, fit

REST = "The whole report: https://assay.example/reports/x"


def test_a_text_that_fits_is_left_alone() -> None:
    assert fit([Part(["a"], 1), Part(["b", "c"], 2)], 100, REST) == "a\n\nb\nc\n"


def test_the_lightest_part_is_cut_first_and_says_how_much_is_missing() -> None:
    parts = [Part(["important"] * 10, 9), Part([f"line {number}" for number in range(1000)], 1)]
    text = fit(parts, 1000, REST)
    assert len(text) <= 1000
    assert text.count("important") == 10
    assert f"lines were left out for length. {REST}" in text


def test_a_cut_part_closes_the_fold_that_it_opened() -> None:
    folded = ["<details><summary>rest</summary>", "", *(["row"] * 1000), "", "</details>"]
    text = fit([Part(["keep"], 9), Part(folded, 1)], 500, REST)
    assert text.count("<details>") == text.count("</details>") == 1


def test_even_the_most_important_part_is_cut_when_it_alone_is_too_long() -> None:
    assert len(fit([Part(["x" * 50] * 1000, 9)], 2000, REST)) <= 2000


def test_one_endless_line_is_cut_too() -> None:
    assert len(fit([Part(["x" * 100_000], 9)], 2000, REST)) <= 2000


def test_an_empty_part_leaves_no_trace() -> None:
    assert fit([Part([], 1), Part(["a"], 1)], 100, REST) == "a\n"
