"""What pip runs while it builds, what Python runs at every start, and what can be imported."""

from __future__ import annotations

import pytest

from app.core.errors import Reason
from app.core.finding import Reach
from app.core.specimen import ArtifactFacts, ArtifactKind, FactId
from tests.detectors.artifacts import METADATA, Files, facts_of
from tests.detectors.artifacts import sdist as real_sdist
from tests.worker.inspection.facts.plain_language import PLAIN

SETUP = "from setuptools import setup\nsetup(name='imgpress')\n"


def wheel(files: Files) -> ArtifactFacts:
    """A wheel in the plain language."""
    return facts_of({"imgpress-3.0.0.dist-info/METADATA": METADATA, **files}, ArtifactKind.WHEEL, languages=PLAIN)


def sdist(files: Files) -> ArtifactFacts:
    """A source distribution in the plain language."""
    return real_sdist(files, languages=PLAIN)


def said(artifact: ArtifactFacts, kind: FactId) -> list[str]:
    """Facts of one kind as `file:line detail: evidence`."""
    return [
        f"{file.path}:{fact.line} {fact.detail}: {fact.evidence}"
        for file in artifact.files
        for fact in file.facts
        if fact.id is kind
    ]


def reach(artifact: ArtifactFacts, path: str) -> Reach:
    """The reach of one file."""
    return next(file.reach for file in artifact.files if file.path == path)


class TestSetupPy:
    def test_plain_data_is_no_install_step_though_setup_py_runs(self) -> None:
        found = sdist({"setup.py": SETUP})
        assert said(found, FactId.INSTALL_SCRIPT) == []
        assert reach(found, "setup.py") == Reach.INSTALL

    @pytest.mark.parametrize("more", ["network drop.example", "process", "writes x", "evaluates", "secret NPM_TOKEN"])
    def test_doing_more_than_that_is_one(self, more: str) -> None:
        found = sdist({"setup.py": f"{SETUP}{more}\n"})
        assert said(found, FactId.INSTALL_SCRIPT) == [f"setup.py:3 setup.py: {more}"]

    def test_a_harmless_variable_of_the_environment_is_plain_data(self) -> None:
        assert said(sdist({"setup.py": f"{SETUP}secret CFLAGS\n"}), FactId.INSTALL_SCRIPT) == []

    @pytest.mark.parametrize(
        "text", ["setup(name='x',\n      cmdclass={'install': Own})", "options = {}\nsetup(**{'cmdclass': x})"]
    )
    def test_replacing_a_command_is_one(self, text: str) -> None:
        (step,) = said(sdist({"setup.py": text}), FactId.INSTALL_SCRIPT)
        assert step.startswith("setup.py:2 setup.py: ")
        assert "cmdclass" in step

    def test_the_word_in_a_comment_or_a_sentence_is_none(self) -> None:
        text = f"{SETUP}# cmdclass={{}}\nx = 'a sentence about cmdclass'\n"
        assert said(sdist({"setup.py": text}), FactId.INSTALL_SCRIPT) == []

    def test_what_it_loads_is_install_code(self) -> None:
        found = sdist({"setup.py": "loads tools/build", "tools/build.py": "", "src/imgpress/__init__.py": ""})
        assert reach(found, "tools/build.py") == Reach.INSTALL
        assert reach(found, "src/imgpress/__init__.py") == Reach.IMPORT

    def test_another_backend_does_not_run_it(self) -> None:
        toml = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
        found = sdist({"setup.py": f"{SETUP}process", "pyproject.toml": toml})
        assert said(found, FactId.INSTALL_SCRIPT) == []
        assert reach(found, "setup.py") == Reach.BUILD

    def test_setup_cfg_may_name_commands(self) -> None:
        cfg = "[metadata]\nname = x\n[options]\ncmdclass =\n    build_py = tools.own.Build\n"
        found = sdist({"setup.py": SETUP, "setup.cfg": cfg, "tools/own.py": ""})
        assert said(found, FactId.INSTALL_SCRIPT) == ["setup.cfg:4 setup.py: cmdclass = build_py = tools.own.Build"]
        assert reach(found, "tools/own.py") == Reach.INSTALL


