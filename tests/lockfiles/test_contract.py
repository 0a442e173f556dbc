"""What every parser owes the pipeline, whatever the bytes: pins with lines, or the reason why not; never anything else.

The inputs are those of group K of the reliability design, and what each format's own readers stumble over.
"""

from __future__ import annotations

import json
from types import ModuleType
from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.lockfile import Lockfile, UnreadableLockfile
from app.core.package import Ecosystem
from app.core.ports import Parser
from tests.lockfiles.test_cases import CASES, FOLDERS, lockfile_in
from worker.lockfiles.register import ALL, looks_like_dependency_file, parser_for

PATHS = {
    "bun-lock": "shop/bun.lock",
    "cargo-lock": "shop/Cargo.lock",
    "composer-lock": "shop/composer.lock",
    "dockerfile": "shop/Dockerfile",
    "gemfile-lock": "shop/Gemfile.lock",
    "go-mod": "shop/go.mod",
    "go-sum": "shop/go.sum",
    "package-json": "shop/package.json",
    "pyproject": "shop/pyproject.toml",
    "pipfile": "shop/Pipfile",
    "setup-cfg": "shop/setup.cfg",
    "setup-py": "shop/setup.py",
    "environment-yml": "shop/environment.yml",
    "dotnet-project": "src/Shop.csproj",
    "gradle-lock": "shop/gradle.lockfile",
    "gradle-verification": "gradle/verification-metadata.xml",
    "maven-pom": "shop/pom.xml",
    "mix-lock": "shop/mix.lock",
    "nuget-lock": "src/packages.lock.json",
    "podfile-lock": "ios/Podfile.lock",
    "pubspec-lock": "app/pubspec.lock",
    "swift-resolved": "Package.resolved",
    "version-catalog": "gradle/libs.versions.toml",
    "pre-commit": ".pre-commit-config.yaml",
    "terraform-lock": "infra/.terraform.lock.hcl",
    "deno-lock": "shop/deno.lock",
    "package-lock": "shop/package-lock.json",
    "pnpm-lock": "shop/pnpm-lock.yaml",
    "npmrc": "shop/.npmrc",
    "deno-json": "shop/deno.json",
    "cargo-toml": "shop/Cargo.toml",
    "pnpm-workspace": "shop/pnpm-workspace.yaml",
    "pdm-lock": "shop/pdm.lock",
    "pipfile-lock": "shop/Pipfile.lock",
    "poetry-lock": "shop/poetry.lock",
    "pylock": "shop/pylock.toml",
    "requirements": "shop/requirements.txt",
    "uv-lock": "shop/uv.lock",
    "workflow": ".github/workflows/ci.yml",
    "yarn-lock": "shop/yarn.lock",
}
SECTIONS = ("Shape", "Line", "Skips", "Refuses")
DEEP = 200_000
EVERY_PARSER = pytest.mark.parametrize("parser", ALL, ids=lambda parser: parser.FORMAT)


def entry(**fields: object) -> str:
    """A lockfile of npm with one entry."""
    return json.dumps({"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0", **fields}}})


