"""The builders give archives that ordinary tools accept, the same bytes every time."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import tarfile
import zipfile

from packaging.utils import parse_sdist_filename, parse_wheel_filename

from app.demo.packages import (
    npm_filename,
    npm_tarball,
    sdist,
    sdist_filename,
    wheel,
    wheel_filename,
)


def test_an_npm_tarball_holds_its_files_under_package() -> None:
    tarball = npm_tarball("fast-colour", "2.4.1", {"index.js": "module.exports = 1\n"}, scripts={"test": "true"})

    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        assert sorted(archive.getnames()) == ["package/index.js", "package/package.json"]
        manifest = archive.extractfile("package/package.json")
        assert manifest is not None
        assert json.load(manifest) == {"name": "fast-colour", "version": "2.4.1", "scripts": {"test": "true"}}


def test_a_manifest_that_is_given_is_packed_as_it_stands() -> None:
    with tarfile.open(fileobj=io.BytesIO(npm_tarball("x", "1.0.0", {"package.json": "{"}))) as archive:
        manifest = archive.extractfile("package/package.json")
        assert manifest is not None
        assert manifest.read() == b"{"


def test_an_sdist_has_one_top_directory() -> None:
    with tarfile.open(fileobj=io.BytesIO(sdist("Img.Press", "3.0", {"imgpress/__init__.py": ""}))) as archive:
        assert {name.split("/")[0] for name in archive.getnames()} == {"img_press-3.0"}
        assert "img_press-3.0/PKG-INFO" in archive.getnames()


def test_a_wheel_has_a_record_that_matches() -> None:
    content = wheel("Img.Press", "3.0", {"imgpress/__init__.py": "x = 1\n"}, entry_points="[console_scripts]\n")

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("img_press-3.0.dist-info/RECORD").decode())))
        assert sorted(row[0] for row in rows) == sorted(archive.namelist())
        for path, digest, size in rows:
            if not path.endswith("/RECORD"):
                data = archive.read(path)
                encoded = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
                assert (digest, size) == (f"sha256={encoded}", str(len(data)))


def test_building_twice_gives_the_same_bytes() -> None:
    files = {"a.py": "1\n", "ü.py": "2\n"}
    assert npm_tarball("x", "1.0.0", files) == npm_tarball("x", "1.0.0", files)
    assert sdist("x", "1.0.0", files) == sdist("x", "1.0.0", files)
    assert wheel("x", "1.0.0", files) == wheel("x", "1.0.0", files)


def test_file_names_are_the_ones_that_registries_use() -> None:
    assert npm_filename("@acme/tool", "1.0.0") == "tool-1.0.0.tgz"
    assert parse_sdist_filename(sdist_filename("Img.Press", "3.0"))[0] == "img-press"
    assert parse_wheel_filename(wheel_filename("Img.Press", "3.0"))[0] == "img-press"
