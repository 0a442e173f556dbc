"""The pages: what Assay is, what each rule means, and the reports of public repositories."""

from __future__ import annotations

from itertools import groupby

from flask import Flask, abort, render_template

from app.core.diff import ChangeKind
from app.core.directive_text import HEADING, plain_lines
from app.core.escape import plain, sentence, visible
from app.core.policy import Action
from app.core.ports import Store
from app.core.prose import CAPABILITY, lineage_word, plain_reason, title
from app.core.report import Report, Reviewed
from app.core.rule import Catalogue, Rule


def register(app: Flask, store: Store) -> None:
    """Add the routes and what the templates use."""
    app.jinja_env.filters |= {
        "visible": visible,
        "plain": plain,
        "sentence": sentence,
        "reason": plain_reason,
        "lineage": lineage_word,
    }
    app.jinja_env.globals |= {
        "directive_lines": plain_lines,
        "directives_heading": HEADING,
        "Action": Action,
        "capabilities": CAPABILITY,
        "versions": versions,
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    @app.get("/")
    def home() -> str:
        return render_template("home.html")

    @app.get("/rules")
    def rules() -> str:
        catalogue = store.catalogues.current()
        return render_template("rules.html", catalogue=catalogue, groups=by_category(catalogue))

    @app.get("/rules/<rule_id>")
    def rule(rule_id: str) -> str:
        catalogue = store.catalogues.current()
        if catalogue is None or rule_id not in catalogue.rules:
            abort(404)
        return render_template("rule.html", rule=catalogue.rules[rule_id])

    @app.get("/reports/<report_id>")
    def report(report_id: str) -> str:
        kept = store.reports.get(report_id) if len(report_id) <= 64 else None
        if kept is None:
            abort(404)
        return render_template("report.html", report=kept, title=title(kept), items=in_order(kept))


def by_category(catalogue: Catalogue | None) -> list[tuple[str, list[Rule]]]:
    """The rules by category, then gravest first."""
    if catalogue is None:
        return []
    rules = sorted(
        catalogue.rules.values(), key=lambda rule: (rule.card.category, -rule.card.severity.rank, rule.card.id)
    )
    return [(str(category), list(group)) for category, group in groupby(rules, lambda rule: rule.card.category)]


def in_order(report: Report) -> list[Reviewed]:
    """What has to be decided first."""
    return sorted(report.reviewed, key=lambda item: (item.action.rank, item.package))


def versions(item: Reviewed) -> str:
    """`2.4.0 → 2.4.1`, `2.4.1 (added)`, as plain text."""
    change = item.change
    if change.kind in {ChangeKind.UPGRADED, ChangeKind.DOWNGRADED} and change.before is not None:
        return f"{visible(change.before.package.version)} → {visible(item.package.version)}"
    return f"{visible(item.package.version)} ({change.kind})"
