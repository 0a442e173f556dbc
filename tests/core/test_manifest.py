"""A `package.json` tells on which line a dependency stands, or nothing."""

from __future__ import annotations

import pytest

from app.core.manifest import dependency_lines

MANIFEST = b"""{
  "name": "shop",
  "dependencies": {
    "chart-kit": "5.2.0",
    "ms": "2.1.3"
  },
  "devDependencies": { "ms": "2.0.0", "vite": "8" }
}
"""


def test_each_dependency_has_the_line_of_its_entry() -> None:
    assert dependency_lines(MANIFEST) == {"chart-kit": 4, "ms": 5, "vite": 7}


def test_lines_are_right_with_windows_line_ends_and_a_byte_order_mark() -> None:
    assert dependency_lines(b"\xef\xbb\xbf" + MANIFEST.replace(b"\n", b"\r\n")) == {"chart-kit": 4, "ms": 5, "vite": 7}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"dependencies": 3}', b'{"dependencies": {"a": }}', b"\xff\xfe", b"[" * 100_000]
)
def test_a_file_that_cannot_be_read_gives_no_lines(content: bytes) -> None:
    assert dependency_lines(content) == {}
