"""Package managers that are told to install, and so to run, a package from an address."""

from __future__ import annotations

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.hosts import hosts_in
from worker.inspection.facts.shell.data import Data
from worker.inspection.facts.shell.machine import Machine

_MANAGERS = frozenset({"npm", "pnpm", "yarn", "bun", "pip", "uv", "pipx", "poetry", "deno"})
_INSTALL = frozenset({"install", "i", "add", "exec", "x", "dlx", "run"})


def note(shell: Machine, node: Node, name: str, words: list[Data]) -> None:
    """Note what a package manager fetches from an address; a package by its name comes from the registry."""
    if name in _MANAGERS and any(word.text in _INSTALL for word in words[1:4]):
        addresses = [word.text for word in words[1:] if "://" in word.text and not word.text.startswith("-")]
        if addresses:
            fetched(shell, node, name, addresses)


def fetched(shell: Machine, node: Node, name: str, addresses: list[str]) -> None:
    """Note that packages come from these addresses, and that their code runs."""
    hosts = tuple(host for address in addresses for host in hosts_in(address.removeprefix("git+")))
    shell.add(FactId.NETWORK, node, name, frozenset(), hosts)
    origin = Origin(OriginKind.DOWNLOAD, shell.line(node), name)
    shell.add(FactId.PROCESS, node, f"{name} install", frozenset((origin,)), hosts)
