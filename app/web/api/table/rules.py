"""Routes of rules and of policy files."""

from __future__ import annotations

from app.core.access import Scope
from app.web.api.route import Example, Mark, Route
from app.web.api.rules import PolicyAnswer, PolicyText, RulePage, RuleText, check_policy, get_rule, list_rules

ROUTES: tuple[Route, ...] = (
    Route("GET", "/rules", Mark.PUBLIC, list_rules, "The rules that run here.", RulePage, codes=("no_rules_yet",)),
    Route(
        "GET",
        "/rules/{rule_id}",
        Mark.PUBLIC,
        get_rule,
        "One rule with its page.",
        RuleText,
        codes=("no_rules_yet",),
        example=Example(path={"rule_id": "install-script"}),
    ),
    Route(
        "POST",
        "/policy/check",
        Scope.POLICY_READ,
        check_policy,
        "Check the text of a policy file; problems come with line and column.",
        PolicyAnswer,
        body=PolicyText,
        asks=True,
        codes=("no_rules_yet",),
        example=Example(body={"text": "version: 1\npreset: strict\n"}),
    ),
)
