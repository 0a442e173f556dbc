"""A lockfile that leads an installer to a place of somebody else's choosing is told of; mirrors and aliases are not."""

from __future__ import annotations

import hashlib

import pytest

from app.core.errors import Reason
from app.core.integrity import Digest, from_sri
from tests.detectors.changes import (
    HASH,
    REGISTRY,
    bound,
    findings,
    in_file,
    npm_lock,
    on,
    tarball,
    told,
    uv_lock,
    where,
)
from worker.detectors import foreign_source, index_added

BASE = npm_lock(right=on(REGISTRY, "right"))
DROP = "https://drop.example"
FILES, INDEX = "https://files.example", "https://pypi.example/simple"
SIX = ("six", "1.0", FILES, "six")
UV_BASE = uv_lock(SIX, ("idna", "0.9", REGISTRY, "idna"))
NOT_USED = "which is neither configured nor used on the base branch"


def digest_of(content: str) -> Digest:
    """The hash of a text as uv names it."""
    return Digest("sha256", hashlib.sha256(content.encode()).hexdigest())


class TestAlarm:
    def test_a_new_package_from_a_host_that_nobody_knows(self) -> None:
        (found,) = findings(foreign_source, BASE, npm_lock(right=on(REGISTRY, "right"), left=on(DROP)))
        assert told([found]) == [f"high: the lockfile takes it from drop.example, {NOT_USED}"]
        assert where(found) == f"package-lock.json:17 is resolved to {tarball(registry=DROP)}"
        assert found.tells is Reason.UNSUPPORTED_SOURCE

    def test_a_package_that_moves_to_such_a_host_in_its_version_or_with_another(self) -> None:
        for version in ("1.0.0", "1.0.1"):
            entry = on(DROP, "right", version)
            assert told(findings(foreign_source, BASE, npm_lock(right=entry))) == [
                f"high: the lockfile takes it from drop.example, {NOT_USED}"
            ]

    def test_the_archive_of_another_package(self) -> None:
        """The hash is right, the host is right, and what is installed is somebody else's package."""
        poisoned = {"resolved": tarball("evil"), "integrity": HASH}
        (found,) = findings(foreign_source, BASE, npm_lock(right=poisoned))
        assert told([found]) == [
            "high: the lockfile takes it from the archive of something else, evil/-/evil-1.0.0.tgz; it is not examined"
        ]
        assert found.tells is Reason.UNSUPPORTED_SOURCE

    def test_the_archive_of_another_version(self) -> None:
        entry = {"resolved": tarball("right", "0.9.0"), "integrity": HASH}
        (found,) = findings(foreign_source, BASE, npm_lock(right=entry))
        assert found.message.values == ("right/-/right-0.9.0.tgz",)

    @pytest.mark.parametrize("path", ["@evil/left", "@evil%2fleft", "%40evil%2Fleft"])
    def test_the_archive_of_a_package_of_the_same_name_in_a_scope(self, path: str) -> None:
        """Read in haste, the address ends as it should."""
        entry = {"resolved": f"{REGISTRY}/{path}/-/left-1.0.0.tgz", "integrity": HASH}
        (found,) = findings(foreign_source, BASE, npm_lock(right=on(REGISTRY, "right"), left=entry))
        assert told([found]) == [
            "high: the lockfile takes it from the archive of something else, @evil/left/-/left-1.0.0.tgz"
        ]

    def test_a_name_that_is_bound_to_a_registry_and_comes_from_another(self) -> None:
        """Also from one that is at home here: that is how dependency confusion looks in a lockfile."""
        configured = bound("@acme/*", "https://npm.acme.example")
        after = npm_lock({"@acme/kit": on(REGISTRY, "@acme/kit")}, right=on(REGISTRY, "right"))
        assert told(findings(foreign_source, BASE, after, configured=configured)) == [
            "high: the lockfile takes it from registry.example, though its name belongs to npm.acme.example"
        ]

    def test_an_address_that_another_package_brings_in(self) -> None:
        """A dependency's own dependency that comes from no registry."""
        entry = {"resolved": f"{DROP}/left.tar.gz", "integrity": HASH}
        right = on(REGISTRY, "right", dependencies={"left": f"{DROP}/left.tar.gz"})
        after = npm_lock(direct=("right",), right=right, left=entry)
        assert told(findings(foreign_source, BASE, after)) == [
            "high: another package takes it from drop.example, which is no registry; it is not examined"
        ]

    def test_an_address_in_which_readers_see_different_hosts(self) -> None:
        entry = {"resolved": "https://registry.example\\@drop.example/left/-/left-1.0.0.tgz", "integrity": HASH}
        (found,) = findings(foreign_source, BASE, npm_lock(right=on(REGISTRY, "right"), left=entry))
        assert found.severity == "high"

    def test_a_port_makes_another_host(self) -> None:
        entry = on(f"{REGISTRY}:8443", "right", "1.0.1")
        assert len(findings(foreign_source, BASE, npm_lock(right=entry))) == 1

    def test_a_new_lockfile_whose_hashes_are_not_the_registrys(self) -> None:
        others = (Digest("sha512", "0" * 128),)
        assert len(findings(foreign_source, None, npm_lock(left=on(DROP)), served=others)) == 1
        assert len(findings(foreign_source, None, npm_lock(left=on(DROP)))) == 1

    def test_files_of_a_known_index_on_a_host_that_nobody_knows(self) -> None:
        """The tool uv takes each file from the address in the lockfile, whatever index stands above it."""
        own = ("idna", "0.9", REGISTRY, "idna")
        (found,) = findings(foreign_source, uv_lock(own), uv_lock(own, ("toml", "1.0", DROP, "evil")), "uv.lock")
        assert told([found]) == [f"high: the lockfile takes its files from drop.example, {NOT_USED}"]
        assert where(found) == "uv.lock:13 names the index https://registry.example/simple, and files on " + DROP

    def test_a_strangers_file_among_the_registrys_own_in_a_new_file(self) -> None:
        """An installer takes any file that has one of the hashes."""
        good, evil = (digest_of(content) for content in ("good", "evil"))
        after = uv_lock(("toml", "1.0", DROP, "good"), index=INDEX).replace(
            "wheels = [",
            f'wheels = [\n{{ url = "{DROP}/toml-1.0-cp312-cp312-win32.whl", hash = "sha256:{evil.hex}" }},',
        )
        assert len(findings(foreign_source, None, after, "uv.lock", served=(good,))) == 1
        assert findings(foreign_source, None, after, "uv.lock", served=(good, evil)) == []


