"""The version of the inspection: facts of one version are never mixed with facts of another."""

from __future__ import annotations

ENGINE = "8"
"""Raise it whenever the same archive would give other facts than before: a reader rule, an extractor, a word of the
vocabulary, reach. Stored facts carry it, so that old ones are read anew instead of compared with new ones. Detectors do
not count: they run on every review.
"""
