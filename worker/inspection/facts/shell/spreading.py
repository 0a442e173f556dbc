"""Programs that publish packages, push commits and make repositories, with whatever token they find."""

from __future__ import annotations

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from app.core.spreading import CHANGES, MAKES, PUBLISHES, PUSHES
from worker.inspection.facts.shell import tables
from worker.inspection.facts.shell.data import Data, origins_of
from worker.inspection.facts.shell.machine import Machine

_TOKENS = "~/.config/gh/hosts.yml"
_REHEARSAL = "--dry-run"


def note(shell: Machine, node: Node | int, name: str, words: list[Data]) -> None:
    """A program that publishes, or that fetches and runs a stranger's code, by its first words."""
    publisher = tables.PUBLISHERS.get(name, frozenset())
    for word in words[1:4]:
        if word.text in publisher:
            shell.add(FactId.PROCESS, node, f"{name} {word.text}", origins_of(words))
            if word.text in tables.PUBLISHES and not any(other.text == _REHEARSAL for other in words):
                shell.add(FactId.SPREAD, node, f"{PUBLISHES}: {name} {word.text}")


def of_repositories(shell: Machine, node: Node, name: str, texts: list[str]) -> Data | None:
    """`git push`, `gh repo create`: facts; of `gh auth token` what it prints, else None."""
    if name == "git" and "push" in texts[:4] and _REHEARSAL not in texts:
        shell.add(FactId.SPREAD, node, f"{PUSHES}: git push")
    elif name == "gh" and texts[:2] == ["repo", "create"]:
        shell.add(FactId.SPREAD, node, f"{MAKES}: gh repo create")
    elif name == "gh" and texts[:1] == ["api"] and any("/contents/.github/workflows" in text for text in texts):
        shell.add(FactId.SPREAD, node, f"{CHANGES}: gh api")
    elif name == "gh" and texts[:2] == ["auth", "token"]:
        shell.add(FactId.CREDENTIAL_FILE, node, _TOKENS)
        return Data(origins=frozenset({Origin(OriginKind.CREDENTIAL_FILE, shell.line(node), _TOKENS)}))
    return None
