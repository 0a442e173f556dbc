"""Byte code without its source → the facts that its names show; with its source beside it, whether that explains it.

What byte code does with its names is not followed. So its facts say what it can do and not what data goes where, and a
file with such facts stays partly examined, unless its source stands beside it and holds every word of it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import islice

from app.core.specimen import Fact, FactId, FileFacts
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.hosts import hosts_in
from worker.inspection.facts.python import decoders, names, sources
from worker.inspection.facts.python.marshalled import ByteCode, NotByteCode, Unit, read
from worker.inspection.facts.tree import Budget

SUFFIXES = (".pyc", ".pyo")
_MOST_FACTS = 200
_MOST_HOSTS = 16
_MOST_LOADS = 500
ACTS: dict[FactId, Iterable[str]] = {
    FactId.NETWORK: names.NETWORK,
    FactId.PROCESS: names.PROCESS,
    FactId.DYNAMIC_CODE: names.SOURCE_CALLS | names.FILE_CALLS | names.LOADERS | names.MODULE_CALLS | names.UNPICKLERS,
    FactId.NATIVE_CODE: names.NATIVE,
    FactId.CREDENTIAL_FILE: names.CREDENTIAL_CALLS,
    FactId.ENVIRONMENT: sources.VARIABLE_CALLS | {"os.environ"},
    FactId.DECODE: decoders.DECODERS,
}
# With these a program reaches names that it does not write down.
_REACHES = frozenset(
    {"getattr", "globals", "locals", "vars", "__dict__", "__builtins__", "__getattribute__", "modules"}
)
_WORD = re.compile(r"\w{2,}")
_ESCAPE = re.compile(r"\\[abfnrtv'\"\\]")
_PARTLY = "byte code: Assay reads the names in it, and not what it does with them"


def _by_last() -> dict[str, list[tuple[frozenset[str], FactId, str]]]:
    found: dict[str, list[tuple[frozenset[str], FactId, str]]] = {}
    for fact, wanted in ACTS.items():
        for name in sorted(wanted):
            shown = name.replace("()", "").removesuffix(".*").removeprefix("builtins.")
            *rest, last = shown.split(".")
            found.setdefault(last, []).append((frozenset(rest), fact, shown))
    return found


_BY_LAST = _by_last()


def extract(_path: str, content: bytes, budget: Budget) -> Extracted:
    """The facts of one `.pyc` file."""
    try:
        code = read(content)
    except NotByteCode as error:
        return Extracted(partly=f"byte code that cannot be read: {error}")
    budget.check()
    hosts = tuple(dict.fromkeys(host for text in code.texts for host in hosts_in(text)))[:_MOST_HOSTS]
    facts = tuple(islice(_facts(code, hosts), _MOST_FACTS))
    facts += tuple(Fact(FactId.HOST, 1, host) for host in hosts)
    used = {name for unit in code.units for name in unit.names}
    loads = tuple(sorted(name.replace(".", "/") for name in islice(used, _MOST_LOADS)))
    return Extracted(facts, loads, partly=_PARTLY if facts or not _REACHES.isdisjoint(used) else None)


def _facts(code: ByteCode, hosts: tuple[str, ...]) -> Iterator[Fact]:
    """Each known function whose last name a unit uses, while the file names what holds it; what talks, to any host."""
    everywhere = {part for unit in code.units for name in unit.names for part in name.split(".")}
    for unit in sorted(code.units, key=lambda unit: unit.line):
        yield from _of_unit(unit, everywhere, hosts)


def _of_unit(unit: Unit, everywhere: set[str], hosts: tuple[str, ...]) -> Iterator[Fact]:
    told: set[FactId] = set()
    for name in unit.names:
        for held, fact, shown in _BY_LAST.get(name.rpartition(".")[2], ()):
            if fact not in told and held <= everywhere:
                told.add(fact)
                to = hosts if fact is FactId.NETWORK else ()
                yield Fact(fact, unit.line, shown, f"byte code that names {shown}", hosts=to)


def source_of(path: str) -> str:
    """Where the source of byte code stands: `pkg/__pycache__/mod.cpython-313.pyc` → `pkg/mod.py`."""
    folder, name = posixpath.split(path)
    return posixpath.join(folder.removesuffix("__pycache__").rstrip("/"), f"{name.partition('.')[0]}.py")


def is_explained(content: bytes, file: FileFacts, source: bytes, beside: FileFacts) -> bool:
    """Whether a source holds every name and word of its byte code, and shows every ability that this names."""
    try:
        code = read(content)
    except NotByteCode:
        return False
    text = _ESCAPE.sub(" ", source.decode("utf-8", "replace"))
    known = set(_WORD.findall(text))
    said = (name for unit in code.units for name in unit.names)
    words = {word for one in (*said, *code.texts) for word in _WORD.findall(one)}
    abilities = {fact.id for fact in file.facts if fact.id in ACTS}
    return words <= known | _MADE and abilities <= {fact.id for fact in beside.facts}


# Names that the compiler itself puts into code.
_MADE = frozenset(
    {
        *(
            "__module__",
            "__qualname__",
            "__doc__",
            "__name__",
            "__annotations__",
            "__annotate__",
            "__conditional_annotations__",
        ),
        *(
            "__firstlineno__",
            "__static_attributes__",
            "__classcell__",
            "__classdictcell__",
            "__class__",
            "__annotate_func__",
        ),
        *("annotations", "return", "format", "locals", "genexpr", "listcomp", "lambda", "metaclass", "__build_class__"),
    }
)
