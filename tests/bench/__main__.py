"""`make bench`: every figure as it comes."""

from __future__ import annotations

import sys

import click

from tests.bench import api, inspection, parsing, reviews, rules, search, webhooks

TABLES = {
    "parse": ("lockfiles: both sides parsed and compared", parsing.figures),
    "inspection": ("inspection", inspection.figures),
    "rules": (f"each rule on a megabyte of the worst for it (goal: {rules.GOAL} s)", rules.figures),
    "reviews": ("reviews, from delivery to completed check", reviews.figures),
    "search": ("findings, searched at a million rows", search.figures),
    "api": ("the API: tokens, packages, revocation", api.figures),
    "webhooks": (f"webhooks, {webhooks.RATE} a second for {webhooks.SECONDS} seconds", webhooks.figures),
}


def main() -> None:
    """Print the tables that are named, or all."""
    for name in sys.argv[1:] or TABLES:
        title, figures = TABLES[name]
        click.echo(f"\n{title}")
        for line in figures():
            click.echo(f"  {line}")


if __name__ == "__main__":
    main()
