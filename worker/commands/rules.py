"""`assay rules` and `assay rule ID`: which rules run, and a rule's page."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from app.core.records import Record
from app.core.rule import Rule
from worker import bootstrap
from worker.commands import options
from worker.commands.output import print_record


@click.command()
@options.output_format
def rules(output: str) -> int:
    """List the rules that run."""
    catalogue = bootstrap.catalogue()
    width = max(len(name) for name in catalogue.rules)
    for name, entry in sorted(catalogue.rules.items()):
        if output == "json":
            print_record(_record(entry))
        else:
            click.echo(f"{name:<{width}}  {entry.card.severity:<8}  {entry.page.title}")
    return options.OK


def _complete(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    known = bootstrap.catalogue().rules
    return [CompletionItem(name, help=known[name].page.title) for name in sorted(known) if name.startswith(begun)]


@click.command()
@click.argument("name", metavar="ID", shell_complete=_complete)
@options.output_format
def rule(name: str, output: str) -> int:
    """Show a rule's page."""
    entry = bootstrap.catalogue().rules.get(name)
    if entry is None:
        raise click.BadParameter(f"there is no rule {name!r}. `assay rules` lists them.", param_hint="ID")
    if output == "json":
        print_record(_record(entry))
        return options.OK
    card, page = entry.card, entry.page
    click.echo(f"{card.id}: {page.title}\n\n{page.text}\n" if page.text else f"{card.id}: {page.title}\n")
    for section, text in page.sections:
        click.echo(f"{section}\n  {text}\n")
    ecosystems = ", ".join(sorted(card.ecosystems))
    click.echo(
        f"{card.category}, severity {card.severity}, confidence {card.confidence}, {ecosystems}, since {card.since}"
    )
    return options.OK


def _record(entry: Rule) -> Record:
    card = entry.card
    return {
        "schema": 1,
        "id": card.id,
        "title": entry.page.title,
        "category": card.category,
        "severity": card.severity,
        "confidence": card.confidence,
        "ecosystems": sorted(card.ecosystems),
        "since": card.since,
        "text": entry.page.text,
        **{section.lower().replace(" ", "_"): text for section, text in entry.page.sections},
    }
