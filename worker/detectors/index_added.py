"""Lets packages come from another index.

An installer that knows several indexes takes a name from whichever offers the higher version. Whoever publishes the
name of a private package on a public index, or runs the index that was added, decides what is installed.

Looks at    the lines of dependency files that name indexes, pages of links and trusted hosts, and the indexes that
            entries of a lockfile name as theirs. Of npm's lockfiles, hosts of addresses that appear where there were
            none; of uv's, hosts that few packages take their files from.
Reports     those that the base's file lacks: second indexes and links always, the only index where the operator did
            not configure it, and hosts whose certificate is no longer checked.
Blind to    indexes that stand in configuration outside the dependency file.
What to do  Use one index or registry that serves all packages, or bind names to theirs. If it is your own, Assay's
            operator can configure it.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Reason
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Index, IndexKind
from app.core.origins import origin_of
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import FileSpecimen

CARD = RuleCard(
    id="index-added",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)
_MESSAGE = {
    IndexKind.INDEX: "its packages come from the index {0}",
    IndexKind.EXTRA_INDEX: "any package may come from a second index, {0}: the higher version wins",
    IndexKind.FIND_LINKS: "any package may come from {0}: the higher version wins",
    IndexKind.TRUSTED_HOST: "the certificate of {0} is no longer checked",
    IndexKind.SOURCE: "packages come from another index, {0}",
}
_SAYS = {
    IndexKind.INDEX: "names it as the index",
    IndexKind.EXTRA_INDEX: "adds it as an index",
    IndexKind.FIND_LINKS: "adds it as a page of links",
    IndexKind.TRUSTED_HOST: "trusts it without a certificate",
    IndexKind.SOURCE: "the first package that comes from it",
}
_UNREAD = frozenset({IndexKind.EXTRA_INDEX, IndexKind.FIND_LINKS, IndexKind.TRUSTED_HOST})


def detect_file(specimen: FileSpecimen) -> Iterator[Finding]:
    """Report each place for packages that the base's file does not name and that is not configured."""
    places = {_place(index) for index in specimen.before}
    for index in specimen.after:
        if _place(index) not in places and not _is_configured(index, specimen):
            places.add(_place(index))
            yield CARD.finding(
                Words(_message(index, specimen.ecosystem), (index.url,)),
                [Evidence(specimen.path, index.line, Words(_SAYS[index.kind]), index.url[:200])],
                tells=Reason.UNSUPPORTED_SOURCE if index.kind in _UNREAD else None,
            )


def _message(index: Index, ecosystem: Ecosystem) -> str:
    """What it says of this place; there are no indexes in the world of npm."""
    if ecosystem is Ecosystem.NPM and index.kind is not IndexKind.TRUSTED_HOST:
        return "packages come from another registry, {0}"
    return _MESSAGE[index.kind]


def _place(index: Index) -> tuple[bool, str]:
    """The address; to trust a host is another matter than to take packages from it."""
    return index.kind is IndexKind.TRUSTED_HOST, index.url.rstrip("/")


def _is_configured(index: Index, specimen: FileSpecimen) -> bool:
    """Whether all packages come from the operator's own registry. Mixing two is the danger, whosoever they are."""
    alone = index.kind in (IndexKind.INDEX, IndexKind.SOURCE)
    return alone and origin_of(index.url) in specimen.configured.of(specimen.ecosystem)
