"""The readers of source that really run."""

from __future__ import annotations

from worker.inspection.facts import javascript, python, shell
from worker.inspection.facts.languages import Languages
from worker.inspection.facts.scan import scan, sniff_language

LANGUAGES = Languages(
    files={
        "javascript": javascript.extract,
        "typescript": javascript.extract,
        "tsx": javascript.extract,
        "python": python.extract,
        "shell": shell.extract,
        "byte-code": python.extract_byte_code,
    },
    inline={
        "javascript": javascript.extract_inline,
        "python": python.extract_inline,
    },
    command=shell.extract_command,
    scan=scan,
    sniff=sniff_language,
)
