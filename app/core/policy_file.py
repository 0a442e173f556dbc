"""Text of `.github/assay.yml` → a policy, or every problem in it with line and column.

Strict: an unknown key, a bad value, a rule that can never match is a problem, and no meaning is guessed.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from app.core.diff import ChangeKind
from app.core.errors import Reason
from app.core.escape import sentence
from app.core.finding import Category, Confidence, Severity
from app.core.lockfile import Scope
from app.core.package import Ecosystem
from app.core.policy import Action, CommentWhen, Policy, PolicyProblem, PolicyRule, Preset
from app.core.version_range import read_range
from app.core.yaml_tree import Items, Node, NotYaml, Scalar, read_yaml
from app.core.yaml_tree import Mapping as YamlMapping

VERSION = "1"
KEYS = ("version", "enabled", "preset", "rules", "not-examined", "paths", "comment", "review-comments")
NOT_YET = frozenset({"commands", "cool-down", "licenses"})
RULE_KEYS = (
    "alert", "category", "severity", "confidence", "package", "version", "scope", "direct", "path", "change", "new",
    "action", "reason", "owner", "until",
)  # fmt: skip
NOT_EXAMINED_ALERTS = frozenset(f"{Category.NOT_EXAMINED}/{reason}" for reason in Reason)
MATCHERS = tuple(key for key in RULE_KEYS if key not in {"action", "reason", "owner", "until"})

E = TypeVar("E", bound=StrEnum)


def read_policy(content: bytes, origin: str, known_alerts: Collection[str]) -> Policy | tuple[PolicyProblem, ...]:
    """Read a policy file. `origin` is how people call it; `known_alerts` are the ids of the rules that run."""
    try:
        root = read_yaml(content)
    except NotYaml as error:
        return (PolicyProblem(error.line, error.column, sentence(error.message)),)
    reader = _Reader(origin, frozenset(known_alerts) | NOT_EXAMINED_ALERTS)
    policy = reader.policy(root)
    return tuple(sorted(reader.problems, key=lambda one: (one.line, one.column))) or policy


class _Reader:
    """Reads nodes into values, collecting problems."""

    def __init__(self, origin: str, alerts: frozenset[str]) -> None:
        self.problems: list[PolicyProblem] = []
        self._origin = origin
        self._alerts = alerts

    def policy(self, root: Node | None) -> Policy:
        if not isinstance(root, YamlMapping):
            self._problem(root, "the file must be a mapping that begins with `version: 1`")
            return Policy()
        keys = self._members(root, KEYS, "the policy")
        if "version" not in keys:
            self._problem(root, "`version: 1` is missing")
        elif self._text(keys["version"]) != VERSION:
            self._problem(keys["version"], "the only version of this file is 1")
        return Policy(
            origin=self._origin,
            enabled=self._flag(keys.get("enabled"), default=True),
            preset=self._word(keys.get("preset"), Preset, Preset.BALANCED),
            rules=tuple(self._rules(keys.get("rules"))),
            not_examined=self._not_examined(keys.get("not-examined")),
            ignored_paths=self._paths(keys.get("paths")),
            comment=self._word(keys.get("comment"), CommentWhen, CommentWhen.WHEN_NEEDED),
            review_comments=self._flag(keys.get("review-comments"), default=True),
        )

    def _rules(self, node: Node | None) -> list[PolicyRule]:
        if node is None:
            return []
        if not isinstance(node, Items):
            self._problem(node, "`rules` must be a list")
            return []
        return [self._rule(item) for item in node.items]

    def _rule(self, node: Node) -> PolicyRule:
        nothing = PolicyRule(Action.MONITOR, node.line)
        if not isinstance(node, YamlMapping):
            self._problem(node, "a rule must be a mapping, such as `- alert: install-script`")
            return nothing
        keys = self._members(node, RULE_KEYS, "a rule")
        if "action" not in keys:
            self._problem(node, "`action` is missing (block, warn, monitor or ignore)")
            return nothing
        rule = PolicyRule(
            action=self._word(keys["action"], Action, Action.MONITOR),
            line=node.line,
            alerts=frozenset(self._alert(one) for one in self._list(keys.get("alert"))),
            categories=self._words(keys.get("category"), Category),
            severities=self._words(keys.get("severity"), Severity),
            confidences=self._words(keys.get("confidence"), Confidence),
            package=self._package(keys.get("package")),
            version=self._optional(keys.get("version")),
            scopes=self._words(keys.get("scope"), Scope),
            direct=self._optional_flag(keys.get("direct")),
            path=self._optional(keys.get("path")),
            changes=self._words(keys.get("change"), ChangeKind),
            new=self._optional_flag(keys.get("new")),
            reason=self._optional(keys.get("reason")),
            owner=self._optional(keys.get("owner")),
            until=self._day(keys.get("until")),
        )
        self._check_rule(node, rule, keys)
        return rule

    def _check_rule(self, node: YamlMapping, rule: PolicyRule, keys: Mapping[str, Node]) -> None:
        """What a rule must have, and combinations that can never match."""
        if not keys.keys() & set(MATCHERS):
            self._problem(node, "this rule matches everything; name an alert, a category, a package or the like")
        if rule.action is Action.IGNORE:
            missing = [name for name in ("reason", "owner", "until") if name not in keys]
            if missing:
                self._problem(keys["action"], f"an exception needs `{'`, `'.join(missing)}` too")
        if "version" in keys:
            self._check_version(keys["version"], rule)
        gaps = {alert for alert in rule.alerts if alert.startswith(f"{Category.NOT_EXAMINED}/")}
        if gaps and (rule.severities or rule.confidences or rule.new is not None):
            self._problem(node, "this can never match: what was not examined has no severity, confidence or novelty")
        if (
            rule.alerts
            and rule.categories
            and (gaps == rule.alerts) is not (rule.categories == {Category.NOT_EXAMINED})
        ):
            self._problem(node, "this can never match: the alert is not of that category")

    def _check_version(self, node: Node, rule: PolicyRule) -> None:
        ecosystem = (rule.package or "").partition("/")[0]
        if ecosystem not in set(Ecosystem):
            self._problem(node, "`version` needs `package` with its ecosystem, such as npm/name")
            return
        try:
            read_range(Ecosystem(ecosystem), rule.version or "")
        except ValueError as error:
            self._problem(node, str(error))

    def _alert(self, node: Scalar) -> str:
        if node.text not in self._alerts:
            self._problem(node, f'"{node.text}" is not an alert{_guess(node.text, self._alerts)}')
        return node.text

    def _package(self, node: Node | None) -> str | None:
        text = self._optional(node)
        if node is None or text is None:
            return None
        ecosystem, slash, name = text.partition("/")
        lone_scope = name.startswith("@") and "/" not in name
        if not slash or not name or lone_scope or ecosystem not in {*Ecosystem, "*"}:
            self._problem(node, f'"{text}" is not a package; write npm/name, npm/@scope/* or pypi/name@1.2.3')
        return text

    def _not_examined(self, node: Node | None) -> Action:
        action = self._word(node, Action, Action.BLOCK)
        if node is not None and action not in (Action.BLOCK, Action.WARN):
            self._problem(node, "`not-examined` is block or warn; what was not examined is never clean")
        return action

    def _paths(self, node: Node | None) -> tuple[str, ...]:
        if node is None:
            return ()
        if not isinstance(node, YamlMapping):
            self._problem(node, "`paths` must be a mapping with `ignore`")
            return ()
        keys = self._members(node, ("ignore",), "paths")
        return tuple(one.text for one in self._list(keys.get("ignore")))

    def _members(self, node: YamlMapping, allowed: Collection[str], where: str) -> dict[str, Node]:
        """The members of a mapping; unknown and repeated keys are problems."""
        found: dict[str, Node] = {}
        for key, value in node.pairs:
            if key.text in found:
                self._problem(key, f'"{key.text}" stands twice in {where}')
            elif key.text in allowed:
                found[key.text] = value
            elif key.text in NOT_YET:
                self._problem(key, f'"{key.text}" is not supported yet')
            else:
                self._problem(key, f'"{key.text}" is not a key of {where}{_guess(key.text, allowed)}')
        return found

    def _word(self, node: Node | None, words: type[E], default: E) -> E:
        if node is None:
            return default
        text = self._text(node)
        try:
            return words(text)
        except ValueError:
            self._problem(node, f'"{text}" is not one of {", ".join(words)}{_guess(text, list(words))}')
            return default

    def _words(self, node: Node | None, words: type[E]) -> frozenset[E]:
        return frozenset(self._word(one, words, next(iter(words))) for one in self._list(node))

    def _list(self, node: Node | None) -> list[Scalar]:
        """One string, or a list of them."""
        if node is None:
            return []
        nodes = node.items if isinstance(node, Items) else [node]
        if not nodes:
            self._problem(node, "an empty list can never match")
        for one in nodes:
            if not isinstance(one, Scalar) or one.null:
                self._problem(one, "a string is expected here")
        return [one for one in nodes if isinstance(one, Scalar) and not one.null]

    def _optional(self, node: Node | None) -> str | None:
        return None if node is None else self._text(node)

    def _optional_flag(self, node: Node | None) -> bool | None:
        return None if node is None else self._flag(node, default=False)

    def _flag(self, node: Node | None, *, default: bool) -> bool:
        if node is None:
            return default
        text = self._text(node)
        if text not in ("true", "false"):
            self._problem(node, f'"{text}" is neither true nor false')
        return text == "true"

    def _day(self, node: Node | None) -> date | None:
        text = self._optional(node)
        if node is None or text is None:
            return None
        try:
            day = date.fromisoformat(text)
        except ValueError:
            day = None
        if day is None or day.isoformat() != text:  # Python reads 2027-W09-1 as well; people do not
            self._problem(node, f'"{text}" is not a day such as 2027-03-01')
            return None
        return day

    def _text(self, node: Node) -> str:
        if isinstance(node, Scalar) and not node.null and node.text.strip():
            return node.text
        self._problem(
            node, "a value is missing here" if isinstance(node, Scalar) else "a single value is expected here"
        )
        return ""

    def _problem(self, node: Node | None, message: str) -> None:
        line, column = (node.line, node.column) if node else (1, 1)
        problem = PolicyProblem(line, column, sentence(message))
        if not any((one.line, one.column) == (line, column) for one in self.problems):
            self.problems.append(problem)


def _guess(text: str, words: Collection[str]) -> str:
    near = difflib.get_close_matches(text[:80], sorted(words), n=1)
    return f'. Did you mean "{near[0]}"?' if near else ""
