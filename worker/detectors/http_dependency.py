"""Is fetched without TLS.

Whoever stands between an installer and the host can give it other bytes, and only a hash in the lockfile tells. Without
one, nobody can.

Looks at    the addresses of entries that are new or changed.
Reports     addresses that begin with `http:` or `git:`, other than the operator's own registries.
Blind to    redirects that leave TLS on the way.
What to do  Name the same host with https, and make the lockfile anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Pin
from app.core.origins import host_of, origin_of
from app.core.package import Ecosystem
from app.core.rule import RuleCard
from app.core.specimen import ChangeSpecimen

CARD = RuleCard(
    id="http-dependency",
    category=Category.SUPPLY_CHAIN,
    severity=Severity.HIGH,
    confidence=Confidence.HIGH,
    ecosystems=frozenset(Ecosystem),
    since="0.1",
)
_BARE = ("http:", "git:", "git+http:", "git+git:", "hg+http:", "svn+http:", "bzr+http:", "ftp:")


def detect_change(specimen: ChangeSpecimen) -> Iterator[Finding]:
    """Report an entry whose address is fetched without TLS."""
    pin = specimen.change.after
    if pin is None or not _is_bare(pin) or origin_of(pin.source.url) in specimen.configured.of(pin.package.ecosystem):
        return
    held = "the hash in the lockfile is all that holds its bytes" if pin.digests else "nothing holds its bytes"
    before = specimen.change.before
    yield CARD.finding(
        Words(f"it is fetched from {{0}} without TLS; {held}", (host_of(pin.source.url) or pin.source.url or "",)),
        [Evidence(specimen.change.file, pin.line, Words("names {0}", (pin.source.url or "",)))],
        new=before is None or not _is_bare(before),
    )


def _is_bare(pin: Pin) -> bool:
    return (pin.source.url or "").lower().startswith(_BARE)
