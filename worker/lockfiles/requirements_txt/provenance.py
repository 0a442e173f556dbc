"""`# via` comments, as pip-compile and uv write them → who requires each package of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.package import Ecosystem, Package, normalised_name

_LONGEST = 300  # characters of one item; a package's name is shorter
_MOST_VERSIONS = 16  # of one package in one file; markers give two or three
_NOT_A_REASON = ("-c ", "--constraint ", "--override ", "--excludes ")
_FILE = (".in", ".txt", ".toml", ".cfg", ".py", ".lock")


@dataclass(frozen=True, slots=True)
class Origin:
    """`parents` are labels of packages in the same file, sorted. Nobody named means that the project asks for it."""

    direct: bool
    parents: tuple[str, ...] = ()


def provenance(packages: Sequence[tuple[Package, Sequence[str]]]) -> list[Origin]:
    """The origin of each package, in order, from the comments that follow it."""
    labels: dict[str, list[str]] = {}
    for package, _ in packages:
        versions = labels.setdefault(package.name, [])
        if len(versions) < _MOST_VERSIONS:
            versions.append(package.label)
    return [_origin(comments, labels) for _, comments in packages]


def is_annotated(comments: Sequence[str]) -> bool:
    """Whether a tool wrote beside a package why it is there."""
    return any(True for _ in _items(comments))


def _origin(comments: Sequence[str], labels: dict[str, list[str]]) -> Origin:
    direct = False
    parents: set[str] = set()
    for item in _items(comments):
        if item.startswith(_NOT_A_REASON):
            continue
        found = labels.get(normalised_name(Ecosystem.PYPI, item.partition("[")[0]), [])
        if found and not item.startswith("-r ") and not item.endswith(_FILE):
            parents.update(found)
        else:  # a file, or a name that is not in this one: the project itself
            direct = True
    return Origin(direct or not parents, tuple(sorted(parents)))


def _items(comments: Sequence[str]) -> Iterator[str]:
    """`via a, b` on one line, or `via` and then one item a line, indented by more than one space."""
    listed = False
    for comment in comments:
        text = comment.strip()[:_LONGEST]
        if text == "via" or text.startswith("via "):
            listed = True
            yield from (item.strip() for item in text.removeprefix("via").split(",") if item.strip())
        elif listed and comment.startswith("  ") and text:
            yield text
        else:
            listed = False
