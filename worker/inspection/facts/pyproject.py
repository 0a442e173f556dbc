"""`pyproject.toml` → which backend builds a source distribution, and which code of its own that build runs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

LARGEST = 1 << 20  # bytes
_SETUPTOOLS = re.compile(r"setuptools\b")


class NotToml(Exception):
    """The file is not TOML; `args[0]` says why."""


@dataclass(frozen=True, slots=True)
class BuildStep:
    """Code of the package's own that building runs: the file it stands in, and the key and value that say so."""

    reference: str
    key: str
    value: str


@dataclass(frozen=True, slots=True)
class PyProject:
    """A parsed `pyproject.toml`."""

    table: dict[str, Any]

    @classmethod
    def read(cls, content: bytes) -> PyProject:
        """Read the file; raise `NotToml`."""
        if len(content) > LARGEST:
            raise NotToml(f"it is larger than {LARGEST >> 20} MiB")
        try:
            return cls(tomllib.loads(content.decode("utf-8")))
        except RecursionError:
            raise NotToml("values are nested too deeply") from None
        except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, a number of 5,000 digits
            raise NotToml(str(error)[:200]) from None

    def get(self, *keys: str) -> Any:
        """A value by its path of keys, or None."""
        value: Any = self.table
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value

    @property
    def runs_setup_py(self) -> bool:
        """Whether building runs `setup.py`: setuptools is the backend, or an own backend may well call it."""
        backend = self.get("build-system", "build-backend")
        requires = self.get("build-system", "requires")
        needs = [str(item) for item in requires] if isinstance(requires, list) else []
        return (
            not isinstance(backend, str)
            or self.get("build-system", "backend-path") is not None
            or _SETUPTOOLS.match(backend[:100]) is not None
            or any(_SETUPTOOLS.match(item[:100]) for item in needs)
        )

    def scripts(self) -> dict[str, str]:
        """Commands by name: `project.scripts`, `project.gui-scripts`, `tool.poetry.scripts`."""
        found: dict[str, str] = {}
        for keys in (("project", "scripts"), ("project", "gui-scripts"), ("tool", "poetry", "scripts")):
            table = self.get(*keys)
            if isinstance(table, dict):
                found.update({name: target for name, target in table.items() if isinstance(target, str)})
        return found

    def plugins(self) -> list[str]:
        """What other programs load by the group that it is named in: `project.entry-points`, `tool.poetry.plugins`."""
        groups = [self.get("project", "entry-points"), self.get("tool", "poetry", "plugins")]
        tables = [table for group in groups if _table(group) for table in group.values() if _table(table)]
        return [target for table in tables for target in table.values() if isinstance(target, str)]

    def version_attribute(self) -> str:
        """The attribute that setuptools takes the version from; "" for none."""
        version = self.get("tool", "setuptools", "dynamic", "version")
        attribute = version.get("attr") if _table(version) else None
        return attribute if isinstance(attribute, str) else ""

    def build_steps(self) -> Iterator[BuildStep]:
        """Code of its own that the build runs."""
        yield from self._own_backend()
        yield from self._setuptools()
        yield from self._hatch()
        yield from self._poetry()
        yield from self._pdm()

    def _own_backend(self) -> Iterator[BuildStep]:
        backend, paths = self.get("build-system", "build-backend"), self.get("build-system", "backend-path")
        if isinstance(backend, str) and isinstance(paths, list):
            module = backend.partition(":")[0].replace(".", "/")
            for path in paths:
                if isinstance(path, str):
                    yield BuildStep(f"{path}/{module}", "build-backend", backend)

    def _setuptools(self) -> Iterator[BuildStep]:
        table = self.get("tool", "setuptools", "cmdclass")
        for name, target in table.items() if isinstance(table, dict) else ():
            if isinstance(target, str):
                yield BuildStep(_dotted(target), name, target)

    def _hatch(self) -> Iterator[BuildStep]:
        targets = self.get("tool", "hatch", "build", "targets")
        hooks = [self.get("tool", "hatch", "build", "hooks"), self.get("tool", "hatch", "metadata", "hooks")]
        hooks += [
            target.get("hooks") for target in (targets.values() if isinstance(targets, dict) else ()) if _table(target)
        ]
        for hook in hooks:
            if _table(hook) and "custom" in hook:
                path = hook["custom"].get("path") if _table(hook["custom"]) else None
                yield BuildStep(path if isinstance(path, str) else "hatch_build.py", "hooks.custom", str(path or ""))
        version = self.get("tool", "hatch", "version")
        if _table(version) and version.get("source") == "code" and isinstance(version.get("path"), str):
            yield BuildStep(version["path"], "source", "code")

    def _poetry(self) -> Iterator[BuildStep]:
        build = self.get("tool", "poetry", "build")
        script = build.get("script") if _table(build) else build
        if isinstance(script, str):
            yield BuildStep(script, "script" if _table(build) else "build", script)

    def _pdm(self) -> Iterator[BuildStep]:
        build = self.get("tool", "pdm", "build")
        for key in ("custom-hook", "setup-script"):
            script = build.get(key) if _table(build) else None
            if isinstance(script, str):
                yield BuildStep(script if script.endswith(".py") else _dotted(script), key, script)


def line_with(content: bytes, key: str, value: str) -> int:
    """The first line that names the key and the value, else the key, else 1. For people; nothing is decided by it."""
    lines = content.decode("utf-8", "replace").split("\n")
    for wanted in ((key, value), (key,)):
        for number, line in enumerate(lines, 1):
            if all(word in line for word in wanted):
                return number
    return 1


def _dotted(target: str) -> str:
    return target.replace(":", ".").replace(".", "/")


def _table(value: Any) -> bool:
    return isinstance(value, dict)