class TestInnocentTwin:
    def test_a_host_that_the_base_uses_for_packages(self) -> None:
        """Lockfiles of yarn name the npm registry by a second host of its own."""
        assert findings(foreign_source, BASE, npm_lock(right=on(REGISTRY, "right"), left=on(REGISTRY))) == []

    def test_a_mirror_that_the_operator_configured(self) -> None:
        assert findings(foreign_source, BASE, npm_lock(left=on("https://mirror.example/npm"))) == []
        assert findings(foreign_source, None, npm_lock(left=on("https://MIRROR.example:443"))) == []

    def test_an_alias(self) -> None:
        """The folder has another name than the package: that is what an alias is."""
        entry = on(REGISTRY, "left", name="left")
        assert findings(foreign_source, BASE, npm_lock(right=on(REGISTRY, "right"), alias=entry)) == []

    def test_a_package_without_an_address(self) -> None:
        assert findings(foreign_source, BASE, npm_lock(left={"integrity": HASH})) == []

    def test_a_new_lockfile_with_the_registrys_own_bytes_at_another_host(self) -> None:
        """A repository that begins to use yarn: every address is new, and every hash is the registry's."""
        found = findings(foreign_source, None, npm_lock(left=on(DROP)), served=from_sri(HASH))
        assert found == []

    def test_a_bound_name_from_its_own_registry(self) -> None:
        configured = bound("@acme/*", "https://npm.acme.example")
        after = npm_lock({"@acme/kit": on("https://npm.acme.example", "@acme/kit")}, right=on(REGISTRY, "right"))
        assert findings(foreign_source, BASE, after, configured=configured) == []

    def test_an_address_that_the_project_itself_asks_for(self) -> None:
        """It is a dependency by address, which is another rule's affair."""
        entry = {"resolved": "https://files.example/left.tar.gz", "integrity": HASH}
        assert findings(foreign_source, BASE, npm_lock(right=on(REGISTRY, "right"), left=entry)) == []

    def test_the_index_of_a_requirements_file(self) -> None:
        """One line says so for all of its packages, and one finding is enough."""
        before, after = "flask==3.0.0\n", "--index-url https://drop.example/simple\nflask==3.0.0\nrich==13.0\n"
        assert findings(foreign_source, before, after, "requirements.txt") == []

    def test_files_on_the_host_that_the_base_uses(self) -> None:
        after = uv_lock(SIX, ("toml", "1.0", FILES, "toml"))
        assert findings(foreign_source, UV_BASE, after, "uv.lock") == []

    def test_the_first_package_of_a_known_index_with_the_registrys_own_bytes(self) -> None:
        """Nobody but the file says on which host an index keeps its files."""
        after = uv_lock(("toml", "1.0", FILES, "toml"), index=INDEX)
        for before in (None, uv_lock()):
            assert findings(foreign_source, before, after, "uv.lock", served=(digest_of("toml"),)) == []

    def test_a_host_of_files_that_is_told_of_for_the_whole_file(self) -> None:
        """Few packages use it: one finding names it as a place of its own, and once is enough."""
        after = uv_lock(SIX, ("idna", "1.0", FILES, "idna"), ("toml", "1.0", DROP, "evil"))
        assert findings(foreign_source, UV_BASE, after, "uv.lock") == []
        (found,) = in_file(index_added, UV_BASE, after, "uv.lock")
        assert found.message.plain() == "packages come from another index, https://drop.example"
