r"""What a container image is built from: `Dockerfile`, `Containerfile` and their kin.

Shape    Instructions, one a line; a `\` at its end joins the next (or what `# escape=` names). `FROM image`,
         `COPY --from=image`, `RUN --mount=…,from=image`. `ARG name=default` before the first `FROM` fills `$name` and
         `${name}`, `${name:-default}`. The version is the digest, or else the tag (`latest` where none is written).
Line     where the instruction begins.
Skips    stages of the file itself (`FROM build`, `--from=build`, `--from=0`), and `scratch`.
Refuses  what is not UTF-8, larger than 1 MiB, holds merge conflict markers, or has no instruction at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from app.core.compared import read_lines
from app.core.container_image import read_image
from app.core.errors import Reason
from app.core.escape import visible
from app.core.lockfile import Lockfile, Pin, Problem, Problems, Scope, UnreadableLockfile, in_order
from app.core.package import REGISTRY, Ecosystem

FORMAT = "dockerfile"
ECOSYSTEM = Ecosystem.DOCKER

_LARGEST = 1 << 20  # bytes
_NAMES = ("dockerfile", "containerfile")
_LONGEST = 1000  # characters of what names an image
_VARIABLE = re.compile(r"\$(?:(?P<plain>\w{1,100})|\{(?P<name>\w{1,100})(?::?-(?P<default>[^}$]{0,500}))?\})")
_INSTRUCTIONS = frozenset(
    {"ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"}
    | {"ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"}
)


class _Instruction(NamedTuple):
    line: int
    verb: str
    words: list[str]


def claims(path: str) -> bool:
    """Whether a file of this path describes an image, by its name: `Dockerfile`, `Dockerfile.dev`, `dev.Dockerfile`."""
    name = path.rpartition("/")[2].lower()
    if name.endswith((".dockerignore", ".md", ".j2", ".tmpl", ".template", ".erb")):
        return False
    return name in _NAMES or name.startswith(tuple(f"{one}." for one in _NAMES)) or name.endswith(".dockerfile")


def parse(path: str, content: bytes) -> Lockfile:
    """Read the file; raise `UnreadableLockfile` when it cannot be read as a whole."""
    pins: list[Pin] = []
    problems: list[Problem] = Problems()
    stages: set[str] = set()
    variables: dict[str, str] = {}
    begun = known = False
    for instruction in _instructions(read_lines(content, _LARGEST)):
        known = known or instruction.verb in _INSTRUCTIONS
        if instruction.verb == "ARG" and not begun:
            for word in instruction.words:
                name, given, value = word.partition("=")
                if given:
                    variables[name] = value.strip("\"'")
        for image in _images(instruction):
            found = _read(image, instruction.line, variables, stages, is_base=instruction.verb == "FROM")
            if isinstance(found, Pin):
                pins.append(found)
            elif found is not None:
                problems.append(found)
        if instruction.verb == "FROM":
            begun = True
            stages |= _stage(instruction.words)
    if not known:
        raise UnreadableLockfile(1, "It has no instruction such as FROM.")
    return Lockfile(path, FORMAT, tuple(pins), in_order(problems))


def _instructions(lines: list[str]) -> Iterator[_Instruction]:
    escape = "\\"
    parts: list[str] = []
    first = 0
    for number, text in enumerate(lines, 1):
        bare = text.strip()
        if number <= 3 and bare.lower().replace(" ", "").startswith("#escape="):
            escape = bare[-1]
        if not bare or bare.startswith("#"):
            continue
        first = first or number
        if bare.endswith(escape):
            parts.append(bare[: -len(escape)])
            continue
        yield from _instruction(first, " ".join((*parts, bare)))
        parts, first = [], 0
    if parts:
        yield from _instruction(first, " ".join(parts))


def _instruction(line: int, text: str) -> Iterator[_Instruction]:
    verb, *words = text.split() or [""]
    if verb.upper() == "ONBUILD" and words:
        verb, *words = words
    yield _Instruction(line, verb.upper(), words)


def _images(instruction: _Instruction) -> Iterator[str]:
    words = instruction.words
    if instruction.verb == "FROM":
        yield next((word for word in words if not word.startswith("--")), "")
    elif instruction.verb in ("COPY", "ADD"):
        yield from (word.removeprefix("--from=") for word in words if word.startswith("--from="))
    elif instruction.verb == "RUN":
        for word in words:
            if not word.startswith("--"):
                return
            for part in word.removeprefix("--mount=").split(",") if word.startswith("--mount=") else ():
                if part.startswith("from="):
                    yield part.removeprefix("from=")


def _stage(words: list[str]) -> set[str]:
    """The name that a FROM gives to its stage."""
    lower = [word.lower() for word in words]
    return {lower[-1]} if len(lower) >= 3 and lower[-2] == "as" else set()


def _read(text: str, line: int, variables: dict[str, str], stages: set[str], *, is_base: bool) -> Pin | Problem | None:
    named = _filled(text[:_LONGEST].strip("\"'"), variables)
    if named.lower() in stages or named == "scratch" or (named.isdigit() and not is_base):
        return None
    if "$" in named:
        message = f"{visible(text, 100)} is named by a variable without a default, so it is not compared."
        return Problem(line, message, text[:200], Reason.ECOSYSTEM, text)
    image = read_image(named)
    if image is None:
        return Problem(line, f"{visible(text, 100) or 'An empty text'} is no container image.", text[:200], entry=text)
    return Pin(image.package, REGISTRY, line, Scope.BUILD, direct=True, note=image.tag)


def _filled(text: str, variables: dict[str, str]) -> str:
    """With the values of variables that have one, once: what a default names in turn is left as it stands."""

    def value(match: re.Match[str]) -> str:
        name = match["plain"] or match["name"]
        return variables.get(name) or match["default"] or match[0]

    return _VARIABLE.sub(value, text)
