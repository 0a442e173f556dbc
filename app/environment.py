"""Environment variables read one by one, with every problem remembered until all are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from app.core.errors import SettingsError
from app.database_url import read_database_url

DATABASE = "sqlite:///var/assay.db"
REDIS = "redis://127.0.0.1:6379/0"
METRICS = "127.0.0.1:9464-9479"

# Where each process gets a disk of its own, by a variable that the platform sets in all of them.
OWN_DISKS = {
    "DYNO": "Heroku",
    "RENDER": "Render",
    "RAILWAY_ENVIRONMENT_ID": "Railway",
    "FLY_MACHINE_ID": "Fly.io",
    "K_SERVICE": "Cloud Run",
    "GAE_ENV": "App Engine",
    "CONTAINER_APP_NAME": "Azure Container Apps",
    "ECS_CONTAINER_METADATA_URI_V4": "Amazon ECS",
    "VCAP_APPLICATION": "Cloud Foundry",
    "KUBERNETES_SERVICE_HOST": "Kubernetes",
}

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where to listen: on the first port, of these, that is free."""

    host: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.host}:{self.first}" + (f"-{self.last}" if self.last != self.first else "")


class Environment:
    """Reads variables one by one and remembers what is wrong with them. A value that is wrong is never repeated."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []
        self.warnings: list[str] = []

    def finish(self) -> None:
        """Raise `SettingsError` if anything was wrong."""
        if self.problems:
            raise SettingsError(tuple(self.problems))

    def text(self, name: str) -> str | None:
        """The value; an empty one counts as not set."""
        return self._environ.get(name) or None

    def number(self, name: str, default: Number, *, least: Number, most: Number) -> Number:
        """A number within its bounds, of the kind that its default is."""
        text = self.text(name)
        if text is None:
            return default
        try:
            value = type(default)(text)
        except ValueError:
            kind = "a whole number" if isinstance(default, int) else "a number"
            self.problems.append(f"{name} is not {kind}.")
            return default
        if not least <= value <= most:  # also refuses "nan"
            self.problems.append(f"{name} is not between {least:g} and {most:g}.")
            return default
        return value

    def flag(self, name: str) -> bool:
        """1 or 0."""
        text = (self.text(name) or "0").lower()
        if text not in {"0", "1", "false", "true", "no", "yes"}:
            self.problems.append(f"{name} is neither 1 nor 0.")
        return text in {"1", "true", "yes"}

    def web_address(self, name: str) -> str | None:
        """An http(s) address without credentials, query or slash at its end."""
        text = self.text(name)
        if text is None:
            return None
        try:
            parts = urlsplit(text)
            valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            valid = False
        if not valid or parts.query or parts.fragment or "\\" in text or re.search(r"\s", text):
            self.problems.append(f"{name} is not an address such as https://assay.example.")
            return None
        if parts.username or parts.password:
            self.problems.append(f"{name} holds a user name or a password; it must not.")
            return None
        return text.rstrip("/")

    def production(self) -> bool:
        """`ASSAY_ENV`: production unless it says development."""
        text = self.text("ASSAY_ENV") or "production"
        if text not in {"production", "development"}:
            self.problems.append("ASSAY_ENV is neither production nor development.")
        return text != "development"

    def database(self) -> str:
        """`DATABASE_URL`. In production, SQLite is refused where we can tell that its file is not shared."""
        text = self.text("DATABASE_URL") or DATABASE
        try:
            url = read_database_url(text)
        except ValueError as error:
            self.problems.append(str(error))
            return text
        shared = self.flag("ASSAY_SHARED_DISK") or self.text("ASSAY_ENV") == "development"
        if url.get_backend_name() == "sqlite" and not shared:
            for variable in filter(self.text, OWN_DISKS):
                self.problems.append(
                    f"SQLite does not serve on {OWN_DISKS[variable]} (known by {variable}), where web process and "
                    "workers have a disk each. Set DATABASE_URL to a PostgreSQL database, or ASSAY_SHARED_DISK=1 if "
                    "they do share the file."
                )
        return text

    def redis(self) -> str:
        """`REDIS_URL`."""
        url = self.text("REDIS_URL") or REDIS
        if not url.startswith(("redis://", "rediss://", "unix://")):
            self.problems.append("REDIS_URL does not begin with redis://, rediss:// or unix://.")
        return url

    def bind(self) -> str:
        """`ASSAY_BIND`, or all addresses on `PORT` where the platform sets that."""
        port = self.text("PORT")
        bind = self.text("ASSAY_BIND") or (f"0.0.0.0:{port}" if port else "127.0.0.1:8000")
        match = re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})", bind)
        if match is None or not 0 < int(match[1]) < 65536:
            self.problems.append("ASSAY_BIND (or PORT) is not HOST:PORT.")
        return bind

    def metrics(self) -> Ports | None:
        """`ASSAY_METRICS_BIND`; None for `off`. Several processes of one machine share a range of ports."""
        text = self.text("ASSAY_METRICS_BIND") or METRICS
        if text == "off":
            return None
        match = re.fullmatch(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})(?:-([0-9]{1,5}))?", text)
        first, last = (int(match[2]), int(match[3] or match[2])) if match else (0, 0)
        if match is None or not 0 < first <= last < 65536:
            self.problems.append("ASSAY_METRICS_BIND is neither HOST:PORT, HOST:FIRST-LAST nor off.")
            return None
        return Ports(match[1].strip("[]"), first, last)
