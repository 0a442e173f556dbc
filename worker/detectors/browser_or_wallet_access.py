"""Opens stored passwords or wallets.

What browsers, password managers, chats and wallets keep is worth more than the machine it stands on: passwords,
sessions that need no password, and money that nobody can call back.

Looks at    files of browsers, wallets, keychains, password managers and chats that are opened, listed or copied; names
            of such stores beside calls that read files; the clipboard that is read and written by code that knows
            coins' addresses; functions of a page's wallet that code puts its own for.
Reports     critical where stored passwords, chat sessions or wallets are opened, where several of them are named and
            read by code that decrypts or sends, and where addresses are swapped. Cookies, the keychain and keys of
            developers' chains are critical in an install step or start-up hook and high elsewhere: downloaders read
            cookies when they are told to. A profile's folder and its settings alone are medium, and high where nobody
            asked. Low in tests and documents.
Blind to    paths that one file puts together and another opens; stores of programs that it does not know.
What to do  Do not install it. Where it ran, change the stored passwords, end all sessions, and move what the wallets
            hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.core import stores
from app.core.evidence import ASIDE, UNASKED, beside_the_old, first_lines, shown, step, subject
from app.core.finding import Category, Confidence, Evidence, Finding, Reach, Severity, Words
from app.core.package import INSPECTED
from app.core.rule import RuleCard
from app.core.specimen import ArtifactFacts, Fact, FactId, FileFacts, Specimen
from app.core.stores import store_of
from app.core.theft import thefts

CARD = RuleCard(
    id="browser-or-wallet-access",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.CRITICAL,
    confidence=Confidence.HIGH,
    ecosystems=INSPECTED,
    since="0.1",
)
_GRAVE = frozenset({stores.PASSWORDS, stores.WALLETS, stores.VAULTS, stores.CHATS})
_WEAK = frozenset({stores.PROFILE, stores.KEYS})  # what test tools look into as well
_NAMED = (stores.PASSWORDS, stores.CHATS, "the wallet ", "the password manager ")  # how grave names begin
_DEVELOPERS = (".config/solana/id.json",)  # keys that tools of developers read on their own account
_FEW = 3  # names of stores from which reading files is no chance
_DECRYPTS = "Windows data protection"
_BROWSERS_OWN = "navigator.clipboard"  # asks whoever sits there; a wallet's page has buttons to copy and to paste
_OF_ALL = ("fetch", "XMLHttpRequest")  # what a page sends, wallet or not
_ANYBODYS = "request"  # a function of that name is put somewhere; whose it is, is not known
_SHOWN = 3  # lines of evidence


@dataclass(frozen=True, slots=True)
class _Act:
    """What one file does, how grave that is where it is imported, and the lines that show it."""

    says: str
    values: tuple[str, ...]
    severity: Severity
    lines: tuple[Fact, ...]


def detect(specimen: Specimen) -> Iterator[Finding]:
    """Report each file that opens stores of secrets, or swaps addresses."""
    return beside_the_old(specimen, _judge)


def _judge(artifact: ArtifactFacts) -> Iterator[Finding]:
    for file in artifact.files:
        acts = [*_opened(file), *_named(file), *_swapped(file), *_replaced(file)]
        for act in sorted(acts, key=lambda one: -one.severity.rank)[:1]:
            severity = _severity(file.reach, act.severity)
            yield CARD.finding(
                Words(f"{subject(file.reach)} {act.says}", act.values),
                [*step(artifact, file), *_lines(file, act)],
                reach=file.reach,
                severity=severity,
                confidence=Confidence.HIGH if severity is Severity.CRITICAL else Confidence.MEDIUM,
            )


def _lines(file: FileFacts, act: _Act) -> list[Evidence]:
    return first_lines([(file, fact) for fact in act.lines], _SHOWN) or [shown(file, fact) for fact in act.lines[:1]]


def _opened(file: FileFacts) -> Iterator[_Act]:
    """Stores whose paths are known. Those that `credential-theft` says are sent away are left to it."""
    told = _told(file)
    for fact in file.facts:
        kind = store_of(fact.detail) if fact.id is FactId.CREDENTIAL_FILE else None
        if kind is None or kind in told:
            continue
        named = fact.detail != kind and "/" in fact.detail
        yield _Act(
            f"opens {kind} ({{0}})" if named else f"opens {kind}",
            (fact.detail,) if named else (),
            _graveness(kind, fact.detail, file.reach),
            (fact,),
        )


def _told(file: FileFacts) -> set[str | None]:
    """The kinds of stores of which `credential-theft` says that this file sends them away."""
    return {store_of(theft.origin.detail) for theft in thefts(file)[:1] if theft.flows} - {None}


def _graveness(kind: str, path: str, reach: Reach) -> Severity:
    unasked = reach in UNASKED
    if kind in _WEAK:
        return Severity.HIGH if unasked else Severity.MEDIUM
    if kind in _GRAVE and not path.replace("\\", "/").endswith(_DEVELOPERS):
        return Severity.CRITICAL
    return Severity.CRITICAL if unasked else Severity.HIGH


def _named(file: FileFacts) -> Iterator[_Act]:
    """Stores that are named by code that reads files, under paths that are computed."""
    names = {fact.detail: fact for fact in file.facts if fact.id is FactId.STORE}
    grave = [detail for detail in names if detail.startswith(_NAMED)]
    reads = [fact for fact in file.facts if fact.id in (FactId.FILE_READ, FactId.FILE_WRITE, FactId.CREDENTIAL_FILE)]
    if not grave or len(names) < _FEW or not reads or _told(file):
        return
    takes = [fact for fact in file.facts if fact.id is FactId.NETWORK or fact.detail == _DECRYPTS]
    severity = Severity.CRITICAL if takes or file.reach in UNASKED else Severity.HIGH
    yield _Act(
        "reads files and names the stores of browsers or wallets ({0})",
        (", ".join(sorted(grave)[:_SHOWN]),),
        severity,
        tuple(names[detail] for detail in sorted(grave)[:2]) + tuple(reads[:1]),
    )


def _swapped(file: FileFacts) -> Iterator[_Act]:
    """The clipboard is read and written by code that knows what a coin's address looks like."""
    reads = [fact for fact in file.facts if fact.id is FactId.CLIPBOARD and fact.detail.startswith("reads")]
    writes = [fact for fact in file.facts if fact.id is FactId.CLIPBOARD and fact.detail.startswith("writes")]
    coins = [fact for fact in file.facts if fact.id is FactId.COIN_ADDRESS]
    if reads and writes and coins:
        kinds = {fact.detail.rpartition(" ")[2] for fact in coins}
        in_a_page = all(_BROWSERS_OWN in fact.detail for fact in (*reads, *writes))
        severity = Severity.MEDIUM if in_a_page and len(kinds) < _FEW else Severity.CRITICAL
        yield _Act("swaps addresses of coins on the clipboard", (), severity, (reads[0], coins[0], writes[0]))