HOSTILE = {
    "nothing": b"",
    "one byte": b"{",
    "white space": b" \n" * 1000,
    "null": b"null",
    "the mark of a document alone": b"---",
    "a number": b"7",
    "a text": b'"package-lock"',
    "an array": b"[]",
    "an empty object": b"{}",
    "random bytes": bytes(range(256)) * 16,
    "a page of HTML": b"<!DOCTYPE html><html><body>404</body></html>",
    "NUL": b'{"lockfileVersion": 3, "packages": {"a\0": {}}}',
    "a byte order mark alone": b"\xef\xbb\xbf",
    "UTF-16": entry().encode("utf-16"),
    "UTF-32": entry().encode("utf-32"),
    "half a mark of UTF-16": b"\xff\xfea",
    "deep arrays": b'{"lockfileVersion": 3, "packages": ' + b"[" * DEEP,
    "deep objects": b'{"lockfileVersion": 3, "packages": {"node_modules/a": ' + b'{"a":' * DEEP,
    "deep and closed": b'{"lockfileVersion": 3, "packages": {"node_modules/a": ' + b"[" * DEEP + b"]" * DEEP + b"}}",
    "a long number": b'{"lockfileVersion": ' + b"9" * 500_000 + b', "packages": {}}',
    "a number of 4,000 digits": b'{"lockfileVersion": ' + b"9" * 4000 + b', "packages": {}}',
    "an exponent beyond measure": b'{"lockfileVersion": 1e999999, "packages": {}}',
    "NaN": b'{"lockfileVersion": NaN, "packages": {}}',
    "Infinity": b'{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": -Infinity}}}',
    "true as a version": b'{"lockfileVersion": true, "packages": {}}',
    "a version that is an object": b'{"version": {}, "dependencies": {}, "packages": [], "pins": []}',
    "old line ends in XML": b"<Project>\r\r\r<PackageReference Version='1'/>\r<package id=''/></Project>",
    "old line ends in YAML": b"a: b\rjobs:\r  x:\r    uses: y",
    "a thousand hidden characters": b"# yarn lockfile v1\n\n\na@1:\n  ve" + b"\0" * 1000 + b'rsion "1"\n',
    "entities within entities": b'<!DOCTYPE a [<!ENTITY b "c">]><project>&b;</project>',
    "an alias bomb": b"a: &a [x, x]\n" + b"".join(b"b%d: &a [*a, *a]\n" % n for n in range(40)) + b"jobs: *a\n",
    "packages as an array": b'{"lockfileVersion": 3, "packages": []}',
    "packages as a text": b'{"lockfileVersion": 3, "packages": "node_modules/a"}',
    "packages twice": b'{"lockfileVersion": 3, "packages": {"node_modules/a": {}}, "packages": {}}',
    "something after the end": entry().encode() + b" {}",
    "half of a character": entry(name="\ud800", resolved="https://files.example/\udfff.tgz").encode(),
    "half of a character in a folder": entry().replace("node_modules/a", "\\udc00/node_modules/a").encode(),
    "prototype names": entry(dependencies={"__proto__": "1", "constructor": "1", "hasOwnProperty": "1"}).encode(),
    "fields of every wrong type": entry(
        resolved=[1], integrity=1.5, dependencies="x", optionalDependencies=[None], dev={}, name=None
    ).encode(),
    "a folder of one megabyte": entry()
    .replace("node_modules/a", "node_modules/a/" * 70_000 + "node_modules/a")
    .encode(),
    "merge conflict markers": b"<<<<<<< HEAD\n=======\n>>>>>>> topic\n",
    "one line of a megabyte": b"a" * (1 << 20),
    "one comment of a megabyte": b"a==1 #" + b"a#" * (1 << 19),
    "one megabyte of quotes": b"a==1 --hash=" + b"'a'" * (1 << 18),
    "one megabyte of broken hashes": entry(integrity="sha512-x " * (1 << 17)).encode(),
    "one megabyte of hashes": b"a==1 " + b"--hash=sha256:00 " * (1 << 16),
    "one megabyte of options": b"--pre " * (1 << 17),
    "one megabyte of continuations": b"\\\n" * (1 << 19),
    "one megabyte of brackets": b"a ; " + b"(" * (1 << 20),
    "brackets in a marker": b"a==1 ; " + b"(" * 1500 + b"a" + b")" * 1500,
    "a version of many digits": b"a==1." + b"9" * 1900,
    "a version of very many digits": b"a==1." + b"9" * 500_000,
    "a range of many parts": b"a" + b",".join([b"!=1"] * 600),
    "every option at once": b"-r -c -e -i -f --hash --pre --no-index",
    "an option without its value": b"--index-url",
    "an address that is none": b"https://[::1/a-1.0-py3-none-any.whl",
    "an index that is none": b"--index-url http://[",
    "a name that is a slash": b"/\n.\n..\n~\n\\\n@\n-\n;\n#\n[",
    "old line ends": b"a==1\rb==2\rc==3",
    "line ends of every kind": "a==1\x0bb==1\x0cc==1\x1cd==1\x1de==1\x1ef==1\x85g==1\u2028h==1\u2029i==1".encode(),
    "right-to-left text": "a==1 # \u202e1==b\n\u202ea==1\n".encode(),
    "ten thousand lines of prose": b"this is not a requirement\n" * 10_000,
}


@EVERY_PARSER
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_bytes_end_in_pins_or_in_a_reason(parser: Parser, name: str) -> None:
    assert_kept(parser, HOSTILE[name])


