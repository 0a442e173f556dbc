"""What pip's and npm's configuration files and variables say, with the place where each value stands."""

from __future__ import annotations

import configparser
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import SettingsError

_VARIABLE = re.compile(r"\$\{([^${}]+)\}")
_COMMENT = re.compile(r"(?<!\\)[;#]")


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, where it stands ("/etc/pip.conf line 2", or a variable's name), and what it is called there."""

    value: str = field(repr=False)  # may hold credentials
    source: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class ClientFiles:
    """The places of the clients' configuration. A file that is there but cannot be read is a `SettingsError`.

    Going on without it could send the names of private packages to a public registry.
    """

    environ: Mapping[str, str]
    home: Path
    root: Path
    prefix: Path
    platform: str

    def pip(self) -> Mapping[str, Setting]:
        """`index-url` and `cert` as `pip install` would use them.

        Order of precedence (pip's documentation, "Configuration"): variables, then the section `install`, then
        `global`; within a section the file of `PIP_CONFIG_FILE`, the environment's, the user's, the machine's.
        """
        sections: dict[str, dict[str, Setting]] = {"global": {}, "install": {}}
        for path in self._pip_files():
            text = _text(path)
            if text is not None:
                for section, settings in _read_pip(path, text).items():
                    sections[section] |= settings
        variables = {
            key: Setting(self.environ[name], name)
            for key, name in (("index-url", "PIP_INDEX_URL"), ("cert", "PIP_CERT"))
            if self.environ.get(name)
        }
        return sections["global"] | sections["install"] | variables

    def npm(self) -> Mapping[str, Setting]:
        """All settings of npm's files and `npm_config_*` variables, by key as npm spells it.

        Order of precedence (npm's documentation, "npmrc"): variables, then the user's file, then the machine's.
        `${NAME}` is replaced by the variable; npm leaves unknown ones as they are, and so do we.
        """
        variables = {_npm_key(name): Setting(value, name) for name, value in self._npm_variables()}
        user = variables.get("userconfig")
        user_file = Path(user.value) if user else self.home / ".npmrc"
        settings: dict[str, Setting] = {}
        own = self._npmrc(user_file)
        for path in self._npm_machine_files(variables, own):
            settings |= self._npmrc(path)
        return settings | own | variables

    def _pip_files(self) -> Iterator[Path]:
        """Lowest precedence first (pip's `get_configuration_files`)."""
        named = self.environ.get("PIP_CONFIG_FILE")
        if named == os.devnull:
            return
        name = "pip.ini" if self.platform == "win32" else "pip.conf"
        if self.platform == "win32":
            yield from (Path(self.environ[key], "pip", name) for key in ("PROGRAMDATA",) if key in self.environ)
            yield self.home / "pip" / name
            yield from (Path(self.environ[key], "pip", name) for key in ("APPDATA",) if key in self.environ)
        else:
            folders = self.environ.get("XDG_CONFIG_DIRS") or str(self.root / "etc/xdg")
            if self.platform == "darwin":
                folders = str(self.root / "Library/Application Support")
            for folder in reversed(folders.split(os.pathsep)):
                yield Path(folder, "pip", name)
            yield self.root / "etc" / name
            yield self.home / ".pip" / name
            yield Path(self.environ.get("XDG_CONFIG_HOME") or self.home / ".config", "pip", name)
            if self.platform == "darwin":
                yield self.home / "Library/Application Support/pip" / name
        yield self.prefix / name
        if named:
            yield Path(named)

    def _npm_variables(self) -> Iterator[tuple[str, str]]:
        return ((name, value) for name, value in self.environ.items() if value and _npm_key(name))

    def _npm_machine_files(self, variables: Mapping[str, Setting], own: Mapping[str, Setting]) -> Iterator[Path]:
        """Lowest precedence first. npm itself takes `etc/npmrc` of its own prefix; without npm we look in each."""
        named = variables.get("globalconfig") or own.get("globalconfig")
        if named:
            yield Path(named.value)
            return
        yield from (self.root / folder / "npmrc" for folder in ("etc", "usr/etc", "usr/local/etc"))
        if self.platform == "win32" and "APPDATA" in self.environ:
            yield Path(self.environ["APPDATA"], "npm/etc/npmrc")
        if self.environ.get("PREFIX"):
            yield Path(self.environ["PREFIX"], "etc/npmrc")
        named = variables.get("prefix") or own.get("prefix")
        if named:
            yield Path(named.value, "etc/npmrc")

    def _npmrc(self, path: Path) -> dict[str, Setting]:
        text = _text(path)
        settings = {}
        for number, line in enumerate((text or "").splitlines(), start=1):
            key, equals, value = line.strip().partition("=")
            if equals and key[:1] not in ";#[":
                key, value = (_VARIABLE.sub(self._variable, _unquoted(part)) for part in (key, value))
                settings[key] = Setting(value, f"{path} line {number}", key)
        return settings

    def _variable(self, match: re.Match[str]) -> str:
        name = match[1]
        return self.environ.get(name.removesuffix("?"), "" if name.endswith("?") else match[0])


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise SettingsError(
            (f"{path} cannot be read ({error.strerror}). It may say where packages come from.",)
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError((f"{path} is not UTF-8 text. It may say where packages come from.",)) from error


def _read_pip(path: Path, text: str) -> dict[str, dict[str, Setting]]:
    parser = configparser.RawConfigParser()
    parser.optionxform = _pip_key  # type: ignore[method-assign,assignment]
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or next((line for line, _ in getattr(error, "errors", ())), 1)
        raise SettingsError((f"{path} line {line}: this is not pip's configuration format.",)) from error
    return {
        section: {
            key: Setting(parser.get(section, key), f"{path} line {_line(text, section, key)}", key)
            for key in ("index-url", "cert")
            if parser.has_option(section, key)
        }
        for section in ("global", "install")
        if parser.has_section(section)
    }


def _line(text: str, section: str, key: str) -> int:
    """The 1-based line of an option that `configparser` found."""
    current = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("["):
            current = line[1:].partition("]")[0]
        elif current == section and _pip_key(re.split("[=:]", line, maxsplit=1)[0].strip()) == key:
            return number
    return 1


def _pip_key(option: str) -> str:
    return option.lower().replace("_", "-")


def _npm_key(variable: str) -> str:
    """`npm_config_user_agent` → `user-agent`; scopes and `//host/` keys keep their case. Empty for other variables."""
    if not variable.lower().startswith("npm_config_"):
        return ""
    key = variable[len("npm_config_") :]
    return key if key.startswith(("//", "@")) else key[:1].lower() + key[1:].lower().replace("_", "-")


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            return str(json.loads(text))
        except ValueError:
            return text[1:-1]
    if len(text) > 1 and text[0] == text[-1] == "'":
        return text[1:-1]
    return _COMMENT.split(text, maxsplit=1)[0].rstrip()