class TestPyproject:
    @pytest.mark.parametrize(
        ("toml", "step", "path"),
        [
            (
                '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["_build"]\n',
                "pyproject.toml:3 build-backend: build-backend = 'own'",
                "_build/own.py",
            ),
            (
                '[tool.hatch.build.targets.wheel.hooks.custom]\npath = "hooks/build.py"\n',
                "pyproject.toml:1 build-backend: hooks.custom = 'hooks/build.py'",
                "hooks/build.py",
            ),
            ("[tool.hatch.build.hooks.custom]\n", "pyproject.toml:1 build-backend: hooks.custom", "hatch_build.py"),
            ('[tool.poetry.build]\nscript = "b.py"\n', "pyproject.toml:2 build-backend: script = 'b.py'", "b.py"),
            ('[tool.poetry]\nbuild = "b.py"\n', "pyproject.toml:2 build-backend: build = 'b.py'", "b.py"),
            (
                '[tool.pdm.build]\ncustom-hook = "pdm_build.py"\n',
                "pyproject.toml:2 build-backend: custom-hook = 'pdm_build.py'",
                "pdm_build.py",
            ),
            (
                '[tool.setuptools.cmdclass]\nbuild_py = "own.Build"\n',
                "pyproject.toml:2 build-backend: build_py = 'own.Build'",
                "own.py",
            ),
        ],
    )
    def test_code_of_its_own_that_the_build_runs_is_a_step(self, toml: str, step: str, path: str) -> None:
        found = sdist({"pyproject.toml": toml, path: "loads helper", "helper.py": ""})
        assert said(found, FactId.INSTALL_SCRIPT) == [step]
        assert (reach(found, path), reach(found, "helper.py")) == (Reach.INSTALL, Reach.INSTALL)

    def test_an_ordinary_backend_is_none(self) -> None:
        toml = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        assert said(sdist({"pyproject.toml": toml}), FactId.INSTALL_SCRIPT) == []

    def test_its_scripts_are_commands(self) -> None:
        found = sdist({"pyproject.toml": '[project.scripts]\nimgpress = "imgpress.cli:main"\n', "imgpress/cli.py": ""})
        assert said(found, FactId.COMMAND_NAME) == ["pyproject.toml:2 imgpress: imgpress = imgpress.cli:main"]
        assert reach(found, "imgpress/cli.py") == Reach.COMMAND

    @pytest.mark.parametrize(
        "content",
        [
            b"x = ",
            b"\xff\xfe",
            b"a = " + b"[" * 20_000,
            b"a = " + b"9" * 5000,
            b'x = "' + b"x" * (2 << 20) + b'"',
            b"[a]\n[a]\n",
        ],
    )
    def test_what_is_not_toml_is_not_examined(self, content: bytes) -> None:
        (gap,) = sdist({"pyproject.toml": content}).not_examined
        assert (gap.what, gap.reason) == ("pyproject.toml", Reason.MALFORMED)

    @pytest.mark.parametrize(
        "toml",
        [
            "build-system = 3\n",
            "[build-system]\nbuild-backend = 3\nbackend-path = 4\nrequires = 5\n",
            "[build-system]\nbuild-backend = 'x'\nbackend-path = [1, ['..'], '../..', '']\n",
            "[tool]\nhatch = []\npoetry = 1\npdm = 'x'\nsetuptools = [1]\n",
            "[tool.hatch.build]\nhooks = 3\n[tool.hatch.build.targets]\nx = 3\n",
            "[project]\nscripts = ['x']\n[tool.poetry]\nbuild = 3\nscripts = {x = {y = 1}}\n",
        ],
    )
    def test_no_type_of_a_value_breaks_the_reader(self, toml: str) -> None:
        assert not sdist({"pyproject.toml": toml, "setup.py": SETUP}).not_examined


