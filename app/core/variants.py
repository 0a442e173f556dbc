"""Pins of one name in one file: equal ones put together, and which of two revisions' versions belong to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import zip_longest

from msgspec import structs

from app.core.integrity import STRENGTH, Checksum, Digest
from app.core.lockfile import Pin, Scope
from app.core.package import Package, Source, SourceKind
from app.core.version_order import is_lower, numbers_of

_GRAVEST_FIRST = (Scope.RUNTIME, Scope.OPTIONAL, Scope.PEER, Scope.BUILD, Scope.DEVELOPMENT)
_MOST_COMPARED = 10_000  # pairs of versions of one name; beyond it they are paired in their order
_MOST_CANDIDATES = 100  # variants of one version that are looked at; beyond it the new one counts as a change


@dataclass(frozen=True)
class Variant:
    """Equal pins (version, source, hashes) at one or several places of a file.

    `pin` is the first of them, with the gravest scope and all parents of any, direct when one is: no place may hide
    what another says.
    """

    pin: Pin
    locations: frozenset[str]

    @property
    def version(self) -> str:
        """The version all of them have."""
        return self.pin.package.version

    @cached_property
    def strongest(self) -> tuple[int, frozenset[Digest]]:
        """The strength of the strongest hashes (-1: none), and these."""
        strength = max((STRENGTH[digest.algorithm] for digest in self.pin.digests), default=-1)
        return strength, frozenset(one for one in self.pin.digests if STRENGTH[one.algorithm] == strength)


def differing_pins(before: Iterable[Pin], after: Iterable[Pin]) -> tuple[list[Pin], list[Pin]]:
    """The pins of those names that are not the same on both sides, place by place.

    Most names of a big file are, and then nothing happened to them, whatever lines they stand on now.
    """
    old, new = _by_name(before), _by_name(after)
    was: list[Pin] = []
    for name, pins in old.items():
        others = new.get(name)
        if others is not None and len(pins) == len(others) and all(map(_is_same, pins, others)):
            del new[name]
        else:
            was += pins
    return was, [pin for pins in new.values() for pin in pins]


def checksums_moved_on(before: Iterable[Pin], after: Iterable[Pin]) -> bool:
    """Whether checksums on both sides are made in ways that have nothing in common: the tool was replaced by another.

    One entry alone cannot move on: while any of the head has a key of the base, the base's checksums count.
    """
    old, new = ({pin.checksum.key for pin in side if pin.checksum and pin.checksum.hex} for side in (before, after))
    return bool(old and new) and old.isdisjoint(new)


def comparable(before: Sequence[Pin], after: Sequence[Pin]) -> Sequence[Pin]:
    """The base's pins, without checksums where those of the head cannot be compared with them."""
    if not checksums_moved_on(before, after):
        return before
    return [structs.replace(pin, checksum=None) for pin in before]


def grouped(pins: Iterable[Pin]) -> dict[str, list[Variant]]:
    """A package without its version (`npm/name`) → its variants, in the order of their lines."""
    equal: dict[tuple[Package, Source, tuple[Digest, ...], Checksum | None], list[Pin]] = {}
    for pin in pins:
        equal.setdefault((pin.package, pin.source, pin.digests, pin.checksum), []).append(pin)
    names: dict[str, list[Variant]] = {}
    for (package, *_), same in equal.items():
        names.setdefault(package.key, []).append(_variant(same))
    for variants in names.values():
        variants.sort(key=lambda variant: variant.pin.line)
    return names


def everywhere(variants: Sequence[Variant]) -> Variant:
    """The first of several variants of one version, at the places of all of them."""
    if len(variants) == 1:
        return variants[0]
    return replace(variants[0], locations=frozenset().union(*(variant.locations for variant in variants)))


def other_origin(candidates: Sequence[Variant], now: Variant) -> tuple[Variant, bool] | None:
    """Which variant of the same version this one replaces, and whether it differs by its place (else by its bytes).

    None when the base names it just so somewhere, or allowed it already.
    """
    candidates = candidates[:_MOST_CANDIDATES]
    here = [was for was in candidates if _same_place(was, now)]
    if any(_same_bytes(was, now) for was in here):
        return None
    among = here or candidates
    return next((was for was in among if was.locations & now.locations), among[0]), not here


def is_older(one: Package, other: Package) -> bool:
    """Whether `one` is the lower version of the two, as their ecosystem sorts them."""
    return is_lower(one.ecosystem, one.version, other.version)


