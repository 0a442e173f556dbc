"""Tokens that are made, taken, checked and compared in ways that give them away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice, pairwise

import re2
from tree_sitter import Node

from worker.inspection.facts.token_handling.syntax import CALLS, FUNCTIONS, Source, upwards, words_of

_PROMPTS = re2.compile(
    r"envvar|env\s*=|prompt|hide_input|getpass|FileType|[sS]tdin|store_true|is_flag|boolean|_FILE|process\.env|os\.environ|getenv|file"
)
_SESSIONS = re2.compile(r"(?i)session$|cookie-?session|iron")
_SECRET_WORDS = frozenset({"token", "secret", "password", "passwd", "passphrase", "csrf", "xsrf", "otp"})
_SECRET_PAIRS = frozenset(
    {("api", "key"), ("session", "id"), ("session", "key"), ("auth", "key"), ("access", "key"), ("auth", "code")}
)
_OTHER_TOKENS = frozenset(
    {
        "cancel",
        "listener",
        "subscription",
        "dispatch",
        "index",
        "count",
        "color",
        "colour",
        "symbol",
        "parser",
        "tokens",
    }
    | {"mock", "fake", "test", "dummy", "sample", "tokenize", "tokenizer", "syntax", "lexer", "design", "style", "num"}
    | {"animation", "observer", "render", "layout", "cache", "boundary", "weight", "logits", "prompt", "vocab"}
)
_COMPARES = frozenset({"binary_expression", "comparison_operator"})
_TARGETS = frozenset({"variable_declarator", "assignment"})
# What stands between a hash and the place that it is kept in or compared at: calls, and a label before it.
_CHAIN = frozenset(
    {
        "identifier",
        "property_identifier",
        "member_expression",
        "attribute",
        "arguments",
        "argument_list",
        "string",
        "await",
    }
    | {"template_string", "template_substitution", "interpolation", "binary_operator", "binary_expression"}
    | {"parenthesized_expression", "await_expression", "await", *CALLS}
)
_MOST_USES = 50  # of one name
_RELEVANT = {"===", "!==", "==", "!="}
_NOTHING = re.compile(
    r"^(?:null|undefined|None|true|false|True|False|-?[0-9.]+|[\"'`].{0,2}[\"'`])$|\.length$|^typeof |^len\("
)


def on_command_line(source: Source, start: int, end: int) -> str | None:
    """An option that takes the token itself, with no other way to hand it over in the same call."""
    call = source.call_around(source.at(start, end))
    text = source.text(call)
    if call is None or _PROMPTS.search(text):
        return None
    option = re.search(r"--[a-zA-Z0-9_-]+", text) or re.search(r"[\"'`]([a-zA-Z0-9_-]+)[\"'`]", text)
    return "--" + option.group().strip("\"'`-") if option else None


def constant_key(source: Source, start: int, end: int) -> str | None:
    """A signature whose key stands in the code: everybody can make it."""
    call = source.call_around(source.at(end - 1, end))
    if call is None or not source.content.startswith(source.content[start : end - 1], call.start_byte):
        return None
    arguments = source.arguments(call)
    if len(arguments) < 2 or not source.is_literal(arguments[1]) or "PUBLIC KEY" in source.text(arguments[1]):
        return None
    return source.content[start : end - 1].decode("ascii", "replace")


def session_secret(source: Source, start: int, end: int) -> str | None:
    """The key of a site's sessions as a text in the code."""
    node = source.at(start, end)
    if node is None:
        return None
    if source.language == "python":
        return "the sessions of a site"
    call = source.call_around(node)
    return "the sessions of a site" if call is not None and _SESSIONS.search(source.function_of(call)) else None


