"""Is resolved from a place that should not serve it.

An installer takes each archive from the address that the lockfile names, and checks it against the hash that stands
beside it. Whoever edits one line of a lockfile writes both: reviewers hardly ever read them.

Looks at    the address of each entry that is new or changed, the operator's registries, and the base's own file.
Reports     hosts that are neither configured nor used by the base's file for packages of a registry; names that the
            operator bound to another registry; the archive of another package or version; plain addresses that come
            in through another package; files of a Python index on a host that the base's file does not use.
Blind to    what a known host serves under the right name. Python indexes as such, and hosts of files that few packages
            of uv's lockfile use, are index-added's affair.
What to do  Make the lockfile anew from the registry that you trust. If the host is a mirror of yours, Assay's operator
            can configure it.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.errors import Reason
from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Pin
from app.core.origins import host_of
from app.core.package import Ecosystem, SourceKind
from app.core.provenance import foreign_host, is_foreign, other_archive
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="foreign-source",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report an entry that leads to a place that should not serve its package."""
    pin = specimen.change.after
    if pin is None or not is_foreign(specimen):
        return
    yield CARD.finding(
        _message(specimen, pin),
        [Evidence(specimen.change.file, pin.line, _where(specimen, pin))],
        tells=Reason.UNSUPPORTED_SOURCE,
    )


def _where(specimen: ChangeSpecimen, pin: Pin) -> Words:
    files = foreign_host(specimen, pin)
    if files is not None and pin.source.url is None:
        return Words("is fetched from {0}, and no index is named", (files,))
    if files is not None:
        return Words("names the index {0}, and files on {1}", (pin.source.url or "", files))
    return Words("is resolved to {0}", (pin.source.url or "",))


def _message(specimen: ChangeSpecimen, pin: Pin) -> Words:
    other = other_archive(pin)
    if other is not None:
        rest = "; it is not examined" if pin.source.kind is SourceKind.URL else ""
        return Words(f"the lockfile takes it from the archive of something else, {{0}}{rest}", (other,))
    files = foreign_host(specimen, pin)
    bound = sorted(specimen.configured.bound(pin.package))
    if files is not None and not (bound and pin.source.url is None):
        words = "the lockfile takes its files from {0}, which is neither configured nor used on the base branch"
        return Words(words, (host_of(files),))
    host = host_of(files or pin.source.url) or pin.source.url or ""
    if pin.source.kind is SourceKind.URL:
        return Words("another package takes it from {0}, which is no registry; it is not examined", (host,))
    if bound:
        return Words("the lockfile takes it from {0}, though its name belongs to {1}", (host, host_of(bound[0])))
    return Words("the lockfile takes it from {0}, which is neither configured nor used on the base branch", (host,))
