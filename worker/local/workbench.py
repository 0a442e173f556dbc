"""What the command line works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import InputError
from app.core.policy import Policy
from app.core.rule import Catalogue
from worker.changed_files import ParserFor
from worker.lookup import Tools
from worker.verdict import Judge

NO_DEADLINE = float("inf")


@dataclass(frozen=True, slots=True)
class Workbench:
    """The parts of a review that needs no GitHub."""

    tools: Tools
    catalogue: Catalogue
    parser_for: ParserFor
    policy: Policy = field(default_factory=Policy)

    def judge(self) -> Judge:
        """Judge by this policy, today."""
        return Judge(self.policy, self.catalogue, self.tools.clock().date())


def read_file(path: Path) -> bytes:
    """The content of a file; raise `InputError` with the cause when it cannot be had."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}") from error