class TestStartUp:
    def test_an_import_line_of_a_pth_file_is_a_hook_with_its_line_and_code(self) -> None:
        found = wheel(
            {
                "hook.pth": "# loads a\nlib\nimport os; loads boot\nimport\tx; network drop.example\n",
                "boot.py": "loads more",
                "more.py": "",
            }
        )
        assert said(found, FactId.STARTUP_HOOK) == [
            "hook.pth:3 .pth: import os; loads boot",
            "hook.pth:4 .pth: import x; network drop.example",
        ]
        assert said(found, FactId.NETWORK) == ["hook.pth:4 drop.example: import x; network drop.example"]
        assert {reach(found, path) for path in ("hook.pth", "boot.py", "more.py")} == {Reach.STARTUP}

    def test_a_byte_order_mark_hides_no_line(self) -> None:
        assert said(wheel({"hook.pth": b"\xef\xbb\xbfimport x"}), FactId.STARTUP_HOOK) != []

    @pytest.mark.parametrize(
        "path",
        [
            "imgpress-3.0.0.data/purelib/hook.pth",
            "imgpress-3.0.0.data/platlib/hook.pth",
            "imgpress-3.0.0.data/data/lib/python3.11/site-packages/hook.pth",
            "imgpress-3.0.0.data/data/Lib/site-packages/hook.pth",
        ],
    )
    def test_it_is_found_wherever_the_wheel_puts_it(self, path: str) -> None:
        found = wheel({path: "import x"})
        assert len(said(found, FactId.STARTUP_HOOK)) == 1
        assert reach(found, path) == Reach.STARTUP

    def test_one_that_only_lists_folders_is_none(self) -> None:
        found = wheel({"paths.pth": "lib\n./more\nimportant\n", "model/weights.pth": "import x"})
        assert said(found, FactId.STARTUP_HOOK) == []
        assert reach(found, "paths.pth") == Reach.NONE

    @pytest.mark.parametrize("path", ["sitecustomize.py", "usercustomize.py", "sitecustomize/__init__.py"])
    def test_the_customize_modules_are_hooks(self, path: str) -> None:
        found = wheel({path: "loads boot", "boot.py": ""})
        assert len(said(found, FactId.STARTUP_HOOK)) == 1
        assert (reach(found, path), reach(found, "boot.py")) == (Reach.STARTUP, Reach.STARTUP)

    def test_a_module_of_that_name_inside_a_package_is_none(self) -> None:
        assert said(wheel({"imgpress/sitecustomize.py": ""}), FactId.STARTUP_HOOK) == []

    def test_a_source_distribution_may_carry_one_too(self) -> None:
        assert len(said(sdist({"data/hook.pth": "import x"}), FactId.STARTUP_HOOK)) == 1


class TestWheel:
    def test_everything_that_can_be_imported_is_import_code(self) -> None:
        found = wheel({"imgpress/__init__.py": "", "imgpress/deep/x.py": "", "single.py": "", "imgpress/data.json": ""})
        assert reach(found, "imgpress/deep/x.py") == reach(found, "single.py") == Reach.IMPORT
        assert reach(found, "imgpress/data.json") == Reach.NONE

    def test_its_tests_are_tests_until_code_loads_them(self) -> None:
        found = wheel(
            {"imgpress/__init__.py": "loads imgpress/tests/a", "imgpress/tests/a.py": "", "imgpress/tests/b.py": ""}
        )
        assert reach(found, "imgpress/tests/a.py") == Reach.IMPORT
        assert reach(found, "imgpress/tests/b.py") == Reach.TEST

    def test_entry_points_and_scripts_are_commands_with_lines(self) -> None:
        text = "[console_scripts]\nimgpress = imgpress.cli:main\n# x = y\n[other]\nz = a:b\n[gui_scripts]\ngui = imgpress.gui:main [extra]\n"
        found = wheel(
            {
                "imgpress-3.0.0.dist-info/entry_points.txt": text,
                "imgpress-3.0.0.data/scripts/press": "",
                "imgpress-3.0.0.data/data/bin/pip": "",
            }
        )
        assert [line.split()[1] for line in said(found, FactId.COMMAND_NAME)] == ["imgpress:", "gui:", "press:", "pip:"]
        assert said(found, FactId.COMMAND_NAME)[0] == (
            "imgpress-3.0.0.dist-info/entry_points.txt:2 imgpress: imgpress = imgpress.cli:main"
        )
        assert not found.oddities

    @pytest.mark.parametrize(
        "line",
        [
            "../../bin/sh = a:b",
            "x/y = a:b",
            ".x = a:b",
            "x = __import__('os').system('id')",
            "x = a b c",
            "x\x00y = a:b",
        ],
    )
    def test_an_entry_point_that_is_code_or_a_path_is_an_oddity(self, line: str) -> None:
        found = wheel({"imgpress-3.0.0.dist-info/entry_points.txt": f"[console_scripts]\n{line}\n"})
        assert [oddity.id for oddity in found.oddities] == ["entry-point"]

    def test_name_version_and_licence_come_from_the_first_of_each_header(self) -> None:
        text = f"{METADATA}Name: other\nLicense-Expression: Apache-2.0\n\nVersion: 9\n"
        found = wheel({"imgpress-3.0.0.dist-info/METADATA": text})
        assert dict(found.metadata) == {"name": "imgpress", "version": "3.0.0", "licence": "MIT"}

    def test_headers_without_end_are_read_up_to_a_bound(self) -> None:
        text = "Name: imgpress\nX: " + "x" * (2 << 20)
        assert dict(wheel({"imgpress-3.0.0.dist-info/METADATA": text}).metadata) == {"name": "imgpress"}

    def test_a_wheel_without_metadata_is_not_examined(self) -> None:
        found = facts_of({"x.py": ""}, ArtifactKind.WHEEL, languages=PLAIN)
        assert [gap.reason for gap in found.not_examined] == [Reason.MALFORMED]


