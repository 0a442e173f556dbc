"""Environment → WebSettings | WorkerSettings; all problems at once.

The web process has no field for the App's private key, so it cannot hold one, whatever its environment says.
The registries' settings are read by `app.endpoints`.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from app.core.tokens import Pepper
from app.environment import Environment, Ports
from app.token_settings import TokenSettings, read_peppers, read_token_settings
from app.webhook_settings import WebhookSettings, read_webhook_settings

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class Pace:
    """How patient the worker is, in seconds. Tests divide these.

    `retries` are the waits before the first, second, third … run of a delivery that fails; there are no more runs than
    that. `job` is how long one run may take; what is left is the next one's. `patience` ends waiting for a rate limit,
    and handing over to yet another run, counted from the delivery. `progress` is the least time between two updates of
    a check in progress. `task` is the same as `job` for work asked for through the API: reviews, which go first, do not
    wait longer for it than that.
    """

    lease: float = 120.0
    sweep: float = 15.0
    retries: tuple[float, ...] = (0.0, 60.0, 600.0)
    job: float = 900.0
    patience: float = 6 * 3600.0
    heartbeat: float = 10.0
    progress: float = 5.0
    task: float = 60.0


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the process that faces the internet knows.

    `webhook_secrets` holds the current secret first, then the one that it replaces. `trusted_hosts` are the names
    under which the pages answer. `proxies` is how many proxies stand in front, each adding to `X-Forwarded-*`.
    `bind` is `host:port`, `metrics` where what is counted is shown (None: nowhere).
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    trusted_hosts: tuple[str, ...]
    public_url: str | None = None
    tokens: TokenSettings = field(default_factory=TokenSettings)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    production: bool = True
    bind: str = "127.0.0.1:8000"
    threads: int = 8
    proxies: int = 0
    metrics: Ports | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> WebSettings:
        """Read the environment; raise `SettingsError` with every problem in it."""
        read = Environment(environ)
        production = read.production()
        public_url = read.web_address("ASSAY_PUBLIC_URL")
        settings = cls(
            database_url=read.database(),
            redis_url=read.redis(),
            webhook_secrets=_webhook_secrets(read),
            trusted_hosts=_trusted_hosts(read, public_url, production=production),
            public_url=public_url,
            tokens=read_token_settings(read, public_url=public_url),
            webhooks=read_webhook_settings(read),
            production=production,
            bind=read.bind(),
            threads=read.number("ASSAY_WEB_THREADS", 8, least=1, most=256),
            proxies=read.number("ASSAY_PROXIES", 0, least=0, most=10),
            metrics=read.metrics(),
        )
        read.finish()
        return settings


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the process that opens packages knows.

    `api_url` is None for GitHub's own. `policy_floor` is a file. `unsealed` allows running where no sandbox layer
    holds. `inspect_jobs` is how many packages of one review are inspected at a time, `write_interval` the seconds
    between two writes to GitHub, `metrics` where what is counted is shown. With the `peppers`, our own tokens are
    recognised in packages and pull requests; none: there are none. `warnings` are sentences for the log.
    """

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    app_id: int
    private_key: str = field(repr=False)
    api_url: str | None = None
    public_url: str | None = None
    policy_floor: Path | None = None
    unsealed: bool = False
    inspect_jobs: int = 2
    write_interval: float = 1.0
    pace: Pace = Pace()
    metrics: Ports | None = None
    production: bool = True
    peppers: tuple[Pepper, ...] = field(default=(), repr=False)
    webhooks: WebhookSettings = field(default_factory=WebhookSettings)
    warnings: tuple[str, ...] = ()

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> WorkerSettings:
        """Read the environment; raise `SettingsError` with every problem in it."""
        read = Environment(environ)
        settings = cls(
            database_url=read.database(),
            redis_url=read.redis(),
            app_id=_app_id(read),
            private_key=_private_key(read),
            api_url=read.web_address("GITHUB_API_URL"),
            public_url=read.web_address("ASSAY_PUBLIC_URL"),
            policy_floor=_policy_floor(read),
            unsealed=read.flag("ASSAY_UNSEALED"),
            inspect_jobs=read.number("ASSAY_INSPECT_JOBS", os.cpu_count() or 2, least=1, most=64),
            write_interval=read.number("ASSAY_WRITE_INTERVAL", 1.0, least=0.0, most=60.0),
            pace=_pace(read),
            metrics=read.metrics(),
            production=read.production(),
            peppers=read_peppers(read),
            webhooks=read_webhook_settings(read),
            warnings=tuple(read.warnings),
        )
        read.finish()
        return settings


