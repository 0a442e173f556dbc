"""Words in any source that tell what it is about: stores of browsers and wallets, coins' addresses, install steps.

They are no deeds, or small ones: a rule needs them beside others. Each is told once a file, where it stands first.
Whoever asks knows which places are comments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import re2

from app.core import spreading, stores
from app.core.specimen import FactId
from worker.inspection.facts.coin_addresses import ADDRESS, PATTERN, coin_of, pattern_of
from worker.inspection.facts.surroundings import SURE, WORD, named, sure

RECEIVER = "the receiver of a transaction"
_BEFORE = 4  # bytes before a pattern in which `^` may stand: it must then be the whole text
_MOST = 4_000  # places of one file that are looked at
_STORES: tuple[tuple[str, bytes], ...] = (
    (stores.PASSWORDS, rb"\bLogin Data\b|\bkey4\.db\b|\blogins\.json\b"),
    (stores.COOKIES, rb"\bcookies\.sqlite\b|\bNetwork[/\\]{1,4}Cookies\b"),
    (stores.KEYS, rb"\bLocal State\b|\bos_crypt\b|\b(?:Chrome|Chromium|Brave|Edge|Opera) Safe Storage\b"),
    (stores.CHATS, rb"dQw4w9WgXcQ:|\[\\{1,2}w-\]\{24\}\\{0,2}\.\[\\{1,2}w-\]\{6\}"),  # how Discord's tokens begin
    (stores.CHATS, rb"\bdiscord(?:canary|ptb)\b"),
    (stores.PROFILE, rb"\bUser Data[/\\]{1,4}Default\b|\bBraveSoftware[/\\]|\bYandexBrowser\b|\bOpera Software[/\\]"),
    ("the browsers' local storage", rb"\bLocal Storage[/\\]{1,4}leveldb\b"),
    ("the extensions' data", rb"\bLocal Extension Settings\b"),
    ("the wallet Exodus", rb"\bexodus\.wallet\b"),
    ("the wallet Electrum", rb"\bElectrum[/\\]{1,4}wallets\b"),
    ("the wallet Atomic", rb"\batomic[/\\]{1,4}Local Storage\b"),
    ("the wallet Bitcoin", rb"\bwallet\.dat\b"),
    ("the wallet Jaxx", rb"\bcom\.liberty\.jaxx\b"),
    ("the wallet Coinomi", rb"\bCoinomi[/\\]{1,4}wallets\b"),
    ("the wallet Ethereum", rb"\bEthereum[/\\]{1,4}keystore\b"),
)
_BY_GROUP = tuple(detail for detail, _ in _STORES)
_STORE = re2.compile(b"|".join(b"(" + pattern + b")" for _, pattern in _STORES))
_EXTENSIONS = {
    **{key.encode(): f"the wallet {name}" for key, name in stores.WALLET_EXTENSIONS.items()},
    **{key.encode(): f"the password manager {name}" for key, name in stores.VAULT_EXTENSIONS.items()},
}
_EXTENSION = re2.compile(rb"\b[a-p]{32}\b")
_REPLACES = re2.compile(
    rb"\b(ethereum|solana|tronWeb|provider)[\"'`\]]{0,2}(?:\.|\[[\"'`])(request|send|sendAsync|sendTransaction|"
    rb"signTransaction|signAndSendTransaction)[\"'`\]]{0,2}\s{0,4}=[^=]"
    rb"|\bdefineProperty\(\s{0,4}(?:\w+\.)?(ethereum|solana)\s{0,4},\s{0,4}[\"'`](request|send\w*)[\"'`]"
    rb"|\bnew Proxy\(\s{0,4}(?:\w+\.)?(ethereum|solana)\b"
    rb"|\b\w+\.(request)\s{0,4}=\s{0,4}(?:async\b|function\b)"
    rb"|\bparams(?:\[0\]|\.at\(0\)|\?\.\[0\])\.(to)\s{0,4}=[^=]"
    rb"|\b(XMLHttpRequest)\.prototype(?:\.|\[[\"'`])(open|send)[\"'`\]]{0,2}\s{0,4}=[^=]"
    rb"|\b(?:window|globalThis|self|global)(?:\.|\[[\"'`])(fetch)[\"'`\]]{0,2}\s{0,4}=[^=]|(?m:^)\s*(fetch)\s{0,4}=[^=]"
)
_SPREADS: tuple[tuple[str, bytes], ...] = (
    (
        f"{spreading.MAKES}: a call of GitHub",
        (
            rb"\b(?:createForAuthenticatedUser|createUsingTemplate|repos\.createInOrg)\b"
            rb"|\bpost\(\s*f?[\"'`][^\"'`\n]{0,80}/user/repos\b|/user/repos[\"'`][^;]{0,160}[\"'`]POST[\"'`]"
            rb"|\bPOST /user/repos\b|\.get_user\(\)\.create_repo\("
        ),
    ),
    (
        f"{spreading.CHANGES}: .github/workflows over the network",
        rb"/contents/\.github/workflows/|\bcreateOrUpdateFileContents\b[^;]{0,200}\.github/workflows/",
    ),
    (
        f"{spreading.PLANTS}: scripts",
        (
            rb"\bscripts[\"']?\]?(?:\.|\[[\"'`])(?:pre|post)?install[\"'`\]]{0,2}\s{0,4}=[^=]"
            rb"|\bscripts[\"'`\]]{0,2}\s{0,4}[:=,]\s{0,4}\{[^{}]{0,120}\b(?:pre|post)install[\"'`]?\s{0,4}:"
        ),
    ),
    (spreading.PUTS, rb"\bmethod[\"'`]?\s{0,4}[:=]\s{0,4}[\"'`]PUT[\"'`]"),
)
_BY_DEED = tuple(detail for detail, _ in _SPREADS)
_SPREAD = re2.compile(b"|".join(b"(" + pattern + b")" for _, pattern in _SPREADS))
_ANY = re2.compile(
    b"|".join(one.pattern for one in (_STORE, _EXTENSION, _REPLACES, _SPREAD, SURE, WORD, PATTERN, ADDRESS))
)
"""All of it in one pass: most files hold none of these."""


@dataclass(frozen=True, slots=True)
class Word:
    """What a place in a source says; `offset` is its byte."""

    fact: FactId
    offset: int
    detail: str


def find(source: bytes, is_said: Callable[[int], bool]) -> Iterator[Word]:
    """The telling words of a source, each detail once; `is_said` tells of a byte that it stands in a comment."""
    seen: set[str] = set()
    for word in _all(source) if _ANY.search(source) else ():
        if word.detail not in seen and not is_said(word.offset):
            seen.add(word.detail)
            yield word


def _all(source: bytes) -> Iterator[Word]:
    for match in _few(_STORE, source):
        yield Word(FactId.STORE, match.start(), _BY_GROUP[match.lastindex - 1])
    for match in _few(_EXTENSION, source):
        name = _EXTENSIONS.get(match.group())
        if name is not None:
            yield Word(FactId.STORE, match.start(), name)
    for match in _few(_REPLACES, source):
        name = ".".join(group.decode() for group in match.groups() if group)
        name = RECEIVER if name == "to" else name
        yield Word(FactId.REPLACED, match.start(), name)
    for match in _few(_SPREAD, source):
        yield Word(FactId.SPREAD, match.start(), _BY_DEED[match.lastindex - 1])
    for match in _few(SURE, source):
        yield Word(FactId.SURROUNDINGS, match.start(), sure(match.lastindex))
    for match in _few(WORD, source):
        yield Word(FactId.SURROUNDINGS, match.start(), named(match.group(1)))
    for match in _few(PATTERN, source):
        anchored = b"^" in source[max(0, match.start() - _BEFORE) : match.start()]
        what = "a check of addresses" if anchored else "a search for addresses"
        yield Word(FactId.COIN_ADDRESS, match.start(), f"{what} of {pattern_of(match.lastindex)}")
    for match in _few(ADDRESS, source):
        coin = coin_of(match.group(1))
        if coin is not None:
            yield Word(FactId.COIN_ADDRESS, match.start(1), f"an address of {coin}")


def _few(pattern: re2._Regexp[bytes], source: bytes) -> Iterator[re2._Match[bytes]]:
    for count, match in enumerate(pattern.finditer(source)):
        if count == _MOST:
            return
        yield match
