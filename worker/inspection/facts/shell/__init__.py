"""Shell scripts and command lines → facts: what they start, fetch, send and write."""

from worker.inspection.facts.shell.extract import extract, extract_command

__all__ = ["extract", "extract_command"]
