"""Programs that open what people keep: the clipboard, the keychain, and the tokens that tools print when asked."""

from __future__ import annotations

from tree_sitter import Node

from app.core.specimen import FactId, Origin, OriginKind
from worker.inspection.facts.shell.data import NOTHING, Data, origins_of
from worker.inspection.facts.shell.machine import Machine

_READS = frozenset({"pbpaste", "wl-paste", "get-clipboard"})
_WRITES = frozenset({"pbcopy", "wl-copy", "clip", "set-clipboard"})
_EITHER = frozenset({"xclip", "xsel"})  # they read when they are told to print
_PRINTS = frozenset({"-o", "-out", "--output"})
_KEYCHAIN = "~/Library/Keychains"
_DUMPS = frozenset({"dump-keychain", "export", "find-internet-password"})  # others read one item by its own name
_BROWSERS = ("chrome", "chromium", "brave", "edge", "opera", "vivaldi", "safe storage")
_PRINTERS: dict[str, tuple[tuple[tuple[str, ...], str], ...]] = {  # words of a command → what it prints lies in
    "gcloud": (
        (("auth", "print-access-token"), "~/.config/gcloud"),
        (("auth", "print-identity-token"), "~/.config/gcloud"),
    ),
    "az": ((("account", "get-access-token"), "~/.azure/"),),
    "aws": ((("configure", "export-credentials"), "~/.aws/credentials"), (("configure", "get"), "~/.aws/credentials")),
    "git": ((("credential", "fill"), "~/.git-credentials"),),
    "kubectl": ((("config", "view", "--raw"), "~/.kube/config"),),
    "npm": ((("config", "get", "_auth"), "~/.npmrc"),),
}
PROGRAMS = _READS | _WRITES | _EITHER | frozenset({"security", "vaultcmd"})


def run(shell: Machine, node: Node, name: str, words: list[Data], given: Data) -> Data:
    """Run one of `PROGRAMS`."""
    texts = [word.text.lower() for word in words[1:]]
    if name in {"security", "vaultcmd"}:
        return _keychain(shell, node, name, texts)
    if name in _READS or (name in _EITHER and not _PRINTS.isdisjoint(texts)):
        shell.add(FactId.CLIPBOARD, node, f"reads: {name}")
        return NOTHING
    shell.add(FactId.CLIPBOARD, node, f"writes: {name}", given.origins | origins_of(words[1:]))
    return NOTHING


def printed_credentials(shell: Machine, node: Node, name: str, words: list[Data]) -> Data | None:
    """What a tool prints that was asked for its credentials; None for any other command."""
    texts = [word.text for word in words[1:]]
    for wanted, place in _PRINTERS.get(name, ()):
        if all(any(part in text if part.startswith("_") else part == text for text in texts) for part in wanted):
            shell.add(FactId.CREDENTIAL_FILE, node, place)
            return Data(origins=frozenset({Origin(OriginKind.CREDENTIAL_FILE, shell.line(node), place)}))
    return None


def _keychain(shell: Machine, node: Node, name: str, texts: list[str]) -> Data:
    """The keychain as a whole, or the item of a browser that its passwords are locked with."""
    of_browser = "find-generic-password" in texts and any(one in text for text in texts for one in _BROWSERS)
    if not (of_browser or not _DUMPS.isdisjoint(texts) or (name == "vaultcmd" and "/listcreds" in " ".join(texts))):
        return NOTHING
    shell.add(FactId.CREDENTIAL_FILE, node, _KEYCHAIN)
    return Data(origins=frozenset({Origin(OriginKind.CREDENTIAL_FILE, shell.line(node), _KEYCHAIN)}))
