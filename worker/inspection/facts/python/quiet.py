"""Files that can do nothing of consequence: told by the names in them, without a parser.

A file is *quiet* when nothing in its code is used as a value that could lead to something of consequence (`roots.py`):

- no built-in name of consequence (`open`, `exec`, `__import__` …), and none that holds names, but where it is only
  printed, searched or added to (`"…" % locals()`, `"x" in globals()`);
- whatever it imports from modules of consequence (`import os`) is only asked for harmless attributes (`os.path.join`):
  it is not called, assigned, handed over, or looked into by a text;
- no module is reached through another one (`shutil.os`), and where attributes are asked for by a text (`getattr`), no
  module of the standard library is there to be asked, and none that leads to all names can be meant (`asked.py`).

Then no call in it can make a fact, and what remains are its imports and its constants. Comments and strings count as
such only where Python's tokenizer leaves no doubt (`lexer.py`); in any doubt the file is not quiet, and is parsed. So
is one that holds telling words (`telling.py`). It is no gate: nobody asks what a payload looks like, but whether there
is anything that one could be made of.

Two roots are taken for harmless unless they are called or assigned: `file`, which no Python of today has, and `bytes`
in a file that asks for attributes by a text. The most that hides is a decoder in a file that can do nothing else.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

import re2

from app.core.specimen import Fact
from worker.inspection.facts import telling
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.found import Found
from worker.inspection.facts.python import constants, roots, strings
from worker.inspection.facts.python.asked import may_ask_for_all
from worker.inspection.facts.python.import_lines import Imported, imported
from worker.inspection.facts.python.imports import references
from worker.inspection.facts.python.lexer import Tokens, tokens
from worker.inspection.facts.python.literals import value_at
from worker.inspection.facts.python.names import CARRIED


def _any_of(words: frozenset[str]) -> str:
    return "|".join(sorted(words))


_WORDS = re2.compile(rf"\b(?:{_any_of(roots.WORDS)})\b".encode())
_ATTRIBUTES = frozenset(word.encode() for word in roots.ATTRIBUTES)
_NAMESPACES = frozenset(word.encode() for word in roots.NAMESPACES)
_BY_TEXT = re2.compile(
    rb"\b(?:getattr\w*|attrgetter|methodcaller|getmembers|vars|__getattribute__|__getattr__|__dict__)\b"
)
_HOLDERS = re.compile(rf"(?:=|\bgetattr\w*\s*\()\s*(?:{_any_of(roots.HOLDERS)})\b(?!\s*[(.])".encode())
_CARRIED = re2.compile(rf"\.\s*_*(?:{_any_of(CARRIED)})\b".encode())
_BOUND = re.compile(rb"\s*+=(?!=)")  # after a name: it gets a value, or is the name of an argument
_DEFINED = (b"def ", b"class ")
_CALLED = re.compile(rb"\s*+\(")
_WITHOUT = re.compile(rb"\s*+\(\s*+\)[ \t]*+")  # called without arguments
_PRINTED = re.compile(rb"(?:%|\.format\(\*\*|\bin)\s*\Z")  # before all names of a place: they are printed, or searched
_LEFT = re.compile(rb"(?![\[.(])|\.(?:keys|update)\(|\[[^][\n]*+\]\s*+=(?!=)")  # after them: no value is looked up
_MOST_NAMES = 500  # imported by one file: each is looked for in all of the code
_SUBSCRIPT = re.compile(rb"\s*+\[")


def extract(path: str, source: bytes) -> Extracted | None:
    """The facts of a quiet file: where its imports lead, and what its constants show. None if it is not quiet."""
    found = tokens(source)
    told = imported(found) if found is not None else None
    if found is None or told is None or not is_quiet(told, found, source):
        return None
    ranges = strings.constants(found, source)
    if ranges is None or any(True for _ in telling.find(source, lambda _offset: False)):
        return None
    facts: tuple[Fact, ...] = ()
    if ranges:
        shown = Found(source.split(b"\n"))
        for start, end in ranges:
            value = value_at(source, start, end)
            if value is not None:
                constants.add_facts(shown, source.count(b"\n", 0, start) + 1, value)
        facts = shown.facts()
    return Extracted(facts, tuple(dict.fromkeys(chain.from_iterable(references(path, one) for one in told.imports))))


def is_quiet(told: Imported, found: Tokens, source: bytes) -> bool:
    """Whether nothing that leads to something of consequence is used as a value."""
    code = told.rest
    if any(_is_used(code, *match.span()) for match in _WORDS.finditer(code)):
        return False
    by_text = _BY_TEXT.search(code) is not None
    if by_text and _HOLDERS.search(code) is not None:
        return False
    if any(roots.leads(name) is not False for name in told.stars):
        return False
    if len(told.names) > _MOST_NAMES or any(_leads(code, alias, name, by_text=by_text) for alias, name in told.names):
        return False
    if any(map(roots.is_standard, (name for _, name in told.names))) and _CARRIED.search(code) is not None:
        return False
    return not by_text or not may_ask_for_all(found, source)


def _is_used(code: bytes, start: int, end: int) -> bool:
    """Whether a name that needs no import is used as a value."""
    word, before = code[start:end], code[max(0, start - 16) : start]
    if before.endswith(b"."):
        return word in _ATTRIBUTES
    if before.endswith(_DEFINED) or _BOUND.match(code, end) is not None:
        return False
    if word == b"file":
        return _CALLED.match(code, end) is not None
    if word in _NAMESPACES:
        empty = _WITHOUT.match(code, end)
        if empty is None:  # `vars(x)` names nothing that `x` does not
            return _SUBSCRIPT.match(code, end) is None and (word != b"vars" or _CALLED.match(code, end) is None)
        left = _LEFT.match(code, empty.end())
        return left is None or (left.group()[-1:] != b"=" and _PRINTED.search(before) is None)
    return True


def _leads(code: bytes, alias: str, name: str, *, by_text: bool) -> bool:
    """Whether an imported name is used for something of consequence."""
    lead = roots.leads(name)
    asked = by_text and roots.is_module(name)
    if lead is False and not asked:
        return False
    for match in _uses_of(alias).finditer(code):
        before = code[max(0, match.start() - 6) : match.start()]
        if before[-1:].isalnum() or before.endswith((b"_", b".", *_DEFINED)):
            continue
        chain = b"".join(match.group(1).split()).decode()
        if not chain and _BOUND.match(code, match.end()) is not None:
            continue
        if ".__" in chain or roots.leads(name + chain) is not False:
            return True
        if by_text and roots.is_module(name + chain) and _CALLED.match(code, match.end()) is None:
            return True
    return False


@lru_cache(maxsize=1_024)
def _uses_of(alias: str) -> re.Pattern[bytes]:
    return re.compile(rf"{re.escape(alias)}\b((?:\s*+\.\s*+[A-Za-z_]\w*+)*+)".encode())
