"""Environment variables whose value is a folder: part of a path, and no secret."""

from __future__ import annotations

FOLDERS: dict[str, str] = {
    "HOME": "~",
    "USERPROFILE": "~",
    "HOMEPATH": "~",
    "APPDATA": "%APPDATA%",
    "LOCALAPPDATA": "%LOCALAPPDATA%",
    "PROGRAMDATA": "%PROGRAMDATA%",
    "TEMP": "%TEMP%",
    "TMP": "%TEMP%",
    "TMPDIR": "%TEMP%",
    "SYSTEMROOT": "%SYSTEMROOT%",
    "WINDIR": "%SYSTEMROOT%",
    "XDG_CONFIG_HOME": "~/.config",
}
"""The variable in capitals → how a path says it."""
