"""What a token may do, and that nobody gives away what they do not have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.access import Access, Scope, read_networks, read_scopes
from app.core.errors import InputError

scopes = st.frozensets(st.sampled_from(Scope), min_size=1)
ids = st.frozensets(st.integers(1, 4))
networks = st.lists(
    st.sampled_from(read_networks(["192.0.2.0/24", "192.0.2.128/25", "192.0.2.7", "2001:db8::/32", "2001:db8:1::/48"]))
).map(tuple)
accesses = st.builds(Access, scopes, ids, ids, networks)
READS = frozenset({Scope.PACKAGES_READ, Scope.REVIEWS_READ})


@given(accesses)
def test_everything_contains_itself(access: Access) -> None:
    assert access.contains(access)


@given(accesses, accesses, accesses)
def test_what_is_given_away_twice_is_still_only_what_the_first_had(a: Access, b: Access, c: Access) -> None:
    if a.contains(b) and b.contains(c):
        assert a.contains(c)


@given(accesses, accesses, st.integers(1, 5), st.one_of(st.none(), st.integers(1, 5)))
def test_a_contained_access_sees_nothing_more(outer: Access, inner: Access, installation: int, repository: int) -> None:
    if outer.contains(inner) and inner.sees(installation, repository):
        assert outer.sees(installation, repository)


@given(accesses, accesses, st.sampled_from(["192.0.2.7", "192.0.2.200", "2001:db8:1::9", "198.51.100.1"]))
def test_a_contained_access_is_admitted_from_nowhere_else(outer: Access, inner: Access, address: str) -> None:
    if outer.contains(inner) and inner.admits(address):
        assert outer.admits(address)


@pytest.mark.parametrize(
    ("outer", "inner", "contained"),
    [
        (Access(READS), Access(frozenset({Scope.PACKAGES_READ})), True),
        (Access(frozenset({Scope.PACKAGES_READ})), Access(READS), False),
        (Access(READS), Access(READS, frozenset({1})), True),
        (Access(READS, frozenset({1})), Access(READS), False),
        (Access(READS, frozenset({1})), Access(READS, frozenset({1, 2})), False),
        (
            Access(READS, networks=read_networks(["10.0.0.0/8"])),
            Access(READS, networks=read_networks(["10.1.2.3"])),
            True,
        ),
        (Access(READS, networks=read_networks(["10.0.0.0/8"])), Access(READS), False),
        (Access(READS, networks=read_networks(["10.0.0.0/8"])), Access(READS, networks=read_networks(["::/0"])), False),
    ],
)
def test_less_is_contained_and_more_is_not(outer: Access, inner: Access, contained: bool) -> None:
    assert outer.contains(inner) is contained


def test_a_token_that_is_narrowed_to_repositories_sees_nothing_else_of_the_installation() -> None:
    access = Access(READS, frozenset({1}), frozenset({7}))
    assert access.sees(1, 7)
    assert not access.sees(1, 8)
    assert not access.sees(1)
    assert not access.sees(2, 7)


def test_an_address_is_the_same_on_both_kinds_of_socket_and_nonsense_is_nowhere() -> None:
    access = Access(READS, networks=read_networks(["192.0.2.0/24"]))
    assert access.admits("192.0.2.9")
    assert access.admits("::ffff:192.0.2.9")
    assert not access.admits("198.51.100.9")
    assert not access.admits("")
    assert not access.admits("unknown")
    assert Access(READS).admits("unknown")


def test_unknown_names_are_told_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"'packages:\*' is not a scope\. Known: packages:read, "):
        read_scopes(["packages:read", "packages:*"])
    with pytest.raises(InputError, match=r"'10\.0\.0\.1/8' is not a network"):
        read_networks(["10.0.0.1/8"])


@given(accesses, accesses)
def test_what_is_contained_is_of_the_same_tenant(a: Access, b: Access) -> None:
    if a.contains(b):
        assert a.oversees(b)


def test_a_tenant_oversees_what_reaches_no_further_whatever_it_may_do_there() -> None:
    mine = Access(READS, frozenset({7}), frozenset({70}))
    admin = frozenset(Scope)
    assert mine.oversees(Access(admin, frozenset({7}), frozenset({70})))
    assert not mine.oversees(Access(READS, frozenset({7})))
    assert not mine.oversees(Access(READS, frozenset({7, 8}), frozenset({70})))
    assert not mine.oversees(Access(READS, frozenset(), frozenset({70})))
    assert Access(READS).oversees(Access(admin))
