"""Markdown as GitHub shows it: what is dangerous is gone, what is alive can be seen."""

from __future__ import annotations

import pytest

from app.demo.github.markdown import render

CASES = {
    "a table": ("| a | b |\n| - | - |\n| `x` | **y** |", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td><code>x</code></td>\n<td><strong>y</strong></td>\n</tr>\n</tbody>\n</table>\n"),
    "details": ("<details><summary>More</summary>\n\ninside\n\n</details>", "<details><summary>More</summary>\n<p>inside</p>\n</details>\n"),
    "details that are open": ("<details open onclick=x>\n\nyes\n\n</details>", "<details open>\n<p>yes</p>\n</details>\n"),
    "details that nobody closed": ("<details><summary>More", "<details><summary>More</summary></details>"),
    "an end without a beginning": ("</div></details>text", "text"),
    "a script": ("<script>alert(1)</script>after", "after"),
    "a script in a line": ("a <script>alert(1)</script> b", "<p>a  b</p>\n"),
    "a handler": ('<b onmouseover="x">bold</b>', "<p>bold</p>\n"),
    "a style": ("<style>p{}</style>\n\ntext", "\n<p>text</p>\n"),
    "a hidden comment": ("<!-- marker -->\ntext", "<p>text</p>"),
    "an image": ("![alt <b>](https://track.example/x.png)", "<p>[image: alt &lt;b&gt;]</p>\n"),
    "an image in HTML": ('<img src="https://track.example/x.png" onerror="x" alt="a">', "[image: a]"),
    "a link": ("[x](https://assay.example/?a=1&b=2)", '<p><a href="https://assay.example/?a=1&amp;b=2" rel="nofollow noopener noreferrer">x</a></p>\n'),
    "a link that runs": ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
    "a link that runs, in HTML": ('<a href=" javascript:alert(1)">x</a>', "<p><a>x</a></p>\n"),
    "a link to who knows where": ('<a href="//evil.example">x</a>', "<p><a>x</a></p>\n"),
    "a mention": ("thanks @ada/team and #12", '<p>thanks <span class="alive">@ada/team</span> and <span class="alive">#12</span></p>\n'),
    "a mention in code": ("`@ada` and mail@ada.example", "<p><code>@ada</code> and mail@ada.example</p>\n"),
    "a fence": ("```yaml\n- <b> @ada\n```", "<pre><code>- &lt;b&gt; @ada\n</code></pre>\n"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "html"), CASES.values(), ids=CASES)
def test_markdown_becomes_harmless_html(text: str, html: str) -> None:
    assert str(render(text)).strip("\n") == html.strip("\n")
