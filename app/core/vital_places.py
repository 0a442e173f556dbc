"""Places that no package may delete or overwrite as a whole: homes, systems, disks, and the folders around it."""

from __future__ import annotations

import re
from functools import lru_cache

DISK = "a whole disk"
HOME = "the home folder"
PERSONAL = "personal files"
SYSTEM = "the system"
BACKUPS = "the backups"
AROUND = "the folders around it"
PROJECT = "the folder that it is run in"

_LONGEST = 512
_ROOTS = r"/|[a-z]:/?|%systemdrive%|\$?env:systemdrive|/mnt/c"
_PLACES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(rf"(?:{pattern})"))
    for name, pattern in (
        (DISK, r"/dev/(?:[hsv]d[a-z]|xvd[a-z]|nvme\d+n\d+|r?disk\d+|mmcblk\d+)\w{0,4}|//\./physicaldrive\d+"),
        (DISK, _ROOTS),
        (HOME, r"~|/root|/home(?:/[^/]+)?|/users(?:/[^/]+)?|(?:c:|%systemdrive%)/users(?:/[^/]+)?|%userprofile%"),
        (PERSONAL, r"~/(?:documents|desktop|downloads|pictures|music|videos|movies|onedrive|dropbox|library)"),
        (PERSONAL, r"~/(?:\.ssh|\.gnupg)"),
        (PERSONAL, r"~/(?:\.config|\.local|\.local/share|appdata|appdata/(?:roaming|local))|%(?:local)?appdata%"),
        (SYSTEM, r"/(?:etc|usr|bin|sbin|boot|lib|lib64|var|opt|srv|sys|dev|mnt|media|applications|library|system)"),
        (SYSTEM, r"(?:[a-z]:|%systemdrive%)/(?:windows(?:/system32)?|program files(?: \(x86\))?|programdata)"),
        (SYSTEM, r"%systemroot%(?:/system32)?|%programfiles%"),
        (AROUND, r"(?:__dirname/)?\.\.(?:/\.\.)*"),
        (PROJECT, r"\."),
    )
)  # fmt: skip
_ALL = re.compile(r"(?:/(?:\*{1,2}|\.\*|\*\.\*|\{,\.\}\*))+$|(?<=:)\*(?:\.\*)?$|^\*{1,2}$")


@lru_cache(maxsize=4_096)
def vital_place(path: str) -> str | None:
    r"""How people call a place of which a path means all (`~`, `/*`, `C:\\`), or None for what is only part of one."""
    text = path[:_LONGEST].strip().replace("\\", "/").lower()
    text = _ALL.sub("", text) if text not in ("*", "**") else "."
    text = text.removesuffix("/.").rstrip("/") or ("/" if path.strip()[:1] in ("/", "\\") else "")
    return next((name for name, pattern in _PLACES if pattern.fullmatch(text)), None)


def is_disk(path: str) -> bool:
    """Whether a path is a disk itself, to which nothing is written that is not meant to replace all of it."""
    return _PLACES[0][1].fullmatch(path[:_LONGEST].replace("\\", "/").lower()) is not None
