"""Credentials made up while the tests run, with right checksums: none stands in this repository, none opens anything."""

from __future__ import annotations

import base64
import hashlib
import json
import string
import zlib
from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from app.core.tokens import Kind, mint
from worker.inspection.facts.secrets.checksums import BASE36, BASE62, crc24, to_base

_URL_SAFE = string.ascii_letters + string.digits + "-_"
_BASE64 = string.ascii_letters + string.digits + "+/"


def noise(seed: str, length: int, alphabet: str = BASE62) -> str:
    """Characters that look random and are the same for the same seed."""
    digits = b"".join(hashlib.sha256(f"{seed} {n}".encode()).digest() for n in range(length // 32 + 1))
    return "".join(alphabet[byte % len(alphabet)] for byte in digits[:length])


def url64(data: bytes | Mapping[str, object]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def with_crc(prefix: str, seed: str = "a") -> str:
    body = noise(prefix + seed, 30)
    return f"{prefix}{body}{to_base(zlib.crc32(body.encode()), BASE62, 6)}"


def jwt(seed: str = "a", **claims: object) -> str:
    header = url64({"alg": "HS256", "typ": "JWT"})
    return f"{header}.{url64({'sub': noise(seed, 12), **claims})}.{noise(seed, 43, _URL_SAFE)}"


def github_app(seed: str = "a") -> str:
    return f"ghs_{int(zlib.crc32(seed.encode()))}_{jwt(seed)}"


def pypi(seed: str = "a", identifier: bytes | None = None, signature: int = 32) -> str:
    def field(kind: int, value: bytes) -> bytes:
        return bytes((kind, len(value))) + value

    name = identifier or _uuid(seed).encode()
    location = field(1, b"index.example")  # the real ones begin alike: a version, a kind, a length
    caveat = field(2, f'[1, "{noise(seed, 36)}"]'.encode()) + b"\0"
    sealed = hashlib.sha512(seed.encode()).digest()[:signature]
    return "pypi-" + url64(b"\2" + location + field(2, name) + b"\0" + caveat + b"\0" + field(6, sealed))


def gitlab(seed: str = "a", prefix: str = "glpat-", version: str = "01.") -> str:
    payload = noise(seed, 51, _URL_SAFE)
    head = f"{prefix}{payload}.{version}{to_base(len(payload), BASE36, 2)}"
    return head + to_base(zlib.crc32(head.encode()), BASE36, 7)


def aws_id(seed: str = "a", prefix: str = "AKIA") -> str:
    account = int(hashlib.sha256(seed.encode()).hexdigest(), 16) % 10**12
    number = (1 << 47 | account << 7 | 5).to_bytes(6, "big")  # the account is part of the id
    return prefix + base64.b32encode(number + hashlib.sha512(seed.encode()).digest()[:4]).decode()


def aws_secret(seed: str = "a") -> str:
    return noise(f"aws {seed}", 40, _BASE64)


def azure(seed: str = "a") -> str:
    return base64.b64encode(hashlib.sha512(seed.encode()).digest()).decode()


def docker(seed: str = "a", login: str | None = None) -> str:
    return base64.b64encode((login or f"robot:{noise(seed, 24)}").encode()).decode()


def onepassword(seed: str = "a", **fields: object) -> str:
    content = {"signInAddress": "my.example", "secretKey": f"A3-{noise(seed, 26)}", "muk": noise(seed, 30)}
    return "ops_" + url64(fields or content)


def age(seed: str = "a") -> str:
    alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
    data = [byte & 31 for byte in hashlib.sha512(seed.encode()).digest()[:52]]
    human = "age-secret-key-"
    expanded = [ord(character) >> 5 for character in human] + [0] + [ord(character) & 31 for character in human]
    polymod = _polymod([*expanded, *data, 0, 0, 0, 0, 0, 0]) ^ 1
    checksum = [polymod >> 5 * (5 - place) & 31 for place in range(6)]
    return (human + "1" + "".join(alphabet[value] for value in data + checksum)).upper()


def discord(seed: str = "a", bot: int | None = None) -> str:
    number = bot or (10**17 * 3 + zlib.crc32(seed.encode()) * 10**6)
    return f"{url64(str(number).encode())}.{noise(seed, 6, _URL_SAFE)}.{noise(f'bot {seed}', 38, _URL_SAFE)}"


def openai(seed: str = "a", prefix: str = "sk-proj-", infix: str = "OpenAI") -> str:
    middle = base64.b64encode(infix.encode()).decode()
    return f"{prefix}{noise(seed, 58, _URL_SAFE)}{middle}{noise(f'end {seed}', 58, _URL_SAFE)}"


def anthropic(seed: str = "a", kind: str = "api03", end: str = "AA") -> str:
    return f"sk-ant-{kind}-{noise(seed, 93, _URL_SAFE)}{end}"


def grafana(seed: str = "a") -> str:
    secret = noise(seed, 32)
    return f"glsa_{secret}_{zlib.crc32(f'glsa_{secret}'.encode()).to_bytes(4, 'little').hex()}"


def sentry(seed: str = "a", **fields: object) -> str:
    content = fields or {"iat": 1700000000.5, "url": "https://sentry.example", "org": noise(seed, 9)}
    return f"sntrys_{base64.b64encode(json.dumps(content).encode()).decode()}_{noise(seed, 43, _BASE64)}"


def rsa_key(*, pkcs8: bool = False, password: bytes | None = None) -> str:
    return _pem(rsa.generate_private_key(65537, 1024), pkcs8=pkcs8, password=password)


def ec_key() -> str:
    return _pem(ec.generate_private_key(ec.SECP256R1()), pkcs8=False, password=None)


def openssh_key() -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    form = serialization.PrivateFormat.OpenSSH
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def pgp_key(seed: str = "a", *, tag: int = 5) -> str:
    """An armoured block with a first packet of this tag; no key, only its outside."""
    packet = bytes((0x80 | 0x40 | tag, 96)) + noise(seed, 96).encode()
    lines = base64.encodebytes(packet).decode().strip()
    checksum = base64.b64encode(crc24(packet).to_bytes(3, "big")).decode()
    mark = "PGP PRIVATE KEY BLOCK"
    return f"-----BEGIN {mark}-----\nVersion: 1\n\n{lines}\n={checksum}\n-----END {mark}-----\n"


def service_account() -> str:
    return json.dumps(
        {"type": "service_account", "private_key": rsa_key(pkcs8=True), "client_email": "robot@project.example"}
    )


def body(pem: str) -> str:
    """The longest line of a key: what must not be seen anywhere."""
    return max(pem.split("\n"), key=len)


def assay(seed: str = "a") -> str:
    return mint(Kind.API, hashlib.sha512(seed.encode()).digest()).text


EVERY: Mapping[str, Callable[[str], str]] = {
    "assay-token": assay,
    "github-token": lambda seed: with_crc("ghp_", seed),
    "github-app-token": github_app,
    "npm-token": lambda seed: with_crc("npm_", seed),
    "pypi-token": pypi,
    "gitlab-token": gitlab,
    "onepassword-token": onepassword,
    "age-key": age,
    "discord-bot-token": discord,
    "openai-key": openai,
    "anthropic-key": anthropic,
    "grafana-token": grafana,
    "sentry-token": sentry,
    "jwt": jwt,
}
"""Credentials that stand alone, by what they are called, from a seed."""


def _uuid(seed: str) -> str:
    digits = hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _polymod(values: list[int]) -> int:
    generators = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit in range(5):
            checksum ^= generators[bit] if top >> bit & 1 else 0
    return checksum


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, *, pkcs8: bool, password: bytes | None) -> str:
    form = serialization.PrivateFormat.PKCS8 if pkcs8 else serialization.PrivateFormat.TraditionalOpenSSL
    lock: serialization.KeySerializationEncryption = (
        serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    )
    return key.private_bytes(serialization.Encoding.PEM, form, lock).decode()
