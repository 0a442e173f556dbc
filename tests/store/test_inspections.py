"""Inspections: facts are found by artifact, package, engine and realm, and by nothing less."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.core.integrity import Digest
from app.core.ports import Store
from tests.builders import a_fact, a_file, a_package, an_artifact
from tests.fakes.clock import START

SHA256 = Digest("sha256", "1" * 64)
SHA512 = Digest("sha512", "2" * 128)
SHA1 = Digest("sha1", "3" * 40)
FACTS = an_artifact(a_file("index.js", a_fact(), a_fact(line=9)))
PACKAGE = a_package()


def test_facts_are_found_by_any_strong_hash_of_their_artifact(store: Store) -> None:
    store.inspections.save("public", PACKAGE, FACTS, (SHA512, SHA256, SHA1), START)
    assert store.inspections.find("public", PACKAGE, "test", (SHA256,)) == FACTS
    assert store.inspections.find("public", PACKAGE, "test", (SHA512, SHA1)) == FACTS


def test_a_weak_hash_finds_nothing(store: Store) -> None:
    """SHA-1 collisions can be made."""
    store.inspections.save("public", PACKAGE, FACTS, (SHA512, SHA1), START)
    assert store.inspections.find("public", PACKAGE, "test", (SHA1,)) is None
    assert store.inspections.find("public", PACKAGE, "test", ()) is None


def test_facts_are_not_shared_between_packages_engines_or_realms(store: Store) -> None:
    store.inspections.save("public", PACKAGE, FACTS, (SHA256,), START)
    assert store.inspections.find("public", a_package("npm/other@2.4.1"), "test", (SHA256,)) is None
    assert store.inspections.find("public", a_package("pypi/fast-colour@2.4.1"), "test", (SHA256,)) is None
    assert store.inspections.find("public", PACKAGE, "test-2", (SHA256,)) is None
    assert store.inspections.find("99", PACKAGE, "test", (SHA256,)) is None


def test_saving_again_replaces(store: Store) -> None:
    store.inspections.save("public", PACKAGE, FACTS, (SHA256,), START)
    better = an_artifact(a_file("other.js"))
    for _ in range(2):
        store.inspections.save("public", PACKAGE, better, (SHA256, SHA512), START)
    assert store.inspections.find("public", PACKAGE, "test", (SHA256,)) == better
    assert store.inspections.find("public", PACKAGE, "test", (SHA512,)) == better


def test_facts_without_a_strong_hash_are_not_kept(store: Store) -> None:
    store.inspections.save("public", PACKAGE, FACTS, (SHA1,), START)
    assert store.inspections.find("public", PACKAGE, "test", (SHA1, SHA256)) is None


def test_saving_again_under_fewer_hashes_leaves_the_others(store: Store) -> None:
    store.inspections.save("public", PACKAGE, FACTS, (SHA256, SHA512), START)
    better = an_artifact(a_file("other.js"))
    store.inspections.save("public", PACKAGE, better, (SHA512,), START)
    assert store.inspections.find("public", PACKAGE, "test", (SHA256,)) == FACTS
    assert store.inspections.find("public", PACKAGE, "test", (SHA512,)) == better


@pytest.mark.parametrize("name", ["\x00", "half \ud800 of a pair", "x" * 100_000])
def test_a_name_that_no_registry_takes_is_no_fault(store: Store, name: str) -> None:
    """A hostile lockfile may name anything, and its other packages must still be examined."""
    strange = replace(PACKAGE, name=name)
    store.inspections.save("public", strange, FACTS, (SHA256,), START)
    assert store.inspections.find("public", strange, "test", (SHA256,)) in (None, FACTS)
    assert store.inspections.find("public", PACKAGE, "test", (SHA256,)) is None


def test_the_facts_of_a_realm_are_erased_under_every_hash_and_no_others(store: Store) -> None:
    for realm in ("99", "9", "public"):
        store.inspections.save(realm, PACKAGE, FACTS, (SHA256, SHA512), START)
    assert store.inspections.erase("99") == 1
    assert [store.inspections.find("99", PACKAGE, "test", (digest,)) for digest in (SHA256, SHA512)] == [None, None]
    assert [store.inspections.find(realm, PACKAGE, "test", (SHA256,)) for realm in ("9", "public")] == [FACTS, FACTS]
    assert store.inspections.erase("99") == 0
