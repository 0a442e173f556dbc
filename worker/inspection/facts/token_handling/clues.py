"""What may be weak practice: for each practice and language a pattern that is rare, over bytes, and its judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import re2

from app.core.token_handling import Practice
from worker.inspection.facts.token_handling import requests, tokens
from worker.inspection.facts.token_handling.syntax import Source

_SECRET = "(?:[a-z0-9]+[-_])*(?:token|password|passphrase|secret|api[-_]?key|apikey)"  # noqa: S105 - a pattern
Judge = Callable[[Source, int, int], str | None]
"""`(source, start, end)` of a clue → the word of the fact, or None."""


@dataclass(frozen=True, slots=True)
class Clue:
    """One pattern. `languages` are those it is looked for in; `unless` (a pattern) acquits the whole file."""

    practice: Practice
    languages: frozenset[str]
    pattern: Any
    judge: Judge
    unless: Any = None


_JS, _PY = frozenset({"javascript"}), frozenset({"python"})
_BOTH = _JS | _PY
_SAFE_COMPARE = re2.compile(
    rb"timingSafeEqual|compare_digest|constant_?time|constantTime|tsscmp|[sS]afe_?-?[cC]ompare|[sS]ecure_?-?[cC]ompare|safeEqual"
)


def _clue(practice: Practice, languages: frozenset[str], pattern: str, judge: Judge, unless: Any = None) -> Clue:
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1
    return Clue(practice, languages, re2.compile(pattern.encode(), options=options), judge, unless)


CLUES = (
    _clue(
        Practice.IN_URL,
        _BOTH,
        r"(?i)[?&](?:access_token|api_?key|auth_?token|client_secret|private_token|id_token|refresh_token|session_token|"
        r"secret|password|token)=(?:\$\{|\{[a-z_(]|[\"'`]\s*\+|%s|%\([a-z_]+\)s)",
        requests.in_url,
    ),
    _clue(Practice.TLS_OFF, _JS, r"rejectUnauthorized[\"']?\s*:\s*(?:false|!1)", requests.tls_off),
    _clue(
        Practice.TLS_OFF, _JS, r"NODE_TLS_REJECT_UNAUTHORIZED[\"'\]]{0,2}\s*=\s*[\"'`]?0", requests.tls_off_everywhere
    ),
    _clue(Practice.TLS_OFF, _PY, r"\bverify(?:_ssl)?\s*=\s*False", requests.tls_off),
    _clue(Practice.TLS_OFF, _PY, r"_create_default_https_context\s*=", requests.tls_off_everywhere),
    _clue(Practice.CLEAR_TEXT, _BOTH, r"[\"'`]http://[A-Za-z0-9.-]+", requests.clear_text),
    _clue(
        Practice.REDIRECTED,
        _PY,
        r"def (?:rebuild_auth|should_strip_auth)\(|--location-trusted|UNRESTRICTED_AUTH",
        requests.kept_on_redirect,
    ),
    _clue(Practice.REDIRECTED, _JS, r"beforeRedirect|--location-trusted|UNRESTRICTED_AUTH", requests.kept_on_redirect),
    _clue(
        Practice.COMMAND_LINE,
        _JS,
        rf"\.(?:option|requiredOption)\(\s*[\"'`](?:-\w,?\s*)?(?:--)?{_SECRET}(?:[\"'`]|[ =]+[<\[])",
        tokens.on_command_line,
    ),
    _clue(
        Practice.COMMAND_LINE,
        _PY,
        rf"(?:add_argument|option)\(\s*(?:[\"']-\w+[\"'],\s*)?[\"']--{_SECRET}[\"']",
        tokens.on_command_line,
    ),
    _clue(Practice.CONSTANT_KEY, _JS, r"(?i)\b(?:jwt|jsonwebtoken)\.(?:sign|verify)\(", tokens.constant_key),
    _clue(Practice.CONSTANT_KEY, _PY, r"\b(?:jwt|jose)\.(?:encode|decode)\(", tokens.constant_key),
    _clue(Practice.CONSTANT_KEY, _JS, r"\bsecret\s*:\s*[\"']", tokens.session_secret),
    _clue(Practice.CONSTANT_KEY, _PY, r"(?:\.secret_key|\[[\"']SECRET_KEY[\"']\])\s*=\s*[\"']", tokens.session_secret),
    _clue(
        Practice.UNVERIFIED,
        _JS,
        r"ignoreExpiration\s*:\s*(?:true|!0)|algorithms\s*:\s*\[\s*[\"']none",
        tokens.unverified,
    ),
    _clue(
        Practice.UNVERIFIED,
        _PY,
        r"verify_(?:signature|exp)[\"']\s*:\s*False|algorithms\s*=\s*\[\s*[\"']none|jwt\.decode\([^\n]{0,200}verify\s*=\s*False",
        tokens.unverified,
    ),
    _clue(Practice.LONG_LIVED, _JS, r"expiresIn\s*:\s*[\"'`][0-9]+\s?(?:y|d)", tokens.long_lived),
    _clue(Practice.COMPARED, _JS, r"createHmac\(", tokens.compared, _SAFE_COMPARE),
    _clue(Practice.COMPARED, _PY, r"\bhmac\.(?:new|digest)\(", tokens.compared, _SAFE_COMPARE),
    _clue(Practice.WEAK_RANDOM, _JS, r"Math\.random\(", tokens.weak_random),
    _clue(
        Practice.WEAK_RANDOM,
        _PY,
        r"\brandom\.(?:choices?|randint|randrange|getrandbits|sample|random)\(",
        tokens.weak_random,
    ),
    _clue(
        Practice.IN_BROWSER,
        _JS,
        r"(?:process\.env|import\.meta\.env)(?:\.|\[[\"'])(?:NEXT_PUBLIC|VITE|REACT_APP|GATSBY|EXPO_PUBLIC|NUXT_PUBLIC|VUE_APP)_"
        r"[A-Z0-9_]*(?:SECRET|PRIVATE_KEY|PASSWORD|SERVICE_ROLE)[A-Z0-9_]*",
        tokens.in_browser,
    ),
)
