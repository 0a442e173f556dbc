"""What the registry shows and what the archive packs are held side by side; only real differences are told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from app.core.declaration import declare
from app.core.finding import Finding
from app.core.specimen import ArtifactFacts
from tests.detectors.artifacts import METADATA, findings, npm, places, sdist, told, wheel
from worker.detectors import manifest_confusion

HERE: dict[str, Any] = {"name": "fast-colour", "version": "2.4.1"}


def shown(packed: ArtifactFacts, *, whole: bool = True, **manifest: Any) -> ArtifactFacts:
    """The artifact with the registry's word on its manifest."""
    word = {**HERE, **manifest}
    outside = (("name", str(word["name"])), ("version", str(word["version"])), *declare(word, whole=whole))
    return replace(packed, registered=outside)


def judged(packed: ArtifactFacts, **manifest: Any) -> list[Finding]:
    return findings(manifest_confusion, shown(packed, **manifest))


class TestAlarm:
    def test_an_install_step_that_the_registry_does_not_show_is_high(self) -> None:
        (found,) = judged(npm(scripts={"postinstall": "node setup.js"}), scripts={"test": "jest"})
        assert told([found]) == [
            "high: its archive has an install step that the registry does not show: postinstall runs node setup.js"
        ]
        assert (places(found), found.reach) == (["package.json:5"], "install")

    def test_an_install_step_that_the_registry_shows_otherwise_is_high(self) -> None:
        (found,) = judged(npm(scripts={"install": "node evil.js"}), scripts={"install": "node build.js"})
        assert told([found]) == [
            (
                "high: its archive has an install step that the registry shows otherwise:"
                " install runs node evil.js and not node build.js"
            )
        ]
        assert found.evidence[1].says.plain() == "is, by the registry's word, install: node build.js"

    def test_a_change_behind_two_hundred_characters_is_a_change(self) -> None:
        head = "echo " + "x" * 400
        assert judged(npm(scripts={"install": f"{head}; node b.js"}), scripts={"install": head})[0].severity == "high"

    def test_a_script_that_an_install_step_starts_by_name(self) -> None:
        packed = npm(scripts={"postinstall": "npm run setup", "setup": "node evil.js"})
        (found,) = judged(packed, scripts={"postinstall": "npm run setup", "setup": "node ok.js"})
        assert "a script of an install step that the registry shows otherwise: setup runs" in told([found])[0]

    def test_two_blocks_of_scripts_of_which_one_has_an_install_step(self) -> None:
        text = '{"name": "a", "version": "1.0.0", "scripts": {"test": "jest"}, "scripts": {"install": "node a.js"}}'
        (found,) = findings(manifest_confusion, npm({"package.json": text, "a.js": ""}))
        assert (found.severity, "'scripts' stands more than once" in told([found])[0]) == ("high", True)
        harmless = text.replace("install", "lint")
        assert [one.severity for one in findings(manifest_confusion, npm({"package.json": harmless}))] == ["low"]

    def test_dependencies_that_differ_are_one_finding(self) -> None:
        packed = npm(dependencies={"left": "^1.0.0", "right": "2.0.0", "same": "1"})
        (found,) = judged(packed, dependencies={"left": "^1.0.0", "right": "3.0.0", "other": "1", "same": "1"})
        assert told([found]) == [
            "medium: its archive and the registry differ in 2 of its dependencies, other among them"
        ]
        assert [evidence.says.plain() for evidence in found.evidence] == [
            "lacks other, which the registry gives as 1",
            "names right as 2.0.0, the registry as 3.0.0",
        ]

    def test_a_hidden_dependency(self) -> None:
        (found,) = judged(npm(dependencies={"evil": "1.0.0"}))
        assert told([found]) == ["medium: its archive and the registry differ in one of its dependencies, evil"]

    def test_a_crowd_of_dependencies_hides_nothing(self) -> None:
        crowd = {f"package-{n}": "1" for n in range(800)}
        (found,) = judged(npm(dependencies={**crowd, "evil": "1"}), dependencies=crowd)
        assert found.severity == "medium"

    def test_a_command_that_is_another_file(self) -> None:
        (found,) = judged(npm(bin={"colour": "evil.js"}), bin={"colour": "cli.js"})
        assert told([found]) == ["medium: its archive and the registry differ in one of its commands, colour"]

    @pytest.mark.parametrize(("field", "inside"), [("name", "colour-fast"), ("version", "2.4.0")])
    def test_another_name_or_version(self, field: str, inside: str) -> None:
        packed = npm({"package.json": json.dumps({**HERE, field: inside})})
        assert told(judged(packed)) == [
            f"medium: its archive says that its {field} is {inside}, the registry says {HERE[field]}"
        ]

    def test_a_wheel_of_another_name(self) -> None:
        packed = replace(
            wheel({"imgpress/__init__.py": ""}), registered=(("name", "img-press-pro"), ("version", "3.0.0"))
        )
        (found,) = findings(manifest_confusion, packed)
        assert told([found]) == ["medium: its archive says that its name is imgpress, the registry says img-press-pro"]
        assert places(found) == ["imgpress-3.0.0.dist-info/METADATA:0"]

    def test_a_step_that_stands_twice(self) -> None:
        text = '{"name": "fast-colour", "version": "2.4.1", "scripts": {"install": "a", "install": "b"}}'
        (found,) = findings(manifest_confusion, npm({"package.json": text}))
        assert told([found]) == [
            (
                "high: its manifest package.json says the same thing twice: the key 'scripts.install' stands more than once;"
                " readers differ in which one counts"
            )
        ]

    def test_what_the_old_version_said_as_well_is_not_new(self) -> None:
        same = shown(npm(dependencies={"evil": "1.0.0"}))
        assert [found.new for found in findings(manifest_confusion, same, same)] == [False]