def _replaced(file: FileFacts) -> Iterator[_Act]:
    """A page's wallet, or all it sends, goes through code that has addresses of its own or looks for those of others.

    That a text as a whole is an address is checked by every page that takes one.
    """
    replaced = [fact for fact in file.facts if fact.id is FactId.REPLACED]
    own = [fact for fact in file.facts if fact.id is FactId.COIN_ADDRESS and not fact.detail.startswith("a check")]
    coins = {fact.detail.rpartition(" ")[2] for fact in own}
    receiver = [fact for fact in replaced if fact.detail.startswith("the receiver")]
    wallets = [
        fact
        for fact in replaced
        if fact not in receiver and not fact.detail.startswith(_OF_ALL) and (receiver or fact.detail != _ANYBODYS)
    ]
    pages = [fact for fact in replaced if fact.detail.startswith(_OF_ALL)]
    hooks = wallets or (pages if len(coins) > 1 else [])
    if hooks and (own or receiver):
        severity = Severity.CRITICAL if len(coins) > 1 or receiver else Severity.HIGH
        lines = (hooks[0], *own[:1], *receiver[:1])
        yield _Act("puts itself between a page and its wallet ({0})", (hooks[0].detail,), severity, lines)


def _severity(reach: Reach, severity: Severity) -> Severity:
    if reach in ASIDE:
        return Severity.LOW
    milder = {Severity.CRITICAL: Severity.HIGH, Severity.HIGH: Severity.MEDIUM, Severity.MEDIUM: Severity.LOW}
    return milder[severity] if reach is Reach.NONE else severity
