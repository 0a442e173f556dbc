"""Python source → facts: what the code can do, by resolved names, folded constants and a local data flow."""

from worker.inspection.facts.python.byte_code import extract as extract_byte_code
from worker.inspection.facts.python.extract import extract, extract_inline
from worker.inspection.facts.python.source import load_codecs

__all__ = ["extract", "extract_byte_code", "extract_inline", "load_codecs"]