def _webhook_secrets(read: Environment) -> tuple[str, ...]:
    names = ("GITHUB_WEBHOOK_SECRET", "GITHUB_WEBHOOK_SECRET_PREVIOUS")
    secrets = [(name, secret) for name in names if (secret := read.text(name)) is not None]
    if not secrets or secrets[0][0] != names[0]:
        read.problems.append(f"{names[0]} is not set. Without it nobody can tell GitHub from a stranger.")
    for name, secret in secrets:
        if secret != secret.strip():
            read.problems.append(f"{name} has white space around it.")
        elif len(secret) < 16:
            read.problems.append(f"{name} is shorter than 16 characters.")
    return tuple(secret for _, secret in secrets)


def _trusted_hosts(read: Environment, public_url: str | None, *, production: bool) -> tuple[str, ...]:
    named = tuple(host for host in re.split(r"[,\s]+", read.text("ASSAY_TRUSTED_HOSTS") or "") if host)
    if public_url is not None and (host := urlsplit(public_url).hostname):
        named = (*named, f"[{host}]" if ":" in host else host)
    if any("*" in host or "/" in host for host in named):
        read.problems.append("ASSAY_TRUSTED_HOSTS holds something that is no host name (write .example.com for all).")
    if not named and production:
        read.problems.append("Neither ASSAY_PUBLIC_URL nor ASSAY_TRUSTED_HOSTS is set: under which name are the pages?")
    return tuple(dict.fromkeys(named)) if production else tuple(dict.fromkeys((*named, *LOCAL_HOSTS)))


def _app_id(read: Environment) -> int:
    if read.text("GITHUB_APP_ID") is None:
        read.problems.append("GITHUB_APP_ID is not set.")
    return read.number("GITHUB_APP_ID", 0, least=1, most=(1 << 63) - 1)


def _private_key(read: Environment) -> str:
    inline, path = read.text("GITHUB_PRIVATE_KEY"), read.text("GITHUB_PRIVATE_KEY_PATH")
    if (inline is None) == (path is None):
        read.problems.append("Set either GITHUB_PRIVATE_KEY or GITHUB_PRIVATE_KEY_PATH.")
        return ""
    name = "GITHUB_PRIVATE_KEY" if path is None else "GITHUB_PRIVATE_KEY_PATH"
    if path is not None:
        key = _key_file(read, Path(path))
    else:
        assert inline is not None
        key = inline.replace("\\n", "\n")  # how a .env file writes a line end
    if key and not _is_rsa_key(key):
        read.problems.append(f"{name} is not a private RSA key in PEM form, as GitHub gives it out.")
    return key


def _key_file(read: Environment, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii")
    except (OSError, ValueError) as error:
        read.problems.append(f"GITHUB_PRIVATE_KEY_PATH cannot be read: {type(error).__name__}.")
        return ""
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        read.warnings.append("The file of GITHUB_PRIVATE_KEY_PATH can be read by others: chmod 600 it.")
    return text


def _is_rsa_key(pem: str) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415  (the web process needs none of it)
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return isinstance(key, RSAPrivateKey) and key.key_size >= 2048


def _policy_floor(read: Environment) -> Path | None:
    text = read.text("ASSAY_POLICY_FLOOR")
    if text is None:
        return None
    path = Path(text)
    if not path.is_file():
        read.problems.append("ASSAY_POLICY_FLOOR names no file.")
    return path


def _pace(read: Environment) -> Pace:
    default = Pace()
    return Pace(
        lease=read.number("ASSAY_LEASE_SECONDS", default.lease, least=1.0, most=3600.0),
        sweep=read.number("ASSAY_SWEEP_SECONDS", default.sweep, least=0.1, most=600.0),
        retries=_retries(read, default.retries),
        job=read.number("ASSAY_JOB_SECONDS", default.job, least=1.0, most=6 * 3600.0),
        progress=read.number("ASSAY_PROGRESS_SECONDS", default.progress, least=1.0, most=600.0),
    )


def _retries(read: Environment, default: tuple[float, ...]) -> tuple[float, ...]:
    text = read.text("ASSAY_RETRY_SECONDS")
    if text is None:
        return default
    try:
        waits = tuple(float(part) for part in text.split(","))
    except ValueError:
        waits = ()
    if not 1 <= len(waits) <= 10 or not all(0 <= wait <= 86400 for wait in waits):
        read.problems.append("ASSAY_RETRY_SECONDS is not a list such as 0,60,600.")
        return default
    return waits
