"""Files of very many broken entries, and of one giant entry: what comes back is no larger than what went in.

Not a test of speed: a value for each entry, or the whole entry in each of its problems, is what makes a parser slow and
takes gigabytes.
"""

from __future__ import annotations

import pytest

from app.core.lockfile import Problem, Problems, UnreadableLockfile, comparable
from tests.lockfiles.test_contract import PATHS, outcome, parser_of
from worker.lockfiles.register import FORMATS

SIZE = 300_000  # bytes of the entries
UV = 'version = 1\n[[package]]\nname = "a"\nversion = "1"\nsource = { registry = "https://registry.example" }\n'
POETRY = '[[package]]\nname = "a"\nversion = "1"\n'
PDM = '[metadata]\nlock_version = "4.5.0"\n[[package]]\nname = "a"\nversion = "1"\n'
PYLOCK = 'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "a"\nversion = "1"\n'
PNPM = "lockfileVersion: '9.0'\npackages:\n"
BERRY = "__metadata:\n  version: 8\n"
YARN = "# yarn lockfile v1\n\n"
GEM = "GEM\n  remote: https://registry.example/\n  specs:\n"

HOSTILE = {  # what it is: the format, how it begins, one entry (with a number for %d), how it ends
    "broken entries of npm": ("package-lock", '{"lockfileVersion":3,"packages":{', '"%d":1,', '"b":{}}}'),
    "one entry of npm many times": ("package-lock", '{"lockfileVersion":3,"packages":{', '"a":{},', '"b":{}}}'),
    "one key of npm many times": ("package-lock", '{"lockfileVersion":3,', '"a":%d,', '"packages":{}}'),
    "nested entries of npm": ("package-lock", '{"lockfileVersion":1,"dependencies":{', '"%d":1,', '"b":{}}}'),
    "broken entries of bun": (
        "bun-lock",
        '{"lockfileVersion":1,"workspaces":{"":{}},"packages":{',
        '"%d":1,',
        '"b":[]}}',
    ),
    "much that bun's package lacks": (
        "bun-lock",
        '{"lockfileVersion":1,"workspaces":{"":{}},"packages":{"a":["a@1.0.0","",{"dependencies":{',
        '"a%d":"1",',
        '"b":"1"}},""]}}',
    ),
    "broken entries of deno": ("deno-lock", '{"version":"4","npm":{', '"%d":{},', '"b":{}}}'),
    "broken entries of pnpm": ("pnpm-lock", PNPM, "  a%d: 1\n", ""),
    "registries of npm": ("npmrc", "", "@a%d:registry=x\n", ""),
    "ranges of deno": ("deno-json", '{"imports":{', '"a%d":"npm:a@^1",', '"b":"npm:b@1"}}'),
    "ranges of Rust": ("cargo-toml", "[dependencies]\n", 'a%d = "1"\n', ""),
    "patches of Rust": ("cargo-toml", "[patch.x]\n", 'a%d = { path = "x" }\n', ""),
    "overrides of pnpm": ("pnpm-workspace", "overrides:\n", "  a%d: 1\n", ""),
    "broken overrides of pnpm": ("pnpm-workspace", "overrides:\n", "  a%d: []\n", ""),
    "broken headers of yarn 1": ("yarn-lock", YARN, 'a%d:\n  x "1"\n', ""),
    "much that yarn's package lacks": (
        "yarn-lock",
        BERRY + '"a@npm:1":\n  version: 1.0.0\n  resolution: "a@npm:1.0.0"\n  dependencies:\n',
        '    a%d: "npm:1"\n',
        "",
    ),
    "many hashes of yarn 1": ("yarn-lock", f'{YARN}a@1:\n  version "1.0.0"\n  integrity "', "sha512-x%d ", '"\n'),
    "broken entries of yarn": ("yarn-lock", BERRY, '"a%d":\n  version: 1\n', ""),
    "much that uv's package lacks": ("uv-lock", UV + "dependencies = [", '{name="a%d"},', "]\n"),
    "broken wheels of uv": ("uv-lock", UV + "wheels = [", '{url="x%d"},', "]\n"),
    "broken extras of uv": ("uv-lock", UV + "[package.optional-dependencies]\n", "a%d = 1\n", ""),
    "broken files of poetry": (
        "poetry-lock",
        POETRY + "files = [",
        '{file="x%d"},',
        ']\n[metadata]\nlock-version="2.1"\n',
    ),
    "broken dependencies of poetry": (
        "poetry-lock",
        POETRY + "[package.dependencies]\n",
        '"?%d" = 1\n',
        '[metadata]\nlock-version = "2.1"\n',
    ),
    "broken dependencies of pdm": ("pdm-lock", PDM + "dependencies = [", '"?%d",', "]\n"),
    "broken dependencies of pylock": ("pylock", PYLOCK + "dependencies = [", '{name="?%d"},', "]\n"),
    "broken entries of pipenv": ("pipfile-lock", '{"_meta":{"pipfile-spec":6},"default":{', '"a%d":1,', '"b":1}}'),
    "one entry of pipenv many times": ("pipfile-lock", '{"_meta":{"pipfile-spec":6},"default":{', '"a":1,', '"b":1}}'),
    "ranges of npm": ("package-json", '{"dependencies":{', '"a%d":"^1",', '"b":"1"}}'),
    "ranges of Python": ("pyproject", "[project]\ndependencies = [", '"a%d",', "]\n"),
    "ranges of pipenv": ("pipfile", "[packages]\n", 'a%d = { index = "?" }\n', ""),
    "ranges of setuptools": ("setup-cfg", "[options]\ninstall_requires =", "a%d>1;", "\n"),
    "a script of ranges": ("setup-py", "setup(install_requires=[", '"a%d",', "])\n"),
    "a script of many calls": ("setup-py", "", "setup(install_requires=x(%d))\n", ""),
    "ranges of conda's pip": ("environment-yml", "dependencies:\n  - pip:\n", "      - a%d>1\n", ""),
    "packages of conda": ("environment-yml", "dependencies:\n", "  - a%d\n", ""),
    "ranges of pip": ("requirements", "", "a%d>1\n", ""),
    "hashes of pip": ("requirements", "a==1", " --hash=x%d", "\n"),
    "options of pip": ("requirements", "a==1 --hash=x", " x%d", "\n"),
    "steps": ("workflow", "jobs:\n  a:\n    steps:\n", "      - uses: a%d\n", ""),
    "modules of Go": ("go-mod", "module a\nrequire (\n", "a%d ?\n", ")\n"),
    "hashes of Go": ("go-sum", "", "a%d ?\n", ""),
    "crates": ("cargo-lock", "version = 4\n", '[[package]]\nname = "a%d"\n', ""),
    "gems": ("gemfile-lock", GEM, "    a%d ?\n", ""),
    "gems of one name that ask for it": ("gemfile-lock", GEM, "    a (1.%d)\n      a\n", ""),
    "packages of PHP": ("composer-lock", '{"packages":[', '{"name":"%d"},', "{}]}"),
    "stages": ("dockerfile", "", "FROM a%d:$x\n", ""),
    "hooks": ("pre-commit", "repos:\n", "  - repo: a%d\n", ""),
    "providers": ("terraform-lock", "", 'provider "a%d" {\n}\n', ""),
    "artifacts of Maven": (
        "maven-pom",
        "<project><dependencies>",
        "<dependency>%d</dependency>",
        "</dependencies></project>",
    ),
    "lines of Gradle": ("gradle-lock", "", "a%d\n", ""),
    "components of Gradle": (
        "gradle-verification",
        "<verification-metadata><components>",
        '<component name="%d"/>',
        "</components></verification-metadata>",
    ),
    "libraries of Gradle": ("version-catalog", "[libraries]\n", "a%d = 1\n", ""),
    "packages of .NET": ("nuget-lock", '{"version":1,"dependencies":{"net9.0":{', '"%d":{},', '"b":{}}}}'),
    "references of .NET": (
        "dotnet-project",
        "<Project><ItemGroup>",
        '<PackageReference Include="%d"/>',
        "</ItemGroup></Project>",
    ),
    "packages of Dart": ("pubspec-lock", "packages:\n", "  a%d: 1\n", ""),
    "packages of Elixir": ("mix-lock", "%{\n", '"a%d": {:x},\n', "}\n"),
    "packages of Swift": ("swift-resolved", '{"version":3,"pins":[', '{"a":%d},', "{}]}"),
    "pods": ("podfile-lock", "PODS:\n", "  - a%d\n", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_comes_back_is_no_larger_than_what_went_in(name: str) -> None:
    format_id, head, entry, tail = HOSTILE[name]
    number = SIZE // len(entry)
    entries = "".join(entry % one if "%d" in entry else entry for one in range(number))
    content = f"{head}{entries}{tail}".encode()
    read = outcome(parser_of(format_id), PATHS[format_id], content)
    if isinstance(read, UnreadableLockfile):
        assert len(read.detail) < 500
        return
    assert len(read.problems) <= 1000
    assert sum(map(_size, read.problems)) <= len(content) + 500_000
    assert len({id(pin.parents) for pin in read.pins if len(pin.parents) > 1}) <= 1


def test_every_format_is_asked() -> None:
    assert {format_id for format_id, *_ in HOSTILE.values()} == set(FORMATS)


def test_problems_end_before_they_fill_the_memory() -> None:
    problems = Problems()
    with pytest.raises(UnreadableLockfile) as caught:
        problems += (Problem(number, f"Line {number} is none.", "x") for number in range(1, 1_000_000))
    assert len(problems) == 10_001
    assert caught.value.line == 1
    assert caught.value.detail == "More than 10000 of its entries cannot be read. The first: Line 1 is none."


def test_a_long_entry_is_compared_by_its_hash() -> None:
    long = "x" * 1_000_000
    assert comparable("short") == "short"
    assert len(comparable(long)) < 300
    assert comparable(long) != comparable(long + "y")


def _size(problem: Problem) -> int:
    return len(problem.entry) + len(problem.message) + len(problem.subject)
