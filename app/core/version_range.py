"""Version ranges as each ecosystem writes them: which versions a policy rule is about."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from semver import Version

from app.core.package import Ecosystem
from app.core.version_order import is_lower, version_order

Range = Callable[[str], bool]
"""Whether a version lies in the range; never for what is not a version of the ecosystem."""

_NUMBER = r"\d{1,9}|[xX*]"
_PARTIAL = (
    rf"[v=]?(?P<major>{_NUMBER})(?:\.(?P<minor>{_NUMBER})"
    rf"(?:\.(?P<patch>{_NUMBER})(?P<rest>[-+][0-9A-Za-z.+-]{{1,80}})?)?)?"
)
_COMPARATOR = re.compile(rf"(?P<operator>\^|~>?|<=|>=|<|>|=)?\s*{_PARTIAL}")
_HYPHEN = re.compile(r"\s+-\s+")
_LONGEST = 200  # characters of a range
_ORDERS = frozenset({"", "=", "==", "<", "<=", ">", ">="})


def read_range(ecosystem: Ecosystem, text: str) -> Range:
    """Read a range; raise `ValueError` with the cause when it is not one of this ecosystem."""
    if len(text) > _LONGEST:
        raise ValueError("the range is too long")
    if ecosystem is Ecosystem.PYPI:
        return _python_range(text)
    if ecosystem is not Ecosystem.NPM:
        return _plain_range(ecosystem, text)
    alternatives = [list(_npm_alternative(part.strip())) for part in text.split("||")]
    return lambda version: _npm_contains(alternatives, version)


def _python_range(text: str) -> Range:
    try:
        specifier = SpecifierSet(text if text[:1] in "<>=!~" else f"=={text}")
    except InvalidSpecifier as error:
        raise ValueError(f"{text!r} is not a range such as >=1.2,<2") from error
    return lambda version: (
        version_order(Ecosystem.PYPI, version) is not None and specifier.contains(version, prereleases=True)
    )


def _plain_range(ecosystem: Ecosystem, text: str) -> Range:
    """`>=1.2, <2` or one version exactly, for ecosystems whose own grammars nobody reads here."""
    bounds = []
    for part in text.replace(",", " ").split():
        operator = part[: len(part) - len(part.lstrip("<>="))]
        bound = part.removeprefix(operator)
        is_bound = version_order(ecosystem, bound) is not None if operator else bound[:1].isalnum()
        if operator not in _ORDERS or not is_bound:
            raise ValueError(f"{text!r} is not a range such as >=1.2,<2, nor one version")
        bounds.append((operator, bound))
    if not bounds:
        raise ValueError("the range is empty")
    return lambda version: all(_lies(ecosystem, version, operator, bound) for operator, bound in bounds)


def _lies(ecosystem: Ecosystem, version: str, operator: str, bound: str) -> bool:
    if version == bound:
        return "=" in operator or not operator
    if version_order(ecosystem, version) is None:
        return False
    if is_lower(ecosystem, version, bound):
        return "<" in operator
    return ">" in operator if is_lower(ecosystem, bound, version) else "=" in operator or not operator


def _npm_contains(alternatives: list[list[tuple[str, Version]]], version: str) -> bool:
    parsed = version_order(Ecosystem.NPM, version)
    if not isinstance(parsed, Version):
        return False
    return any(all(_holds(parsed, operator, bound) for operator, bound in bounds) for bounds in alternatives)


def _holds(version: Version, operator: str, bound: Version) -> bool:
    order = version.compare(bound)
    return {"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0, "=": order == 0}[operator]


def _npm_alternative(text: str) -> Iterator[tuple[str, Version]]:
    """Each comparator as bounds; npm's grammar: hyphen ranges, `^`, `~`, x-ranges, plain comparators."""
    if text in ("", "*", "x", "X"):
        return
    if _HYPHEN.search(text):
        low, high = _HYPHEN.split(text, maxsplit=1)
        yield from _bounds(">=", _match(low))
        yield from _bounds("<=", _match(high))
        return
    position = 0
    while position < len(text):
        match = _COMPARATOR.match(text, position)
        if match is None:
            raise ValueError(f"{text!r} is not a range such as ^1.2.3 or >=1.2.3 <2")
        yield from _bounds(match["operator"] or "", match)
        rest = text[match.end() :]
        if rest and not rest[0].isspace():
            raise ValueError(f"{text!r} is not a range such as ^1.2.3 or >=1.2.3 <2")
        position = match.end() + len(rest) - len(rest.lstrip())


def _match(text: str) -> re.Match[str]:
    match = _COMPARATOR.fullmatch(text.strip())
    if match is None or match["operator"]:
        raise ValueError(f"{text!r} is not a version")
    return match


def _bounds(operator: str, match: re.Match[str]) -> Iterator[tuple[str, Version]]:
    parts = [match["major"], match["minor"], match["patch"]]
    given = [int(part) for part in parts if part is not None and part not in "xX*"]
    known = next((index for index, part in enumerate(parts) if part is None or part in "xX*"), 3)
    given = given[:known]
    low = Version(*[*given, 0, 0, 0][:3])
    if known == 3 and match["rest"]:
        low = Version.parse(f"{low}{match['rest']}")
    if known == 0:
        if operator in ("<", ">"):
            yield "<", Version(0, 0, 0, "0")  # nothing is below or above everything
        return
    above = _next(given, known - 1)
    match operator:
        case "^":
            leading = next((index for index, number in enumerate(given) if number), known - 1)
            yield ">=", low
            yield "<", _next(given, leading)
        case "~" | "~>":
            yield ">=", low
            yield "<", _next(given, min(1, known - 1))
        case "" | "=":
            if known == 3:
                yield "=", low
            else:
                yield ">=", low
                yield "<", above
        case ">" if known < 3:
            yield ">=", above
        case "<=" if known < 3:
            yield "<", above
        case _:
            yield operator, low


def _next(given: list[int], index: int) -> Version:
    """The lowest pre-release of the version after all that share the first `index + 1` numbers."""
    numbers = [*given[:index], given[index] + 1, 0, 0, 0][:3]
    return Version(numbers[0], numbers[1], numbers[2], "0")
