"""Secrets of the environment that are logged: from the variable that is read to the line that prints it."""

from __future__ import annotations

from collections.abc import Iterator

import re2
from tree_sitter import Node

from app.core.vocabulary import is_secret_variable
from worker.inspection.facts.token_handling.syntax import CALLS, FUNCTIONS, Source, upwards

_MOST = 40  # reads, and uses of one name
_LOGGER = r"(?:console|log|logger|logging|winston|pino|LOG|LOGGER|_log|_logger|(?:this|self)\.(?:_?log(?:ger)?))"
LOGS = {
    "javascript": re2.compile(
        rf"^{_LOGGER}\.(?:log|info|warn|error|debug|trace|notice)$|^process\.std(?:out|err)\.write$"
    ),
    "python": re2.compile(
        rf"^print$|^{_LOGGER}\.(?:info|warning|warn|error|debug|critical|exception|log)$|^sys\.std(?:out|err)\.write$"
    ),
}
READS = {
    "javascript": re2.compile(rb"process\.env(?:\.|\[[\"'])([A-Za-z0-9_]{3,60})"),
    "python": re2.compile(rb"(?:environ(?:\.get\(|\[)|getenv\()\s*[\"']([A-Za-z0-9_]{3,60})[\"']"),
}
# What hands a text on as it is: between the secret and the call that prints it.
_PASSES = frozenset(
    {
        "template_string",
        "template_substitution",
        "binary_expression",
        "binary_operator",
        "arguments",
        "argument_list",
        "string",
    }
    | {
        "interpolation",
        "object",
        "pair",
        "array",
        "list",
        "dictionary",
        "tuple",
        "parenthesized_expression",
        "spread_element",
    }
    | {
        "shorthand_property_identifier",
        "keyword_argument",
        "await_expression",
        "await",
        "concatenated_string",
        "format_expression",
    }
)
_KEEPS = re2.compile(
    r"^(?:JSON\.stringify|String|util\.inspect|util\.format|str|repr|json\.dumps|format)$|\.format$|\.trim$|\.strip$|\.join$|\.toString$|environ\.get$|getenv$"
)
_NAMES = frozenset({"identifier", "shorthand_property_identifier"})
_VALUES = frozenset({"||", "??", "or"})


def logged(source: Source) -> Iterator[tuple[int, str]]:
    """`(line, variable)` of each line that prints a secret of the environment."""
    for count, match in enumerate(READS[source.language].finditer(source.content)):
        variable = match.group(1).decode()
        node = source.at(match.start(), match.end()) if is_secret_variable(variable) else None
        if count == _MOST or node is None:
            continue
        read = _whole(source, node)
        call = _printing(source, read)
        if call is not None:
            yield call.start_point[0] + 1, variable
        name = _kept_in(source, read)
        for use in _uses(source, name, read) if name else ():
            call = _printing(source, use)
            if call is not None:
                yield call.start_point[0] + 1, variable


def _whole(source: Source, node: Node) -> Node:
    """The whole expression that reads a variable: `process.env.X`, `os.environ.get("X", "")`."""
    for one in upwards(node):
        if one.type in {"member_expression", "subscript_expression", "subscript"} or (
            one.type == "call" and _KEEPS.search(source.function_of(one))
        ):
            node = one
        elif one.type not in {
            "attribute",
            "identifier",
            "property_identifier",
            "string",
            "string_content",
            "argument_list",
            "string_fragment",
        }:
            break
    return node


def _kept_in(source: Source, read: Node) -> str:
    """The variable that a value is kept in; nothing else may be done with it on the way."""
    for one in upwards(read.parent):
        if one.type in {"variable_declarator", "assignment"}:
            named = one.child_by_field_name("name") or one.child_by_field_name("left")
            return source.text(named) if named is not None and named.type == "identifier" else ""
        if one.type in {"binary_expression", "boolean_operator"}:
            operator = one.child_by_field_name("operator")
            if operator is None or operator.type not in _VALUES:
                return ""
        elif one.type not in {"parenthesized_expression", "as_expression", "non_null_expression"}:
            return ""
    return ""


def _uses(source: Source, name: str, read: Node) -> Iterator[Node]:
    """Where a variable is used, in the function in which it was given its value."""
    home = next((one for one in upwards(read) if one.type in FUNCTIONS), None)
    begin, end = read.end_byte, home.end_byte if home is not None else len(source.content)
    whole = name.encode()
    for _ in range(_MOST):
        at = source.content.find(whole, begin, end)
        if at < 0:
            return
        begin = at + len(whole)
        node = source.at(at, begin)
        if node is None or node.type not in _NAMES or source.text(node) != name:
            continue
        if not _is_other(source, node, name, home):
            yield node


def _is_other(source: Source, node: Node, name: str, home: Node | None) -> bool:
    """Whether a function between has a parameter or a variable of that name."""
    for one in upwards(node):
        if home is not None and one.id == home.id:
            return False
        if one.type in FUNCTIONS:
            given = one.child_by_field_name("parameters") or one.child_by_field_name("parameter")
            words = re2.findall(r"[\w$]+", source.text(given))
            if name in words:
                return True
    return False


def _printing(source: Source, node: Node) -> Node | None:
    """The call that prints a value, if nothing but quoting stands between."""
    for one in upwards(node.parent):
        if one.type in CALLS:
            function = source.function_of(one)
            if LOGS[source.language].search(function):
                return one
            if not _KEEPS.search(function):
                return None
        elif one.type == "binary_expression":
            operator = one.child_by_field_name("operator")
            if operator is None or operator.type not in {"+", *_VALUES}:
                return None
        elif one.type in {"member_expression", "attribute"}:
            if not _KEEPS.search(source.text(one)):
                return None
        elif one.type not in _PASSES:
            return None
    return None