def unverified(source: Source, start: int, end: int) -> str | None:
    """A token that is believed without its signature or its end being looked at."""
    node = source.at(start, end)
    if node is None:
        return None
    clue = source.content[start:end].decode("ascii", "replace")
    call = source.call_around(node)
    if call is None or not re.search(r"(?i)jwt|verify|decode", source.function_of(call)):
        return None
    return "the end" if "xpir" in clue or "verify_exp" in clue else "the signature"


def long_lived(source: Source, start: int, end: int) -> str | None:
    """A token that lives for more than a year."""
    node = source.at(start, end)
    count, unit = re.search(r"([0-9]+)\s?([yd])$", source.content[start:end].decode("ascii")).groups()  # type: ignore[union-attr]
    days = int(count[:6]) * (365 if unit == "y" else 1)
    return f"{count}{unit}" if node is not None and days > 366 else None


def compared(source: Source, start: int, end: int) -> str | None:
    """A keyed hash that is compared with an operator: how long that takes tells where they differ."""
    name = ""
    for one in upwards(source.at(start, end)):
        if one.type in _COMPARES and (operator := _compares(source, one)):
            return operator
        if one.type in _TARGETS:
            name = source.text(one.child_by_field_name("name") or one.child_by_field_name("left"))
            break
        if one.type == "return_statement" or one.type in FUNCTIONS:
            function = next((outer for outer in upwards(one) if outer.type in FUNCTIONS), None)
            named = function.child_by_field_name("name") if function is not None else None
            name = f"{source.text(named)}(" if named is not None else ""
            break
        if one.type not in _CHAIN:
            return None
    return next(filter(None, (_compares(source, one) for one in _comparisons(source, name))), None)


def weak_random(source: Source, start: int, end: int) -> str | None:
    """A secret from a generator whose next number can be foretold."""
    node = source.at(start, end)
    if node is None or "SystemRandom" in source.statement_around(node):
        return None
    for target in source.targets(node):
        name = target.rpartition(".")[2].strip("\"'`[]")
        if _names_secret(name):
            return name[:60]
    return None


def in_browser(source: Source, start: int, end: int) -> str | None:
    """A variable that builds put into what browsers load, named like a secret."""
    name = re.split(rb"[.\[\"']", source.content[start:end])[-1].decode("ascii")
    return name if source.at(start, end) is not None and "PUBLISHABLE" not in name else None


def _names_secret(name: str) -> bool:
    words = words_of(name)
    if _OTHER_TOKENS.intersection(words) or len(words) > 6:
        return False
    return bool(_SECRET_WORDS.intersection(words)) or any(pair in _SECRET_PAIRS for pair in pairwise(words))


def _compares(source: Source, node: Node) -> str:
    """The operator that compares two things that are both unknown; empty for anything else."""
    sides = node.named_children
    if len(sides) != 2:
        return ""
    operator = source.content[sides[0].end_byte : sides[1].start_byte].decode("utf-8", "replace").strip()
    return operator if operator in _RELEVANT and not any(_NOTHING.search(source.text(side)) for side in sides) else ""


def _comparisons(source: Source, name: str) -> Iterator[Node]:
    """Each comparison in the file of which one side is called so, or is a text around that."""
    if not name or len(name) > 60:
        return
    uses = re.finditer(rb"(?<![\w$])" + re.escape(name.encode()), source.content)
    for use in islice(uses, _MOST_USES):
        for one in upwards(source.at(use.start(), use.end())):
            if one.type in _COMPARES:
                if any(_is(source.text(side), name) for side in one.named_children):
                    yield one
                break
            if one.type not in _CHAIN and one.type not in {"identifier", "property_identifier"}:
                break


def _is(side: str, name: str) -> bool:
    """Whether one side of a comparison is that name, a call of it, or a text with nothing but a label before it."""
    if name.endswith("("):
        return side.startswith((name, f"this.{name}", f"self.{name}"))
    return side == name or re.fullmatch(rf"f?[`\"'][a-z0-9]{{0,8}}=?\$?\{{{re.escape(name)}\}}[`\"']", side) is not None
