"""The forms of credentials, by family: how each begins, its whole, its proof, and where the form is described.

A form's start is what the one pass over a file looks for; it is long enough to be rare.
"""

from __future__ import annotations

from worker.inspection.facts.secrets.formats import clouds, engineering, forges, proved, services
from worker.inspection.facts.secrets.formats.form import Format
from worker.inspection.facts.secrets.formats.proved import OURS

__all__ = ["FORMATS", "OURS", "Format"]

FORMATS: tuple[Format, ...] = (
    *proved.FORMATS,
    *forges.FORMATS,
    *clouds.FORMATS,
    *services.FORMATS,
    *engineering.FORMATS,
)
