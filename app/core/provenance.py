"""Where a lockfile says that a package comes from, held against the operator's registries and the base's own file.

Rules about sources share these answers, so that one entry is told of by one of them.
"""

from __future__ import annotations

from urllib.parse import unquote

from app.core.diff import Change
from app.core.integrity import STRENGTH, Outcome, compare
from app.core.lockfile import Pin
from app.core.origins import origin_of
from app.core.package import INSPECTED, REGISTRY, Ecosystem, Source, SourceKind
from app.core.specimen import ChangeSpecimen

_COMMIT_LENGTHS = (40, 64)
_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_SCATTERED = frozenset(
    {
        Ecosystem.GITHUB_ACTIONS,
        Ecosystem.GO,
        Ecosystem.COMPOSER,
        Ecosystem.DOCKER,
        Ecosystem.PRE_COMMIT,
        Ecosystem.TERRAFORM,
        Ecosystem.SWIFT,
    }
)
_LONGEST = 2048  # characters of an address that is looked at


def is_foreign(specimen: ChangeSpecimen) -> bool:
    """Whether the entry leads to a place that should not serve this package.

    That is: the archive of another package or version; a registry's archive on a host that is neither configured nor
    at home in the base's file, or not the one that the operator bound the name to; a plain address that somebody's
    dependency brings in. A Python index is a file's affair unless the name is bound to another; the host that the
    files of an index come from is not.
    """
    pin = specimen.change.after
    if pin is None or pin.source == REGISTRY or pin.source.kind not in (SourceKind.REGISTRY, SourceKind.URL):
        return False
    if other_archive(pin) is not None:
        return True
    if is_allowed(specimen, pin) or _has_no_home(specimen, pin):
        return False
    if pin.source.kind is SourceKind.URL:
        return was_elsewhere(specimen.change) is None and (not pin.direct or _names_archive(pin) is not None)
    if pin.package.ecosystem is Ecosystem.PYPI and not specimen.configured.bound(pin.package):
        return foreign_host(specimen, pin) not in specimen.around.listed | {None}
    return not (specimen.around.is_new and _is_what_the_registry_has(specimen, pin))


def is_unproven(specimen: ChangeSpecimen) -> bool:
    """Whether an installer may get other bytes than those that were examined.

    Packages are asked of the configured registry by name and version. Where the lockfile takes them from a place that
    is not allowed, only a strong hash tells that both have the same.
    """
    pin = specimen.change.after
    if pin is None or pin.source.kind is not SourceKind.REGISTRY or pin.source == REGISTRY:
        return False
    if other_archive(pin) is None and is_allowed(specimen, pin):
        return False
    return not _is_what_the_registry_has(specimen, pin)


def is_allowed(specimen: ChangeSpecimen, pin: Pin) -> bool:
    """Whether the host may serve this package: bound, or configured, or at home in the base's file."""
    return _is_allowed_index(specimen, pin) and foreign_host(specimen, pin) is None


def foreign_host(specimen: ChangeSpecimen, pin: Pin) -> str | None:
    """The host that an index's files come from (`https://host`), where nobody knows it as theirs.

    Only the lockfile says on which host an index keeps its files. One that is new is believed for the first package
    that comes from an index, if all the files there are the registry's own. None as well where the index is unknown
    itself: that is told of. Where the lockfile names no index, a name that is bound comes from its registry's own host,
    or nothing but the bytes tells that it does.
    """
    host = pin.source.reference
    if host is None or pin.source.kind is not SourceKind.REGISTRY or not _is_allowed_index(specimen, pin):
        return None
    bound = specimen.configured.bound(pin.package) if pin.source.url is None else frozenset()
    if host in (bound or specimen.configured.of(pin.package.ecosystem) | specimen.around.home):
        return None
    is_first = bool(bound) or (pin.source.url or "") not in specimen.around.used
    return None if is_first and _is_what_the_registry_has(specimen, pin) else host


def _is_allowed_index(specimen: ChangeSpecimen, pin: Pin) -> bool:
    if pin.source.url is None:
        return True
    bound = specimen.configured.bound(pin.package)
    if bound:
        return origin_of(pin.source.url) in bound
    return origin_of(pin.source.url) in specimen.configured.of(pin.package.ecosystem) | specimen.around.home


