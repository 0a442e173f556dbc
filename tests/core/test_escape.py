"""No string that a stranger wrote comes alive where we repeat it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core.escape import cell, code, fenced, markdown, plain, sentence, visible
from app.core.finding import Words

HOSTILE = [
    "@octocat", "@acme/security", "#123", "acme/shop#1", "GH-12", "fixes #1", "closes acme/shop#2",
    "0123456789abcdef0123456789abcdef01234567", "https://drop.example/x", "www.drop.example", "mail@drop.example",
    "[click](https://drop.example)", "![x](https://drop.example/x.png)", "<img src=https://drop.example/x>",
    "<script>alert(1)</script>", "<details open>", "</details>", "</td></tr></table>", "<!-- assay 0123 -->", "-->",
    "`", "``", "` @octocat `", "``` \n@octocat", "a|b", "a\\|b", "|", "a\nb", "a\r\n\r\n# heading", "\n\n---\n",
    "*bold*", "_it_", "~~x~~", "# heading", "- [x] done", "> quote", "1. one", "&lt;b&gt;", "&#64;octocat", "\\@octocat",
    "\u202egnp.exe", "a\u200bb", "\u2066x\u2069", "\ufeff", "\x00", "\x1b[31mred", "\x07", "e\u0301", "\U000e0041",
    "[a]: https://drop.example", ":tada:", "$x^2$", "", " ", "   leading", "trailing   ", "`" * 200, "x" * 5000,
]  # fmt: skip
NEVER = {"html_inline", "html_block", "link_open", "image", "heading_open", "hr", "blockquote_open", "fence"}


def _tokens(text: str) -> list[str]:
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return [token.type for parent in tokens for token in (parent, *(parent.children or ()))]


@pytest.mark.parametrize("text", HOSTILE)
def test_in_a_sentence_a_strangers_string_is_one_code_span_and_nothing_else(text: str) -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(f"before {code(text)} after")
    (paragraph,) = [token for token in tokens if token.type == "inline"]
    assert [child.type for child in paragraph.children or ()] == ["text", "code_inline", "text"]


@pytest.mark.parametrize("text", HOSTILE)
def test_in_a_table_a_strangers_string_stays_in_its_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {cell(code(text))} | last |"
    tokens = _tokens(table)
    assert tokens.count("td_open") == 2
    assert not NEVER & set(tokens)


@pytest.mark.parametrize("text", HOSTILE)
def test_in_a_fenced_block_a_strangers_string_cannot_close_the_fence(text: str) -> None:
    block = fenced(f"- package: {text}", "yaml")
    assert _tokens(f"{block}\n\nafter")[0] == "fence"
    assert _tokens(f"{block}\n\nafter").count("paragraph_open") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_no_marker_of_ours_can_be_forged(text: str) -> None:
    assert "<!--" not in code(text)
    assert "<!--" not in fenced(text)


@given(st.text(max_size=300))
def test_any_text_at_all_is_one_line_without_hidden_characters(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable() or not shown
    assert "\n" not in shown


@given(st.text(max_size=200))
def test_any_text_at_all_is_one_code_span(text: str) -> None:
    tokens = MarkdownIt("commonmark").parse(f"before {code(text)} after")
    (paragraph,) = [token for token in tokens if token.type == "inline"]
    assert [child.type for child in paragraph.children or ()] == ["text", "code_inline", "text"]


def test_hidden_characters_are_shown_by_their_number() -> None:
    assert visible("a\u202eb\u200bc\x1b[31m") == "aU+202EbU+200BcU+001B[31m"


def test_a_long_string_is_cut_and_says_so() -> None:
    assert visible("x" * 200) == "x" * 119 + "…"


def test_a_string_of_hidden_characters_is_cut_by_what_is_shown_of_it() -> None:
    assert visible("ab" + "\0" * 200, 20) == "abU+0000U+0000…"
    assert visible("\0" * 3, 18) == "U+0000U+0000U+0000"


def test_words_put_only_strangers_values_into_code_spans() -> None:
    words = Words("reads {0} and sends it to {1}", ("~/.npmrc", "drop.example"))
    assert markdown(words) == "reads `~/.npmrc` and sends it to `drop.example`"
    assert plain(words) == "reads ~/.npmrc and sends it to drop.example"


def test_braces_in_a_strangers_value_are_not_a_template() -> None:
    assert plain(Words("reads {0}", ("{1}{0.__class__}",))) == "reads {1}{0.__class__}"


def test_a_sentence_begins_with_a_capital_and_ends_with_a_full_stop() -> None:
    assert sentence("its install step runs code") == "Its install step runs code."
    assert sentence("Done.") == "Done."
