"""A dependency file under another name is known by how it begins, in every format that has such a beginning."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lockfiles.test_cases import CASES
from worker.local.comparing import parser_of
from worker.lockfiles.register import parser_for


@pytest.mark.parametrize(
    "file",
    [
        "package-lock/two-versions-of-one-name-are-two-pins/package-lock.json",
        "yarn-lock/a-direct-dependency-brings-in-a-transitive-one/yarn.lock",
        "yarn-lock/berry-a-direct-dependency-brings-in-a-transitive-one/yarn.lock",
        "bun-lock/a-direct-dependency-brings-in-a-transitive-one/bun.lock",
        "deno-lock/a-direct-dependency-brings-in-a-transitive-one/deno.lock",
        "deno-lock/version-3-has-its-sections-within-packages/deno.lock",
        "pnpm-lock/version-9-has-packages-and-snapshots/pnpm-lock.yaml",
        "pnpm-lock/version-5-names-packages-by-slashes/pnpm-lock.yaml",
        "pnpm-lock/what-pnpm-needs-for-itself-stands-in-a-first-document/pnpm-lock.yaml",
    ],
)
def test_a_lockfile_under_another_name_is_known_by_its_beginning(file: str) -> None:
    content = (CASES / file).read_bytes()
    parser = parser_of(Path("before.old"), content, parser_for, None)
    assert file.startswith(f"{parser.FORMAT}/")
