"""Fuzz each parser for a while, in a process of its own: `python -m tests.fuzz [FORMAT…]`; `SECONDS` says how long.

Begins with the files of `tests/lockfiles/cases`. What breaks the contract is kept in `build/fuzz/<format>` by libFuzzer.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.lockfiles.test_cases import FOLDERS, lockfile_in
from worker.lockfiles.register import FORMATS

BUILD = Path(__file__).parents[2] / "build" / "fuzz"
LONGEST = 16_384  # bytes of one input
SLOWEST = 5  # seconds for one input
MEMORY = 1024  # MiB


def main(wanted: list[str]) -> int:
    """Fuzz these formats, or all; the number of those that broke."""
    seconds = os.environ.get("SECONDS", "60")
    unknown = [name for name in wanted if name not in FORMATS]
    if unknown:
        print(f"There is no format {unknown[0]}. Known: {', '.join(FORMATS)}.", file=sys.stderr)
        return 2
    broken = [name for name in wanted or FORMATS if not _fuzz(name, seconds)]
    print(f"{len(broken)} of {len(wanted or FORMATS)} formats broke{': ' if broken else ''}{', '.join(broken)}.")
    return len(broken)


def _fuzz(name: str, seconds: str) -> bool:
    corpus = BUILD / name / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, folder in enumerate(one for one in FOLDERS if one.parent.name == name):
        (corpus / f"case-{number}").write_bytes(lockfile_in(folder).read_bytes())
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={LONGEST}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={MEMORY}",
        f"-artifact_prefix={BUILD / name}/",
        "-verbosity=0",
        "-print_final_stats=1",
    ]
    command = [sys.executable, "-m", "tests.fuzz.target", name, *options, str(corpus)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    runs = next((line.split()[-1] for line in done.stderr.splitlines() if "number_of_executed_units" in line), "?")
    print(f"{name:<22}{runs:>10} inputs  {'ok' if done.returncode == 0 else 'BROKEN'}", flush=True)
    if done.returncode != 0:
        print(done.stdout[-2000:], done.stderr[-4000:], sep="\n")
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
