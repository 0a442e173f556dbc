"""Terraform's and OpenTofu's lockfile of providers: `.terraform.lock.hcl`.

Shape    Blocks `provider "host/namespace/name" { … }` with a `version` and a list of `hashes`: `zh:` is the SHA-256 of
         an archive, one for each platform; `h1:` is over the files inside and is kept out of the comparison.
Line     the `provider` line.
Skips    `constraints`, comments. Modules are not locked by this file.
Refuses  what is not UTF-8, larger than 4 MiB, holds merge conflict markers, or leaves a block or list open.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.compared import read_lines, read_package
from app.core.escape import visible
from app.core.integrity import Digest, from_pip
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, comparable, in_order
from app.core.package import REGISTRY, Ecosystem

FORMAT = "terraform-lock"
ECOSYSTEM = Ecosystem.TERRAFORM

_LARGEST = 4 << 20  # bytes
_BEGINNING = 'provider "'


@dataclass(slots=True)
class _Provider:
    line: int
    name: str
    version: str = ""
    hashes: list[str] = field(default_factory=list)


def claims(path: str) -> bool:
    """Whether a file of this path is a lockfile of providers."""
    return path.rpartition("/")[2] == ".terraform.lock.hcl"


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    providers: list[_Provider] = []
    problems: list[Problem] = Problems()
    current: _Provider | None = None
    in_list = False
    for number, text in enumerate(read_lines(content, _LARGEST), 1):
        words = text.strip()
        if not words or words.startswith(("#", "//")):
            continue
        if current is None:
            current = _begun(number, words, problems)
        elif in_list:
            in_list = words != "]"
            current.hashes += [words.strip('",')] if in_list else []
        elif words == "}":
            providers.append(current)
            current = None
        else:
            in_list = _take(current, words, number, problems)
    if current is not None:
        raise UnreadableLockfile(current.line, "The block that begins here does not end.")
    pins = [pin for provider in providers if (pin := _pin(provider, problems)) is not None]
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems))


def _begun(line: int, words: str, problems: list[Problem]) -> _Provider | None:
    name, quote, rest = words.removeprefix(_BEGINNING).partition('"')
    if words.startswith(_BEGINNING) and quote and rest.strip() == "{":
        return _Provider(line, name)
    problems.append(_problem(line, words))
    return None


def _take(provider: _Provider, words: str, line: int, problems: list[Problem]) -> bool:
    """Take one line of a block; whether it begins the list of hashes."""
    key, given, value = words.partition("=")
    key, value = key.strip(), value.strip()
    if key == "version" and given:
        provider.version = value.strip('"')
    elif key == "hashes" and value.startswith("["):
        provider.hashes += [part.strip(' ",') for part in value.strip("[]").split(",") if part.strip(' ",')]
        return not value.endswith("]")
    elif key != "constraints" or not given:
        problems.append(_problem(line, words))
    return False


def _problem(line: int, words: str) -> Problem:
    return Problem(line, f"{visible(words, 120)} is no line of a lockfile of providers.", words[:200], entry=words)


def _pin(provider: _Provider, problems: list[Problem]) -> Pin | None:
    package = read_package(ECOSYSTEM, provider.name, provider.version)
    if package is None:
        message = f"{visible(provider.name, 80)} has no name and version that can be read."
        problems.append(Problem(provider.line, message, provider.name[:200], entry=comparable(repr(provider))))
        return None
    digests: list[Digest] = []
    for text in provider.hashes:
        try:
            digests += [from_pip(f"sha256:{text.removeprefix('zh:')}")] if text.startswith("zh:") else []
        except ValueError:
            message = f"{visible(text, 80)} is no hash of an archive."
            problems.append(Problem(provider.line, message, provider.name[:200], entry=text[:1000]))
    return Pin(package, REGISTRY, provider.line, Scope.BUILD, direct=True, digests=tuple(digests))