def _has_no_home(specimen: ChangeSpecimen, pin: Pin) -> bool:
    """Whether nobody said yet where packages of this ecosystem come from: neither the operator nor the base's file.

    Where each comes from a repository of its own, a new host says nothing.
    """
    if pin.package.ecosystem in _SCATTERED:
        return True
    is_named = specimen.configured.bound(pin.package) or specimen.configured.of(pin.package.ecosystem)
    return pin.package.ecosystem not in INSPECTED and not is_named and not specimen.around.home


def other_archive(pin: Pin) -> str | None:
    """`name/-/file.tgz` when the address is that of another package's or version's archive on an npm registry."""
    named = _names_archive(pin)
    base = pin.package.name.rpartition("/")[2]
    own = {f"{pin.package.name}/-/{name}-{pin.package.version}.tgz" for name in (base, pin.package.name)}
    return None if named is None or named in own else named


def was_elsewhere(change: Change) -> Pin | None:
    """The old pin, if the package came from another place before that was no worse: another kind, repository or index.

    A package that comes to a registry from elsewhere is not among them: it is examined like any other.
    """
    before, after = change.before, change.after
    if before is None or after is None or after.source.kind is SourceKind.PATH:
        return None
    if before.source.kind is after.source.kind:
        old, new = _place(before), _place(after)
        return before if old and new and old != new else None
    return None if after.source.kind is SourceKind.REGISTRY else before


def has_other_bytes(specimen: ChangeSpecimen) -> bool:
    """Whether nothing that the registry has for this version is named by the lockfile.

    A release of PyPI has many files and the lockfile may name those of other platforms: then every file that the index
    offers counts, and one that is named is enough. An npm version is one file.

    A hash beside it that fits nothing is no alarm: pip and Poetry take files from the index, so nothing has it, and
    indexes lose files. uv takes each file from an address of its own and refuses one with another hash than its own;
    on a host that is not known, all hashes have to be the registry's (`is_unproven`).
    """
    pin = specimen.change.after
    if pin is None:
        return False
    outcomes = {compare(pin.digests, artifact.computed) for artifact in specimen.served}
    if pin.package.ecosystem is Ecosystem.NPM:
        return Outcome.MISMATCH in outcomes
    if specimen.offered:
        outcomes.add(compare(pin.digests, specimen.offered))
    return Outcome.MISMATCH in outcomes and not outcomes & {Outcome.MATCH, Outcome.WEAK}


def can_move(source: Source) -> bool:
    """Whether a git source names no commit: a branch or tag, or nothing."""
    return source.kind is SourceKind.GIT and not is_commit(source.reference)


def is_commit(reference: str | None) -> bool:
    """Whether this names one commit and nothing else: a full hash."""
    return reference is not None and len(reference) in _COMMIT_LENGTHS and _HEXADECIMAL.issuperset(reference)


def _place(pin: Pin) -> str:
    """The index, repository or host: what does not change from one version to the next.

    Empty where the lockfile names none, which is the configured registry.
    """
    url = (pin.source.url or "")[:_LONGEST]
    if pin.source.kind is SourceKind.URL:
        return origin_of(url) or url
    plain = url.partition("#")[0].partition("?")[0].rstrip("/").removesuffix(".git")
    if pin.source.kind is SourceKind.REGISTRY and pin.package.ecosystem is Ecosystem.NPM:
        return unquote(plain).partition(f"/{pin.package.name}/-/")[0]
    return plain


def _names_archive(pin: Pin) -> str | None:
    """`name/-/file` or `@scope/name/-/file` at the end of an address; None when it ends otherwise."""
    if pin.package.ecosystem is not Ecosystem.NPM:
        return None
    path = unquote((pin.source.url or "")[:_LONGEST].partition("#")[0].partition("?")[0])
    before, found, file = path.rpartition("/-/")
    scope, _, name = before.rpartition("/")
    if not found or not name:
        return None
    scope = scope.rpartition("/")[2]
    return f"{scope}/{name}/-/{file}" if scope.startswith("@") else f"{name}/-/{file}"


def _is_what_the_registry_has(specimen: ChangeSpecimen, pin: Pin) -> bool:
    """Whether the entry's strong hashes are those of the configured registry's own archives, wherever it is fetched.

    All of them: an installer takes any file that has one of the hashes, so a stranger's needs only to stand among them.
    """
    served = {digest for artifact in specimen.served for digest in artifact.computed} | set(specimen.offered)
    strong = {digest for digest in pin.digests if STRENGTH[digest.algorithm] > STRENGTH["sha1"]}
    return strong <= served and compare(pin.digests, served) is Outcome.MATCH
