"""The large files that `make bench` takes figures of are real files of their formats, one for each."""

from __future__ import annotations

import pytest

from app.core.ports import Parser
from tests.bench.parsing import writer_of
from tests.lockfiles.test_contract import EVERY_PARSER, PATHS


@EVERY_PARSER
def test_a_large_file_is_read_without_a_problem(parser: Parser) -> None:
    lockfile = parser.parse(PATHS[parser.FORMAT], writer_of(parser.FORMAT)("1.0.0"))
    assert len(lockfile.pins) + len(lockfile.directives) + len(lockfile.indexes) >= 400
    assert lockfile.problems == ()


def test_a_format_without_a_writer_is_noticed() -> None:
    with pytest.raises(StopIteration):
        writer_of("no-such-format")