class TestSdist:
    def test_packages_are_import_code_wherever_they_stand_and_tools_are_not(self) -> None:
        files = {
            "lib/yaml/__init__.py": "",
            "lib/yaml/x.py": "",
            "tests/__init__.py": "",
            "tools/gen.py": "",
            "imgpress.py": "",
        }
        found = sdist(files)
        assert [reach(found, path) for path in files] == [
            Reach.IMPORT,
            Reach.IMPORT,
            Reach.TEST,
            Reach.NONE,
            Reach.IMPORT,
        ]


class TestOtherEntries:
    """Code that others enter without importing it by name."""

    def test_a_plugin_among_the_tests_is_importable_code(self) -> None:
        points = {"imgpress-3.0.0.dist-info/entry_points.txt": "[pytest11]\nimgpress = imgpress.tests.plugin\n"}
        found = wheel({"imgpress/tests/plugin.py": "process\n", "imgpress/tests/test_a.py": "process\n", **points})
        assert reach(found, "imgpress/tests/plugin.py") == Reach.IMPORT
        assert reach(found, "imgpress/tests/test_a.py") == Reach.TEST

    @pytest.mark.parametrize(
        "table",
        ['[project.entry-points.pytest11]\nx = "tests.plugin"', '[tool.poetry.plugins.x]\nx = "tests.plugin:Y"'],
    )
    def test_so_is_one_that_pyproject_names(self, table: str) -> None:
        found = sdist({"pyproject.toml": table, "tests/plugin.py": "process\n"})
        assert reach(found, "tests/plugin.py") == Reach.IMPORT

    @pytest.mark.parametrize(
        "manifest",
        [
            {"pyproject.toml": "[tool.setuptools.dynamic]\nversion = {attr = 'numbers_of_it.VERSION'}\n"},
            {"setup.cfg": "[metadata]\nname = imgpress\nversion = attr: numbers_of_it.VERSION\n"},
        ],
    )
    def test_a_module_that_only_gives_the_version_is_entered_by_the_build(self, manifest: Files) -> None:
        found = sdist({**manifest, "setup.py": SETUP, "numbers_of_it.py": "process\n", "imgpress/__init__.py": ""})
        assert reach(found, "numbers_of_it.py") == Reach.INSTALL

    def test_a_package_that_gives_its_version_stays_importable_code(self) -> None:
        manifest = {"pyproject.toml": "[tool.setuptools.dynamic]\nversion = {attr = 'imgpress.VERSION'}\n"}
        assert reach(sdist({**manifest, "imgpress/__init__.py": "network x.example"}), "imgpress/__init__.py") == (
            Reach.IMPORT
        )
