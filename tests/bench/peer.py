"""Runs in the peer's own environment: GuardDog over archives on disk, one JSON line each (`tests.bench.peers` reads it).

`python peer.py ARCHIVE…`. The scanners and their rules are loaded before the first archive is measured.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
from pathlib import Path

from guarddog.ecosystems import ECOSYSTEM
from guarddog.scanners import get_package_scanner
from guarddog.utils.archives import safe_extract


def main() -> None:
    """Scan every archive; print CPU seconds, peak memory in MB, and what was found."""
    scanners = {name: get_package_scanner(name) for name in (ECOSYSTEM.NPM, ECOSYSTEM.PYPI)}
    for archive in map(Path, sys.argv[1:]):
        scanner = scanners[ECOSYSTEM.NPM if archive.suffix == ".tgz" else ECOSYSTEM.PYPI]
        began = cpu_seconds()
        with tempfile.TemporaryDirectory() as folder:
            try:
                safe_extract(str(archive), folder)
                answer = scanner.scan_local(folder)
                score = (answer.get("risk_score") or {}).get("score", 0.0)
                found = sorted(rule for rule, hits in answer["results"].items() if hits)
                error = "; ".join(map(str, (answer.get("errors") or {}).values()))
            except Exception as problem:  # noqa: BLE001 - whatever the peer raises is its answer
                score, found, error = 0.0, [], f"{type(problem).__name__}: {problem}"
            spent = cpu_seconds() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = {"archive": archive.name, "cpu": spent, "peak": peak, "score": score, "found": found, "error": error}
        print(json.dumps(line), flush=True)


def cpu_seconds() -> float:
    """User and system time of this process and of the children it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


if __name__ == "__main__":
    main()
