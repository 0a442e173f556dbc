"""What code asks of where it runs: what a fact of its surroundings says first, and which of them say that it hides."""

from __future__ import annotations

from collections.abc import Iterable

from app.core.specimen import Fact, FactId, FileFacts

DEBUGGER = "a debugger"
MACHINE = "a virtual machine"
SANDBOX = "a sandbox"
TOOLS = "tools of analysts"
CONTAINER = "a container"
ARGUMENTS = "its arguments"
PLACE = "the place"
DELAY = "a delay"

_WATCHERS = frozenset({DEBUGGER, MACHINE, SANDBOX, TOOLS})
_COMMON = frozenset({CONTAINER, ARGUMENTS})  # asked by many for honest reasons
_PRODUCTS = frozenset({MACHINE, TOOLS})
_MANY = 3  # names of products and sandboxes from which a list is no chance
_SURE = (
    f"{DEBUGGER}:",
    f"{MACHINE}: addresses",
    f"{MACHINE}: systemd",
    f"{SANDBOX}: WDAG",
)  # no word that means something else as well


def kind_of(fact: Fact) -> str:
    """What a fact of surroundings asks for: "a debugger"."""
    return fact.detail.partition(":")[0]


def watchers(file: FileFacts) -> list[Fact]:
    """The lines that ask whether somebody watches; empty where what they name may mean something else."""
    asked = [fact for fact in file.facts if fact.id is FactId.SURROUNDINGS]
    found = [fact for fact in asked if kind_of(fact) in _WATCHERS]
    is_sure = any(fact.detail.startswith(_SURE) for fact in found)
    if not is_sure and (len(found) < _MANY or _PRODUCTS.isdisjoint(map(kind_of, found))):
        return []
    return [*found, *(fact for fact in asked if kind_of(fact) in _COMMON)]


def triggers(file: FileFacts) -> list[Fact]:
    """The lines that ask where it runs, or wait for minutes."""
    return [fact for fact in file.facts if fact.id is FactId.SURROUNDINGS and kind_of(fact) in (PLACE, DELAY)]


def kinds(facts: Iterable[Fact]) -> str:
    """What is asked for, each once, as people say it."""
    return ", ".join(dict.fromkeys(map(kind_of, facts)))