def paired(gone: Sequence[Variant], come: Sequence[Variant]) -> Iterator[tuple[Variant | None, Variant | None]]:
    """Each version that went with the one that took its place, or with None; one to one.

    The same place in the tree decides first, then the nearest version.
    """
    if len(gone) == len(come) == 1:
        yield gone[0], come[0]
        return
    left, arrived = dict(enumerate(gone)), dict(enumerate(come))
    at = {location: i for i, was in left.items() for location in was.locations if location}
    for j, now in enumerate(come):
        i = next((at[location] for location in sorted(now.locations) if at.get(location) in left), None)
        if i is not None:
            yield left.pop(i), arrived.pop(j)
    if len(left) * len(arrived) > _MOST_COMPARED:
        yield from zip_longest(left.values(), arrived.values())
        return
    by_distance = sorted(
        (_distance(was.pin.package, now.pin.package), i, j) for i, was in left.items() for j, now in arrived.items()
    )
    for _, i, j in by_distance:
        if i in left and j in arrived:
            yield left.pop(i), arrived.pop(j)
    yield from zip_longest(left.values(), ())
    yield from ((None, now) for now in arrived.values())


def _by_name(pins: Iterable[Pin]) -> dict[str, list[Pin]]:
    names: dict[str, list[Pin]] = {}
    for pin in pins:
        name = pin.package.name
        if name in names:
            names[name].append(pin)
        else:
            names[name] = [pin]
    return names


def _is_same(was: Pin, now: Pin) -> bool:
    """Whether this is the same package from the same source, with the same hashes, at the same place.

    Parsers remember what they have read before, so that most values are not only equal, but one.
    """
    return (
        (was.package is now.package or was.package == now.package)
        and (was.source is now.source or was.source == now.source)
        and (was.digests is now.digests or was.digests == now.digests)
        and was.location == now.location
        and was.checksum == now.checksum
    )


def _same_place(was: Variant, now: Variant) -> bool:
    """Whether both come from the same place.

    The configured registry is the same place as any address that the base named: nothing new is allowed. An address
    that appears, or another path on the same host, is the same place only while strong hashes hold the bytes.
    """
    before, after = was.pin.source, now.pin.source
    if before == after:
        return True
    if not before.kind is after.kind is SourceKind.REGISTRY:
        return False
    if after.url is None and after.reference is None:
        return True
    held = now.strongest == was.strongest and now.strongest[0] > STRENGTH["sha1"]
    return held and (before.url is None or _host(before.url) == _host(after.url or ""))


def _host(url: str) -> str:
    """Scheme and host of an address."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}".lower()


def _same_bytes(was: Variant, now: Variant) -> bool:
    """Whether the head's hashes speak of the bytes that the base's speak of, as far as that can be said.

    Hashes swapped for others or for weaker ones do not, and neither do hashes added beside the old ones: a file that
    was added to an old release is new code. Stronger ones in their place do: formats and tools move on, and two
    algorithms cannot be compared. A checksum is compared with a checksum only.
    """
    old_checksum, new_checksum = was.pin.checksum, now.pin.checksum
    if was.pin.digests and new_checksum and not old_checksum:
        return True  # yarn 2 in the place of yarn 1
    if old_checksum and old_checksum.hex and not now.pin.digests:
        return new_checksum == old_checksum
    (old_strength, old), (new_strength, new) = was.strongest, now.strongest
    if new_strength != old_strength:
        return new_strength > old_strength
    return new <= old


def _distance(was: Package, now: Package) -> tuple[int, bool, int]:
    """Versions are near that share many leading numbers; then, a step up is nearer than down; then, a short one."""
    old, new = (numbers_of(package.ecosystem, package.version) for package in (was, now))
    common = 0
    while common < min(len(old), len(new)) and old[common] == new[common]:
        common += 1
    step = next((abs(a - b) for a, b in zip(old[common:], new[common:], strict=False)), 0)
    return -common, is_older(now, was), step


def _variant(same: list[Pin]) -> Variant:
    first = min(same, key=lambda pin: pin.line)
    if len(same) == 1:
        return Variant(first, frozenset([first.location]))
    merged = structs.replace(
        first,
        scope=min((pin.scope for pin in same), key=_GRAVEST_FIRST.index),
        direct=any(pin.direct for pin in same),
        parents=tuple(sorted({parent for pin in same for parent in pin.parents})),
        alias=first.alias or next((pin.alias for pin in same if pin.alias), None),
    )
    return Variant(merged, frozenset(pin.location for pin in same))