class TestInnocentTwin:
    def test_the_same_manifest(self) -> None:
        manifest: dict[str, Any] = {"scripts": {"postinstall": "node install.js"}, "bin": {"x": "bin/x"}}
        assert judged(npm(**manifest), **manifest) == []

    def test_a_package_with_a_binding_gyp_gets_its_step_from_npm(self) -> None:
        """The shape of native add-ons: npm writes the step into the registry when they are published."""
        packed = npm({"binding.gyp": "{}"})
        assert judged(packed, scripts={"install": "node-gyp rebuild"}, gypfile=True) == []

    def test_paths_of_commands_that_npm_cleans(self) -> None:
        """The shape of compilers and linters: `./bin/x.js` in the manifest, `bin/x.js` on the registry."""
        assert judged(npm(bin={"a": "./bin/a.js"}), bin={"a": "bin/a.js"}) == []
        assert judged(npm(directories={"bin": "bin"}), bin={"a": "bin/a.js"}) == []

    def test_optional_dependencies_that_the_registry_lists_twice(self) -> None:
        """The shape of packages with a binary for each platform."""
        binary = {"@fast-colour/linux-x64": "2.4.1"}
        assert judged(npm(optionalDependencies=binary), optionalDependencies=binary, dependencies=binary) == []

    def test_scripts_of_the_author_s_own_machine(self) -> None:
        """The shape of packages whose release tool strips scripts before it packs."""
        assert judged(npm(scripts={}), scripts={"test": "jest", "prepare": "husky", "build": "tsc"}) == []
        assert judged(npm(scripts={"test": "ava"}), scripts={"test": "jest"}) == []

    def test_a_step_that_only_the_registry_has_runs_nothing(self) -> None:
        (found,) = judged(npm(), scripts={"postinstall": "husky install"})
        assert found.severity == "low"

    @pytest.mark.parametrize("version", ["v2.4.1", "=2.4.1", "2.4.1+build.7", " 2.4.1"])
    def test_versions_that_npm_cleans(self, version: str) -> None:
        packed = npm({"package.json": json.dumps({**HERE, "version": version})})
        assert judged(packed) == []

    @pytest.mark.parametrize(("name", "version"), [("Img.Press", "3.0"), ("img_press", "3.0.0.0"), ("IMG-press", "v3")])
    def test_names_and_versions_that_mean_the_same_on_pypi(self, name: str, version: str) -> None:
        text = METADATA.replace("imgpress", name).replace("3.0.0", version)
        packed = replace(sdist({"PKG-INFO": text}), registered=(("name", "img-press"), ("version", "3.0.0")))
        assert findings(manifest_confusion, packed) == []

    def test_a_registry_that_shows_no_scripts_is_unknown_and_no_alarm(self) -> None:
        """The shape of mirrors that keep short documents only."""
        packed = npm(scripts={"postinstall": "node install.js"}, dependencies={"a": "1"})
        assert findings(manifest_confusion, shown(packed, whole=False, dependencies={"a": "1"})) == []

    def test_an_archive_of_which_no_registry_was_asked(self) -> None:
        assert findings(manifest_confusion, npm(scripts={"postinstall": "node install.js"})) == []

    def test_a_test_script_that_stands_twice_is_only_a_remark(self) -> None:
        text = '{"name": "fast-colour", "version": "2.4.1", "scripts": {"test": "a", "test": "b"}}'
        (found,) = findings(manifest_confusion, npm({"package.json": text}))
        assert found.severity == "low"
