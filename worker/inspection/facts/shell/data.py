"""What is known of a word or of a program's output: its text, and where its data comes from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from app.core.specimen import Origin
from worker.inspection.facts.extracted import NO_ORIGINS

MOST = 1 << 18  # characters of a text that are followed
_VERSIONED = frozenset({"python", "pypy", "pip", "node", "ruby", "perl", "php", "lua", "bash", "rundll", "regsvr"})


@dataclass(frozen=True, slots=True)
class Data:
    """`text` is what is known of it; parts that are not known stand as they are written (`$X`), and `exact` is False.

    `splits` says that the shell splits it into words. `hosts` are those it was fetched from.
    """

    text: str = ""
    exact: bool = False
    origins: frozenset[Origin] = NO_ORIGINS
    hosts: tuple[str, ...] = ()
    splits: bool = False


NOTHING = Data()


def constant(text: str) -> Data:
    """A text that is known as a whole."""
    return Data(text[:MOST], exact=len(text) <= MOST)


def joined(parts: Iterable[Data], glue: str = "") -> Data:
    """Parts side by side."""
    parts = tuple(parts)
    text = glue.join(part.text for part in parts)
    return Data(
        text[:MOST],
        all(part.exact for part in parts) and len(text) <= MOST,
        origins_of(parts),
        tuple(dict.fromkeys(host for part in parts for host in part.hosts)),
    )


def origins_of(parts: Iterable[Data]) -> frozenset[Origin]:
    """Where all of it comes from."""
    return NO_ORIGINS.union(*(part.origins for part in parts))


def path_of(text: str) -> str:
    """A path as it is compared: `./x` is `x`."""
    text = text.replace("\\", "/")
    return posixpath.normpath(text) if text and len(text) <= 1_024 else text


def program_of(text: str) -> str:
    """A program by its name: without folder, `.exe`, version."""
    name = posixpath.basename(text.replace("\\", "/")).lower()
    name = name.removesuffix(".exe").removesuffix(".cmd").removesuffix(".com")
    plain = name.rstrip("0123456789.")
    return plain if plain in _VERSIONED else name
