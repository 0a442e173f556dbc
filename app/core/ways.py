"""The shortest way from a direct dependency down to any package of a file."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.lockfile import Pin

_LONGEST = 32  # labels of one way; longer ones keep their first and their last


class Ways:
    """All shortest ways of one file, found in one walk downwards from its direct dependencies once one is asked for."""

    def __init__(self, pins: Sequence[Pin]) -> None:
        self._pins = pins
        self._lines: dict[str, int] = {}  # direct dependencies only
        self._parent: dict[str, str] = {}
        self._root: dict[str, str] = {}
        self._is_walked = False

    def to(self, pin: Pin) -> tuple[tuple[str, ...], int]:
        """The labels from the direct dependency (first) down to the package (excluded), and the former's line.

        Empty with the package's own line when it is direct, or when nothing in the file leads to it.
        """
        if pin.direct:
            return (), pin.line
        if not self._is_walked:
            self._walk()
        label = pin.package.label
        root = self._root.get(label)
        if root is None:
            return (), pin.line
        way: list[str] = []
        while label in self._parent and len(way) < _LONGEST - 1:
            label = self._parent[label]
            way.append(label)
        if way and way[-1] != root:
            way.append(root)
        return tuple(reversed(way)), self._lines[root]

    def _walk(self) -> None:
        self._is_walked = True
        children: dict[str, list[str]] = {}
        for pin in self._pins:
            label = pin.package.label
            if pin.direct:
                self._lines[label] = min(pin.line, self._lines.get(label, pin.line))
            for parent in pin.parents:
                children.setdefault(parent, []).append(label)
        self._root = {label: label for label in self._lines}
        level = sorted(self._lines)
        while level:
            reached: list[str] = []
            for label in level:
                for child in sorted(children.get(label, ())):
                    if child not in self._root:
                        self._root[child] = self._root[label]
                        self._parent[child] = label
                        reached.append(child)
            level = reached
