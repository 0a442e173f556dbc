"""Source of JavaScript and TypeScript → facts. What stands where, and what is not followed: README.md."""

from worker.inspection.facts.javascript.extraction import extract, extract_inline

__all__ = ["extract", "extract_inline"]
