"""The template process of the sandbox: `python -I -m worker.inspection`, started by the worker and by nobody else."""

from __future__ import annotations

from worker.inspection.child import examine
from worker.inspection.template import main

if __name__ == "__main__":
    main(examine)
