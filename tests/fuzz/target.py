"""One parser under atheris: `python -m tests.fuzz.target FORMAT [options of libFuzzer]`; ends when they say so."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["app.core", "worker.lockfiles"]):
    from tests.lockfiles.test_contract import assert_kept
    from worker.lockfiles.register import FORMATS


def main(arguments: list[str]) -> None:
    """Feed the parser of this format until libFuzzer has enough. An assertion or any other exception ends it."""
    parser = FORMATS[arguments[1]]
    atheris.Setup([arguments[0], *arguments[2:]], lambda content: assert_kept(parser, content))
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv)
