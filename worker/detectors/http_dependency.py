"""Is fetched without TLS.

Whoever stands between an installer and the host can give it other bytes, and only a hash in the lockfile tells. Without
one, nobody can.

Looks at    the addresses of entries that are new or changed, and the hosts that the files of an index come from.
Reports     addresses that begin with `http:`, `git:` or `ftp:` (`git+http:` too), other than the operator's registries.
Blind to    redirects that leave TLS on the way.
What to do  Name the same host with https, and make the lockfile anew.
"""

from __future__ import annotations

from collections.abc import Iterator

from app.core.finding import Category, Confidence, Evidence, Finding, Severity, Words
from app.core.lockfile import Pin
from app.core.origins import host_of, origin_of
from app.core.package import Ecosystem, SourceKind
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
    known = specimen.configured.of(pin.package.ecosystem) if pin else ()
    address = next((one for one in _bare(pin) if origin_of(one) not in known), None)
    if pin is None or address is None:
        return
    held = "the hash in the lockfile is all that holds its bytes" if pin.digests else "nothing holds its bytes"
    before = specimen.change.before
    yield CARD.finding(
        Words(f"it is fetched from {{0}} without TLS; {held}", (host_of(address) or address,)),
        [Evidence(specimen.change.file, pin.line, Words("names {0}", (address,)))],
        new=not _bare(before),
    )


def _bare(pin: Pin | None) -> list[str]:
    """The addresses of an entry that are fetched without TLS."""
    if pin is None:
        return []
    files = pin.source.reference if pin.source.kind is SourceKind.REGISTRY else None
    return [address for address in (pin.source.url, files) if address and address.lower().startswith(_BARE)]
