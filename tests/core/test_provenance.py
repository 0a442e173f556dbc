"""What was examined is what will be installed, or somebody is told that nothing proves it."""

from __future__ import annotations

import hashlib

import pytest

from app.core.integrity import Digest
from app.core.origins import Binding, Configured
from app.core.package import Ecosystem, Source, SourceKind
from app.core.provenance import foreign_host, is_foreign, is_unproven
from app.core.specimen import ChangeSpecimen, Served, Surroundings
from tests.builders import a_change, a_pin

INDEX, FILES, DROP = "https://pypi.example/simple", "https://files.example", "https://drop.example"
CONFIGURED = Configured({Ecosystem.PYPI: frozenset({"https://pypi.example"})})
HOME = Surroundings(home=frozenset({"https://pypi.example", FILES}), used=frozenset({INDEX}))


def digest(content: str) -> Digest:
    return Digest("sha256", hashlib.sha256(content.encode()).hexdigest())


def unproven(host: str, *named: str, around: Surroundings = HOME) -> bool:
    """Whether the registry's two files prove what an entry with these files on that host installs."""
    pin = a_pin(
        "pypi/toml@1.0",
        source=Source(SourceKind.REGISTRY, INDEX, host),
        digests=tuple(digest(content) for content in named),
    )
    served = (Served("toml-1.0-py3-none-any.whl", (digest("wheel"),)),)
    change = a_change("pypi/toml@1.0", None, after=pin)
    return is_unproven(ChangeSpecimen(change, served, (digest("wheel"), digest("sdist")), around, CONFIGURED))


def test_files_on_a_host_that_nobody_knows_are_proven_by_the_registrys_hashes_alone() -> None:
    assert not unproven(DROP, "wheel", "sdist")
    assert unproven(DROP, "evil")
    assert unproven(DROP)


def test_one_right_hash_beside_a_strangers_proves_nothing_there() -> None:
    """An installer takes whichever file it likes best."""
    assert unproven(DROP, "sdist", "evil")


@pytest.mark.parametrize("named", [("wheel",), ("sdist", "of another platform"), ()])
def test_a_host_that_the_base_uses_is_the_indexs_own(named: tuple[str, ...]) -> None:
    assert not unproven(FILES, *named)


def test_the_first_package_of_an_index_brings_its_host_along_with_the_registrys_bytes_only() -> None:
    first = Surroundings(is_new=True)
    assert not unproven(FILES, "wheel", around=first)
    assert unproven(FILES, "wheel", "evil", around=first)


def without_index(host: str, *named: str, around: Surroundings, configured: Configured = CONFIGURED) -> ChangeSpecimen:
    """An entry whose lockfile names the address of each file and no index, as pip's and pdm's do."""
    source = Source(SourceKind.REGISTRY, None, host)
    pin = a_pin("pypi/toml@1.0", source=source, digests=tuple(digest(content) for content in named))
    served = (Served("toml-1.0-py3-none-any.whl", (digest("wheel"),)),)
    return ChangeSpecimen(a_change("pypi/toml@1.0", None, after=pin), served, (digest("sdist"),), around, configured)


def test_without_an_index_the_first_host_is_believed_with_the_registrys_bytes_and_no_other() -> None:
    first, later = Surroundings(is_new=True), Surroundings(home=frozenset({FILES}), used=frozenset({""}))
    for specimen in (without_index(FILES, "wheel", around=first), without_index(FILES, "evil", around=later)):
        assert not is_foreign(specimen)
        assert not is_unproven(specimen)
    for specimen in (without_index(DROP, "evil", around=first), without_index(DROP, "evil", around=later)):
        assert is_foreign(specimen)
        assert is_unproven(specimen)
    moved = without_index(DROP, "wheel", around=later)  # the right bytes, from a host that nobody knows
    assert is_foreign(moved)
    assert not is_unproven(moved)


def test_a_bound_name_comes_from_its_registrys_host_or_with_its_bytes_whatever_the_base_uses() -> None:
    """The host that the base uses is the public registry's, which may have a package of that name too."""
    configured = Configured(CONFIGURED.known, (Binding(Ecosystem.PYPI, "toml", "https://private.example"),))
    around = Surroundings(home=frozenset({FILES}), used=frozenset({""}))
    public = without_index(FILES, "evil", around=around, configured=configured)
    assert public.change.after is not None
    assert foreign_host(public, public.change.after) == FILES
    assert is_foreign(public)
    assert is_unproven(public)
    for own in (
        without_index("https://private.example", "any", around=around, configured=configured),
        without_index(FILES, "wheel", around=around, configured=configured),
    ):
        assert not is_foreign(own)
        assert not is_unproven(own)
