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


def test_of_two_parts_of_one_weight_the_last_is_cut_first() -> None:
    text = fit([Part(["first"] * 50, 1), Part(["second"] * 50, 1)], 600, REST)
    assert text.count("first") == 50
    assert text.count("second") < 50


def test_a_part_with_a_head_is_cut_to_it_and_then_left_out() -> None:
    """A fence that is cut open would swallow what follows."""
    items = [Part([f"headline {number}", "```", "code " * 20, "```"], 5, head=1) for number in range(100)]
    parts = [Part(["title"], 9), *items, Part(["the end"], 8)]
    text = fit(parts, 3000, REST)
    assert len(text) <= 3000
    assert text.count("```") % 2 == 0
    assert text.startswith("title\n\nheadline 0\n")
    assert "headline 50" in text
    assert text.endswith(f"lines were left out for length. {REST}\n\nthe end\n")
    shorter = fit(parts, 800, REST)
    assert len(shorter) <= 800
    assert "headline 9\n" in shorter
    assert "headline 99" not in shorter


def test_an_empty_part_leaves_no_trace() -> None:
    assert fit([Part([], 1), Part(["a"], 1)], 100, REST) == "a\n"
