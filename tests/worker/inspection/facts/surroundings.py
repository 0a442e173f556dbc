"""Where credentials stand in packages, and what only looks like one: files made up from a seed, for measuring."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator

from app.core.secret_kinds import KINDS, Proof
from tests import minted
from tests.minted_forms import BASE62, FORMS, HEX, Sample, random_text, uuid

Place = Callable[[str, str], str]
_CODE = "function render(e,t){return t.map(n=>e.call(null,n)).filter(Boolean)}"


def _notebook(text: str, _seed: str) -> str:
    cells = [{"cell_type": "code", "source": ["import os\n", f"key = '{text}'\n"], "outputs": [{"text": ["done\n"]}]}]
    return json.dumps({"cells": cells, "nbformat": 4}, indent=1)


def _source_map(text: str, seed: str) -> str:
    sources = [_CODE, f'import x from "x";\nexport const key = "{text}";\n']
    return json.dumps({"version": 3, "sourcesContent": sources, "mappings": random_text(seed, 400, BASE62)})


def _minified(text: str, seed: str) -> str:
    return f'{_CODE * 40}var {random_text(seed, 9, BASE62)}="{text}",e={{}};{_CODE * 40}'


def _split(text: str, _seed: str) -> str:
    cut = len(text) * 3 // 5
    return f"key = ('{text[:cut]}'\n       + '{text[cut:]}')\n"


def _cluster(text: str, _seed: str) -> str:
    return f"apiVersion: v1\nkind: Secret\ndata:\n  token: {base64.b64encode(text.encode()).decode()}\n"


EVERYWHERE: dict[str, Place] = {
    "JavaScript": lambda text, _: f'const key = "{text}";\nmodule.exports = client(key);\n',
    "TypeScript": lambda text, _: f"export class A {{ private readonly key: string = `{text}`; }}\n",
    "Python": lambda text, _: f"import os\n\nKEY = '{text}'  # production\n",
    ".env": lambda text, _: f"DEBUG=0\nKEY={text}\nPORT=80\n",
    ".npmrc": lambda text, _: f"//registry.example/:_authToken={text}\nsave-exact=true\n",
    "JSON": lambda text, _: json.dumps({"name": "a", "key": text}),
    "YAML": lambda text, _: f"deploy:\n  key: {text}\n  on: push\n",
    "INI": lambda text, _: f"[server]\r\npassword = {text}\r\n",
    "shell": lambda text, _: f"export KEY='{text}'\ncurl -H \"Authorization: Bearer $KEY\" https://api.example\n",
    "XML": lambda text, _: f'<add key="token" value="{text}" />\n',
    "comment": lambda text, _: f"# old key: {text}\n",
    "notebook": _notebook,
    "source map": _source_map,
    "minified": _minified,
    "byte code": lambda text, _: f"\x00\x01\x02z\x28{text}\x00\x00s\x05",
}
PLAIN: dict[str, Place] = {"several pieces": _split, "base64": _cluster}
"""Those that only a credential without other words around it is put into."""


def planted(count: int, proof: Proof) -> Iterator[tuple[str, str, str]]:
    """`(kind, name of the place, text of the file)`, each with a credential that nothing else has."""
    samples = [sample for sample in FORMS if KINDS[sample.credential].proof is proof]
    places = [*EVERYWHERE.items(), *PLAIN.items()]
    for number in range(count):
        sample = samples[number % len(samples)]
        name, place = places[(number * 7 + number // len(samples)) % len(places)]
        if name in PLAIN and not _stands_alone(sample):
            name, place = places[number % len(EVERYWHERE)]
        seed = f"held out {number}"
        token = sample.mint(seed)
        yield sample.credential, name, place(token if _stands_alone(sample) else sample.text(token), seed)


def benign(count: int) -> Iterator[tuple[str, str]]:
    """`(what it is, text of the file)`, without any credential that opens something."""
    places = [*EVERYWHERE.items()]
    for number in range(count):
        what, make = _HARMLESS[number % len(_HARMLESS)]
        _, place = places[(number * 5 + number // len(_HARMLESS)) % len(places)]
        seed = f"harmless {number}"
        yield what, place(make(seed), seed)


def _stands_alone(sample: Sample) -> bool:
    return sample.place == 'const token = "{}";'


def _other_checksum(mint: Callable[[str], str]) -> Callable[[str], str]:
    def wrong(seed: str) -> str:
        token = mint(seed)
        last = "b" if token[-1] != "b" else "c"
        return token[:-1] + last

    return wrong


def _stand_in(sample: Sample) -> Callable[[str], str]:
    return lambda seed: sample.text(sample.mint(seed)[:10] + "x" * 30)


_NAMES = "getElementsByClassNameWithFallback renderToPipeableStreamInternal unstable_scheduleCallbackWithExpiration"
_MARK = "PRIVATE KEY"
_CHECKED = ("github-token", "npm-token", "gitlab-token", "grafana-token", "age-key")
_HARMLESS: list[tuple[str, Callable[[str], str]]] = [
    *((f"{kind} with another checksum", _other_checksum(minted.EVERY[kind])) for kind in _CHECKED),
    *((f"stand-in for {sample.credential}", _stand_in(sample)) for sample in FORMS[:: len(FORMS) // 12]),
    ("SHA-1", lambda seed: hashlib.sha1(seed.encode(), usedforsecurity=False).hexdigest()),
    ("SHA-256", lambda seed: hashlib.sha256(seed.encode()).hexdigest()),
    ("integrity", lambda seed: "sha512-" + base64.b64encode(hashlib.sha512(seed.encode()).digest()).decode()),
    ("UUID", uuid),
    ("picture", lambda seed: "data:image/png;base64," + random_text(seed, 3_000, BASE62)),
    ("i18n id", lambda seed: f"messages.account.{random_text(seed, 20, BASE62)}.title"),
    ("long name", lambda seed: _NAMES.split()[len(seed) % 3] + random_text(seed, 12, BASE62)),
    ("css class", lambda seed: f"sk-fading-circle sk-{random_text(seed, 12, HEX)} key-{random_text(seed, 8, HEX)}"),
    ("marker", lambda _: f"-----BEGIN RSA {_MARK}-----"),
    ("certificate", lambda seed: f"-----BEGIN CERTIFICATE-----\\n{random_text(seed, 600, BASE62)}\\n-----END"),
    ("no key", lambda seed: f"-----BEGIN {_MARK}-----\\n{random_text(seed, 600, BASE62)}\\n-----END {_MARK}-----"),
    ("workflow", lambda _: "${{ secrets.NPM_TOKEN }}"),
    ("variable", lambda seed: f"$GITHUB_TOKEN_{random_text(seed, 9, HEX).upper()}"),
    ("pattern", lambda _: "gh[pousr]_[A-Za-z0-9]{36}|npm_[A-Za-z0-9]{36}|sk_live_[0-9a-zA-Z]{24}"),
    ("npm's variable", lambda seed: f"npm_package_config_{random_text(seed, 30, 'abcdefghijklmnop')}"),
    ("example of AWS", lambda _: "AKIAIOSFODNN7EXAMPLE"),
    ("example of Slack", lambda _: "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24),
    ("example of a database", lambda _: "postgres://user:password123@localhost:5432/app"),
    ("database in an explanation", lambda _: "mysql://admin:MyPassw0rd@db.example.com/app"),
    ("publishable key", lambda seed: f"pk_live_{random_text(seed, 24, BASE62)}"),
    ("short-lived web token", lambda seed: minted.jwt(seed, iat=1_700_000_000, exp=1_700_003_600)),
    ("public web token", lambda seed: minted.jwt(seed, role="anon")),
    ("git object", lambda seed: f"index {random_text(seed, 7, HEX)}..{random_text(seed + 'b', 40, HEX)} 100644"),
    ("base32", lambda seed: "A" + base64.b32encode(hashlib.sha512(seed.encode()).digest()).decode()),
    ("version and hash", lambda seed: f"v1.0-{random_text(seed, 24, HEX)}"),
]
