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
        lines = self._lines
        for pin in self._pins:
            if not pin.direct and not pin.parents:
                continue
            label = pin.package.label
            if pin.direct and pin.line < lines.get(label, pin.line + 1):
                lines[label] = pin.line
            for parent in pin.parents:
                if parent in children:
                    children[parent].append(label)
                else:
                    children[parent] = [label]
        root, parents = self._root, self._parent
        root |= {label: label for label in lines}
        level = sorted(lines)
        while level:
            reached: list[str] = []
            for label in level:
                below = children.get(label, ())
                for child in sorted(below) if len(below) > 1 else below:
                    if child not in root:
                        root[child] = root[label]
                        parents[child] = label
                        reached.append(child)
            level = reached
