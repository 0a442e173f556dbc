"""The overrides, patches and catalogs of npm's world, in the shapes of npm, yarn, pnpm and bun."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.directives import Directive, DirectiveKind
from app.core.json_document import Lines
from app.core.json_leaves import Leaf
from app.core.lockfile import Directives

_PATCH = "patch:"  # yarn's protocol: the patched package, `#`, and the patch
_ITSELF = "."  # in npm's overrides: the package that the object is about
_HOLDERS = ("pnpm", "workspaces")  # tables of `package.json` that hold such tables themselves
_TABLES = {
    "overrides": DirectiveKind.OVERRIDE,
    "resolutions": DirectiveKind.OVERRIDE,
    "patchedDependencies": DirectiveKind.PATCH,
    "catalog": DirectiveKind.CATALOG,
    "catalogs": DirectiveKind.CATALOG,
}


def read_directives(text: str, leaves: Sequence[Leaf]) -> tuple[Directive, ...]:
    """What these leaves of a `package.json` say, its own keys first in each; in the order of the text."""
    found, lines = Directives(), Lines(text)
    for leaf in leaves:
        line = lines.at(leaf.at)
        keys = leaf.keys[1:] if leaf.keys[0] in _HOLDERS else leaf.keys
        if len(keys) > 1 and keys[0] in _TABLES:
            say(found, keys[0], keys[1:], leaf.value, line)
    return tuple(found)


def say(found: Directives, table: str, keys: Sequence[str], value: object, line: int) -> None:
    """Add the entry of a table: of overrides `keys` lead downwards, of catalogs the first is the catalog's name."""
    kind = _TABLES[table]
    if table == "catalogs":
        name = f"{keys[-1]} (catalog {keys[0]})"
    else:
        name = " > ".join(keys[:-1] if len(keys) > 1 and keys[-1] == _ITSELF else keys)
    if isinstance(value, str) and value.startswith(_PATCH):
        kind = DirectiveKind.PATCH
    found.say(kind, name, value, line)


def overridden(directives: Iterable[Directive]) -> frozenset[str]:
    """Names whose version the project forces, wherever they are asked for: `**/a`, `b/a@1` and `a` all force `a`."""
    kinds = (DirectiveKind.OVERRIDE, DirectiveKind.PATCH)
    keys = (key for one in directives if one.kind in kinds for key in _keys(one.name))
    return frozenset(name for key in keys for name in (_forced(key), key))


def _keys(name: str) -> Iterator[str]:
    yield name
    yield from name.split(" > ")


def _forced(key: str) -> str:
    key = key.rpartition(">")[2]
    plain = key[0] + key[1:].partition("@")[0] if key else ""
    scope, slash, name = plain.rpartition("/")
    return f"{scope.rpartition('/')[2]}/{name}" if slash and scope.rpartition("/")[2].startswith("@") else name