@EVERY_PARSER
def test_a_file_cut_off_anywhere_ends_in_pins_or_in_a_reason(parser: Parser) -> None:
    """A download that broke off must not pass for a shorter list of packages in a format that has an end."""
    for folder in FOLDERS:
        if folder.parent.name == parser.FORMAT:
            content = lockfile_in(folder).read_bytes()
            for end in range(0, len(content), max(1, len(content) // 40)):
                assert_kept(parser, content[:end])


@EVERY_PARSER
@given(content=st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_end_in_pins_or_in_a_reason(parser: Parser, content: bytes) -> None:
    assert_kept(parser, content)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_any_json_in_an_entry_ends_in_pins_or_in_a_reason(value: object) -> None:
    fields = dict.fromkeys(
        ("name", "version", "resolved", "integrity", "link", "dependencies", "peerDependencies"), value
    )
    for chosen in fields:
        assert_kept(parser_of("package-lock"), entry(**{chosen: value}).encode())


def test_a_lockfile_cut_off_is_never_a_shorter_lockfile() -> None:
    content = (CASES / "package-lock/a-direct-dependency-brings-in-a-transitive-one/package-lock.json").read_bytes()
    for end in range(len(content.rstrip())):
        with pytest.raises(UnreadableLockfile):
            parser_of("package-lock").parse("package-lock.json", content[:end])


def test_a_hundred_thousand_packages_are_read() -> None:
    packages = {f"node_modules/p{number}": {"version": "1.0.0", "dev": True} for number in range(100_000)}
    content = json.dumps({"lockfileVersion": 3, "packages": packages}).encode()
    assert len(parser_of("package-lock").parse("package-lock.json", content).pins) == 100_000


def test_entries_that_are_all_broken_are_one_reason_not_a_hundred_thousand() -> None:
    packages = {f"node_modules/p{number}": {"version": "none"} for number in range(100_000)}
    content = json.dumps({"lockfileVersion": 3, "packages": packages}, indent=1).encode()
    with pytest.raises(UnreadableLockfile) as caught:
        parser_of("package-lock").parse("package-lock.json", content)
    assert caught.value.line == 4
    assert caught.value.detail == (
        "100000 of its entries cannot be read. The first: node_modules/p0 names none, which is not a version."
    )


@EVERY_PARSER
def test_a_parser_has_a_page_and_keeps_the_contract(parser: Parser) -> None:
    module = cast("ModuleType", parser)
    page = module.__doc__ or ""
    assert [section for section in SECTIONS if f"\n{section}  " in page] == list(SECTIONS)
    assert page.partition("\n")[0].endswith(".")
    assert isinstance(parser.ECOSYSTEM, Ecosystem)
    assert parser.claims(PATHS[parser.FORMAT])


def test_formats_have_names_of_their_own() -> None:
    assert sorted(parser.FORMAT for parser in ALL) == sorted(PATHS)


def test_a_file_belongs_to_one_parser_at_most() -> None:
    for path in PATHS.values():
        assert sum(parser.claims(path) for parser in ALL) == 1


@pytest.mark.parametrize(
    ("path", "format_id"),
    [
        ("package-lock.json", "package-lock"),
        ("apps/shop/npm-shrinkwrap.json", "package-lock"),
        ("yarn.lock", "yarn-lock"),
        ("apps/shop/bun.lock", "bun-lock"),
        ("bun.lockb", "bun-lock"),
        ("bun.lock.bak", None),
        ("apps/shop/deno.lock", "deno-lock"),
        ("deno.json", "deno-json"),
        ("apps/shop/deno.jsonc", "deno-json"),
        (".npmrc", "npmrc"),
        ("apps/.npmrc", "npmrc"),
        ("npmrc", None),
        ("apps/shop/pnpm-lock.yaml", "pnpm-lock"),
        ("pnpm-lock.feature!x.yaml", "pnpm-lock"),
        ("pnpm-lock.yaml.bak", None),
        ("pnpm-workspace.yaml", "pnpm-workspace"),
        ("requirements.txt", "requirements"),
        ("Requirements.TXT", "requirements"),
        ("requirements-dev.txt", "requirements"),
        ("requirements_dev.txt", "requirements"),
        ("requirements37.txt", "requirements"),
        ("dev-requirements.txt", "requirements"),
        ("doc/docs.requirements.txt", "requirements"),
        ("requirements/base.txt", "requirements"),
        ("requirements.lock", "requirements"),
        ("constraints.txt", "requirements"),
        ("upper-constraints.txt", "requirements"),
        ("constraints/py311.txt", "requirements"),
        ("uv.lock", "uv-lock"),
        ("services/api/uv.lock", "uv-lock"),
        ("scripts/tool.py.lock", "uv-lock"),
        (".py.lock", None),
        ("tool.lock", None),
        ("poetry.lock", "poetry-lock"),
        ("apps/shop/poetry.lock", "poetry-lock"),
        ("poetry.lock.old", None),
        ("pylock.toml", "pylock"),
        ("deploy/pylock.prod.toml", "pylock"),
        ("pylock.a.b.toml", None),
        ("pylock..toml", None),
        ("pdm.lock", "pdm-lock"),
        ("pdm.win.lock", "pdm-lock"),
        ("Pipfile.lock", "pipfile-lock"),
        ("package-lock.json.bak", None),
        ("my-package-lock.json", None),
        ("cmd/tool/go.mod", "go-mod"),
        ("go.sum", "go-sum"),
        ("go.work.sum", None),
        ("crates/a/Cargo.lock", "cargo-lock"),
        ("Cargo.toml", "cargo-toml"),
        ("Gemfile.lock", "gemfile-lock"),
        ("gems.locked", "gemfile-lock"),
        ("composer.lock", "composer-lock"),
        ("Dockerfile", "dockerfile"),
        ("build/Dockerfile.dev", "dockerfile"),
        ("dev.Dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Dockerfile.dockerignore", None),
        ("Dockerfile.j2", None),
        ("docs/about-Dockerfile.md", None),
        (".pre-commit-config.yaml", "pre-commit"),
        (".pre-commit-hooks.yaml", None),
        ("pom.xml", "maven-pom"),
        ("buildscript-gradle.lockfile", "gradle-lock"),
        ("app/gradle/dependency-locks/compile.lockfile", "gradle-lock"),
        ("other/compile.lockfile", None),
        ("gradle/verification-metadata.xml", "gradle-verification"),
        ("gradle/libs.versions.toml", "version-catalog"),
        ("src/packages.lock.json", "nuget-lock"),
        ("src/Shop.fsproj", "dotnet-project"),
        (".csproj", None),
        ("packages.config", "dotnet-project"),
        ("pubspec.lock", "pubspec-lock"),
        ("pubspec.yaml", None),
        ("mix.lock", "mix-lock"),
        ("Package.resolved", "swift-resolved"),
        ("ios/Podfile.lock", "podfile-lock"),
        ("infra/.terraform.lock.hcl", "terraform-lock"),
        (".github/workflows/ci.yml", "workflow"),
        (".github/workflows/ci.yaml", "workflow"),
        (".github/workflows/old/ci.yml", None),
        ("shop/.github/workflows/ci.yml", None),
        (".github/workflows/.yml", None),
        ("setup/action.yaml", "workflow"),
        ("transaction.yml", None),
        ("package.json", "package-json"),
        ("apps/web/package.json", "package-json"),
        ("pyproject.toml", "pyproject"),
        ("apps/shop/Pipfile", "pipfile"),
        ("setup.cfg", "setup-cfg"),
        ("tox.ini", None),
        ("libs/kit/setup.py", "setup-py"),
        ("my_setup.py", None),
        ("environment.yml", "environment-yml"),
        ("conda/environment.yaml", "environment-yml"),
        ("environment.ts", None),
        ("requirements.in", None),
        ("requirements/README.md", None),
        ("src/requirements/deep/notes.txt", None),
        ("notes.txt", None),
        ("functional-requirements.md", None),
        ("", None),
    ],
)
def test_a_file_is_claimed_by_its_name(path: str, format_id: str | None) -> None:
    parser = parser_for(path)
    assert (parser.FORMAT if parser else None) == format_id


@pytest.mark.parametrize("path", ["conda-lock.yml", "a/pixi.lock"])
def test_a_format_that_nobody_parses_yet_is_noticed(path: str) -> None:
    assert parser_for(path) is None
    assert looks_like_dependency_file(path)


@pytest.mark.parametrize("path", ["README.md", "src/lock.py", "tsconfig.json", "pylock.a.b.toml", "locks/yarn.txt", ""])
def test_other_files_are_not_dependency_files(path: str) -> None:
    assert not looks_like_dependency_file(path)


def parser_of(format_id: str) -> Parser:
    return next(parser for parser in ALL if format_id == parser.FORMAT)


def assert_kept(parser: Parser, content: bytes) -> None:
    """Pins and problems whose lines are lines of the file, and which can be written down; or a reason with its line."""
    path = PATHS[parser.FORMAT]
    lines = content.count(b"\n") + 1
    result = outcome(parser, path, content)
    if isinstance(result, UnreadableLockfile):
        assert 1 <= result.line <= lines
        assert result.detail.endswith(".")
        assert len(result.detail) < 500
        return
    assert isinstance(result, Lockfile)
    assert (result.path, result.format) == (path, parser.FORMAT)
    assert all(1 <= pin.line <= lines for pin in result.pins)
    assert all(1 <= problem.line <= lines for problem in result.problems)
    assert all(problem.message.endswith(".") for problem in result.problems)
    assert all(1 <= one.line <= lines for one in result.directives)
    assert all(1 <= index.line <= lines for index in result.indexes)
    assert msgspec.json.encode(result)


def outcome(parser: Parser, path: str, content: bytes) -> Lockfile | UnreadableLockfile:
    try:
        return parser.parse(path, content)
    except UnreadableLockfile as error:
        return error
