"""A language whose every line says what it does, to test what is built on the readers of real ones.

`loads lib/x` · `runs lib/x` · `network drop.example` · `process` · `writes` · `inline javascript loads lib/x` …
"""

from __future__ import annotations

from app.core.specimen import Fact, FactId
from worker.inspection.facts.extracted import Extracted
from worker.inspection.facts.languages import Languages
from worker.inspection.facts.tree import Budget, OutOfBudget

_FACTS = {
    "network": FactId.NETWORK,
    "process": FactId.PROCESS,
    "writes": FactId.FILE_WRITE,
    "secret": FactId.ENVIRONMENT,
    "evaluates": FactId.DYNAMIC_CODE,
}


def read(path: str, source: bytes, budget: Budget) -> Extracted:
    """One file."""
    return _read(source.decode("utf-8", "surrogatepass"))


def read_inline(source: str, budget: Budget) -> Extracted:
    """Code inside a command."""
    return _read(source)


def read_command(text: str, budget: Budget) -> Extracted:
    """`node x` runs x; `node -e code` has code inside; `curl host` reaches the network."""
    facts, runs, inline = [], [], []
    for part in text.replace("&&", ";").split(";"):
        words = part.split()
        if words[:2] == ["node", "-e"]:
            inline.append(("javascript", " ".join(words[2:])))
        elif words[:1] == ["node"]:
            runs.append(words[1].removeprefix("./"))
        elif words[:1] == ["curl"]:
            facts.append(Fact(FactId.NETWORK, 1, "curl", text, hosts=(words[1],)))
    return Extracted(tuple(facts), runs=tuple(runs), inline=tuple(inline))


def _read(text: str) -> Extracted:
    facts, loads, runs = [], [], []
    for number, line in enumerate(text.replace("; ", "\n").split("\n"), 1):
        word, _, rest = line.partition(" ")
        if word == "loads":
            loads.append(rest)
        elif word == "runs":
            runs.append(rest)
        elif word in _FACTS:
            facts.append(Fact(_FACTS[word], number, rest or word, line))
        elif word == "crashes":
            raise ValueError("a reader with a fault")
        elif word == "endless":
            raise OutOfBudget
    return Extracted(tuple(facts), tuple(loads), tuple(runs))


def _scan(path: str, content: bytes, is_code: bool) -> tuple[Fact, ...]:
    return (Fact(FactId.HOST, 1, "scanned.example"),) if b"scanned.example" in content else ()


def _sniff(path: str, content: bytes) -> str | None:
    return "javascript" if content.startswith(b"looks like code") else None


PLAIN = Languages(
    files=dict.fromkeys(("javascript", "typescript", "tsx", "python", "shell"), read),
    inline={"javascript": read_inline, "python": read_inline},
    command=read_command,
    scan=_scan,
    sniff=_sniff,
)
