"""A place is vital when a path means all of it, not when it leads into it."""

from __future__ import annotations

import pytest

from app.core.vital_places import is_disk, vital_place


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/", "a whole disk"),
        ("/*", "a whole disk"),
        ("C:\\", "a whole disk"),
        ("C:*.*", "a whole disk"),
        ("/dev/nvme0n1", "a whole disk"),
        ("~/", "the home folder"),
        ("/home/x/**/*", "the home folder"),
        ("C:\\Users\\x", "the home folder"),
        ("~/Documents/*", "personal files"),
        ("%APPDATA%", "personal files"),
        ("/usr/", "the system"),
        ("C:/Program Files (x86)", "the system"),
        ("../..", "the folders around it"),
        ("*", "the folder that it is run in"),
    ],
)
def test_a_place_is_called_by_what_goes_with_it(path: str, place: str) -> None:
    assert vital_place(path) == place


@pytest.mark.parametrize(
    "path", ["", "…", "/tmp", "/tmp/*", "~/.cache", "/usr/local/lib/x", "dist/*", "../dist", "C:/Temp"]
)
def test_what_is_only_part_of_a_place_is_not_vital(path: str) -> None:
    assert vital_place(path) is None


def test_a_disk_is_known_by_its_device() -> None:
    assert is_disk("/dev/sda")
    assert is_disk("\\\\.\\PhysicalDrive0")
    assert not is_disk("/dev/null")
    assert not is_disk("/dev/shm/x")
    assert not is_disk("/")
