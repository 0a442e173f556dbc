"""A second place for packages is a way in for whoever publishes there; one's own mirror is not."""

from __future__ import annotations

import pytest

from app.core.errors import Reason
from tests.detectors.changes import HASH, REGISTRY, in_file, npm_lock, on, told, uv_lock
from worker.detectors import index_added

DROP, FILES = "https://drop.example", "https://files.example"


class TestAlarm:
    @pytest.mark.parametrize(
        ("line", "says"),
        [
            (
                "--extra-index-url https://drop.example/simple",
                "any package may come from a second index, https://drop.example/simple: the higher version wins",
            ),
            (
                "--index-url https://drop.example/simple",
                "its packages come from the index https://drop.example/simple",
            ),
            ("-i https://drop.example/simple", "its packages come from the index https://drop.example/simple"),
            (
                "--find-links https://drop.example/",
                "any package may come from https://drop.example/: the higher version wins",
            ),
            ("-f ./wheels", "any package may come from ./wheels: the higher version wins"),
            ("--trusted-host pypi.example", "the certificate of pypi.example is no longer checked"),
        ],
    )
    def test_a_line_of_a_requirements_file(self, line: str, says: str) -> None:
        (found,) = in_file(index_added, "flask==3.0.0\n", f"flask==3.0.0\n{line}\n")
        assert told([found]) == [f"high: {says}"]
        assert (found.evidence[0].file, found.evidence[0].line) == ("requirements.txt", 2)

    def test_what_it_serves_is_not_examined_and_that_is_said_once(self) -> None:
        (extra,) = in_file(index_added, "", "--extra-index-url https://drop.example/simple\n")
        (index,) = in_file(index_added, "", "--index-url https://drop.example/simple\n")
        assert (extra.tells, index.tells) == (Reason.UNSUPPORTED_SOURCE, None)

    def test_a_second_index_also_if_both_are_the_operators(self) -> None:
        """Whichever has the higher version wins: that is the danger, whosoever they are."""
        assert len(in_file(index_added, "", "--extra-index-url https://pypi.example/simple\n")) == 1

    def test_another_path_of_the_same_host(self) -> None:
        before = "--index-url https://indexes.example/all/simple\n"
        assert len(in_file(index_added, before, "--index-url https://indexes.example/evil/simple\n")) == 1

    def test_a_login_is_not_shown(self) -> None:
        (found,) = in_file(index_added, "", "--index-url https://me:secret@drop.example/simple\n")
        assert "secret" not in repr(found)

    def test_addresses_that_appear_at_packages_that_are_the_same_otherwise(self) -> None:
        """No package changed, and the hash holds its bytes; who is asked for them did."""
        bare, there = npm_lock(left={"integrity": HASH}), npm_lock(left=on("http://drop.example"))
        (found,) = in_file(index_added, bare, there, "package-lock.json")
        assert found.message.plain() == "packages come from another registry, http://drop.example"
        assert (found.evidence[0].file, found.evidence[0].line) == ("package-lock.json", 11)

    def test_a_host_of_files_that_was_the_usual_one_is_no_news(self) -> None:
        a, b, c = (("a", "1.0", FILES, "a"), ("b", "1.0", FILES, "b"), ("c", "1.0", DROP, "c"))
        assert in_file(index_added, uv_lock(a), uv_lock(a, c, ("d", "1.0", DROP, "d")), "uv.lock") == []
        (found,) = in_file(index_added, uv_lock(a, b), uv_lock(a, b, c), "uv.lock")
        assert found.message.values == (DROP,)

    def test_registries_that_npms_configuration_names(self) -> None:
        """For all packages, for those of a scope, and one whose certificate nobody looks at any more."""
        after = "registry=https://drop.example/\n@acme:registry=https://two.example/\nstrict-ssl=false\n"
        found = in_file(index_added, "save-exact=true\n", after, "shop/.npmrc")
        assert [(one.evidence[0].line, one.message.plain()) for one in found] == [
            (1, "packages come from another registry, https://drop.example/"),
            (2, "packages come from another registry, https://two.example/"),
            (3, "the certificate of https://drop.example/ is no longer checked"),
        ]


class TestInnocentTwin:
    def test_the_operators_registry_in_npms_configuration(self) -> None:
        assert in_file(index_added, None, "registry=https://mirror.example/\n", ".npmrc") == []

    def test_addresses_that_appear_and_lead_to_a_registry_that_is_known(self) -> None:
        bare = {"integrity": HASH}
        for host in ("https://mirror.example", REGISTRY):
            before, after = npm_lock(left=bare, right=on(REGISTRY, "right")), npm_lock(left=on(host), right=bare)
            assert in_file(index_added, before, after, "package-lock.json") == []

    def test_an_address_that_is_told_at_its_package(self) -> None:
        before, after = npm_lock(left=on(REGISTRY)), npm_lock(left=on(DROP))
        assert in_file(index_added, before, after, "package-lock.json") == []

    def test_an_index_that_the_base_names(self) -> None:
        before = "--index-url https://indexes.example/simple/\n--extra-index-url https://two.example/simple\n"
        after = "flask==3.0.0\n--extra-index-url https://two.example/simple\n-i https://indexes.example/simple\n"
        assert in_file(index_added, before, after) == []

    def test_the_operators_mirror_as_the_only_index(self) -> None:
        assert in_file(index_added, "", "--index-url https://pypi.example/simple\nflask==3.0.0\n") == []

    def test_an_index_that_goes_away(self) -> None:
        assert in_file(index_added, "--extra-index-url https://two.example/simple\n", "flask==3.0.0\n") == []

    def test_a_file_without_any(self) -> None:
        assert in_file(index_added, None, "flask==3.0.0\n") == []
