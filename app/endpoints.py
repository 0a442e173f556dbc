"""Where packages come from: the operator's settings, else pip's and npm's configuration, else the ecosystem's default.

No host name stands here. The clients' files are read by us, because the clients themselves may not be installed; only
what decides where packages come from is read: index, registry, scopes, credentials and certificate authorities.
"""

from __future__ import annotations

import base64
import binascii
import string
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packageurl.contrib.purl2url import get_download_url
from pypi_simple import PYPI_SIMPLE_ENDPOINT
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from app.client_files import ClientFiles, Setting
from app.core.errors import SettingsError
from app.core.origins import Binding, Configured, origin_of
from app.core.package import Ecosystem

_HOST = frozenset(string.ascii_letters + string.digits + ".-_:[]")  # what a `${NAME}` that is not set is not


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The registries to ask. Addresses end in `/` and hold no credentials.

    `npm_scopes` are registries of their own, by scope (`@acme`). `ca_bundle` is a PEM file of the authorities to trust
    in place of the system's; `client_ca_bundles` are the ones that pip or npm is configured with, where the operator
    sets none. `sources` says where each value came from, for people ("pypi" → "/etc/pip.conf line 2").
    `authorizations` are values of the Authorization header by address, sent to that address' origin only; they are
    kept out of `repr`.
    """

    npm: str
    pypi: str
    npm_scopes: Mapping[str, str] = field(default_factory=dict)
    ca_bundle: str | None = None
    sources: Mapping[str, str] = field(default_factory=dict)
    client_ca_bundles: Mapping[Ecosystem, str] = field(default_factory=dict)
    authorizations: Mapping[str, str] = field(default_factory=dict, repr=False)

    def trusted_authorities(self, ecosystem: Ecosystem) -> str | None:
        """The PEM file that decides whom to trust for this ecosystem; None: the system's store."""
        return self.ca_bundle or self.client_ca_bundles.get(ecosystem)

    def configured(self) -> Configured:
        """The origins of these registries, for rules that judge what lockfiles name.

        The public registries are among them: lockfiles name them also where a mirror is asked.
        """
        known = {
            Ecosystem.NPM: frozenset(map(origin_of, (self.npm, default_npm_registry()))),
            Ecosystem.PYPI: frozenset(map(origin_of, (self.pypi, PYPI_SIMPLE_ENDPOINT))),
        }
        scopes = (Binding(Ecosystem.NPM, f"{scope}/*", origin_of(url)) for scope, url in self.npm_scopes.items())
        return Configured(known, tuple(scopes))


def find_endpoints(
    environ: Mapping[str, str],
    home: Path,
    *,
    root: Path = Path("/"),
    prefix: Path = Path(sys.prefix),
    platform: str = sys.platform,
) -> Endpoints:
    """Find the endpoints; raise `SettingsError` with every problem, each naming variable or file, line and cause.

    `root` stands for `/`, `prefix` for the Python environment whose pip configuration counts. A variable of our own
    replaces all that the client's files say about that ecosystem.
    """
    search = _Search(environ, ClientFiles(environ, home, root, prefix, platform), home)
    pypi = search.pypi()
    npm, scopes = search.npm()
    ca_bundle = search.ca_bundle()
    if search.problems:
        raise SettingsError(tuple(search.problems))
    return Endpoints(
        npm=npm,
        pypi=pypi,
        npm_scopes=scopes,
        ca_bundle=ca_bundle,
        sources=search.sources,
        client_ca_bundles=search.client_ca_bundles,
        authorizations=search.authorizations,
    )


def default_npm_registry() -> str:
    """The npm registry as `packageurl-python` knows it."""
    url = get_download_url("pkg:npm/x@1")  # type: ignore[no-untyped-call]
    return str(url).removesuffix("x/-/x-1.tgz")


class _Search:
    """Collects values, where they came from, and what is wrong with them."""

    def __init__(self, environ: Mapping[str, str], files: ClientFiles, home: Path) -> None:
        self.environ, self.files, self.home = environ, files, home
        self.problems: list[str] = []
        self.sources: dict[str, str] = {}
        self.authorizations: dict[str, str] = {}
        self.client_ca_bundles: dict[Ecosystem, str] = {}

    def pypi(self) -> str:
        own = self._own("ASSAY_PYPI_INDEX")
        if own is not None:
            return self._endpoint("pypi", own)
        pip = self._read(self.files.pip)
        self._client_ca_bundle(Ecosystem.PYPI, pip.get("cert"))
        return self._endpoint(
            "pypi",
            pip.get("index-url") or Setting(PYPI_SIMPLE_ENDPOINT, "the default of pypi-simple"),
            "Set ASSAY_PYPI_INDEX to one that Assay can reach.",
        )

    def npm(self) -> tuple[str, dict[str, str]]:
        own = self._own("ASSAY_NPM_REGISTRY")
        npm = {} if own is not None else self._read(self.files.npm)
        self._client_ca_bundle(Ecosystem.NPM, npm.get("cafile"))
        default = Setting(default_npm_registry(), "the default of packageurl-python")
        hint = "" if own is not None else "Set ASSAY_NPM_REGISTRY to one that Assay can reach."
        registry = self._npm_endpoint("npm", own or npm.get("registry") or default, npm, hint)
        settings = {
            key.removesuffix(":registry"): setting
            for key, setting in npm.items()
            if key.startswith("@") and key.endswith(":registry")
        }
        settings |= self._own_scopes()
        scopes = {scope: self._npm_endpoint(scope, setting, npm) for scope, setting in sorted(settings.items())}
        return registry, scopes

    def ca_bundle(self) -> str | None:
        own = self._own("ASSAY_CA_BUNDLE")
        return None if own is None else self._file("ca_bundle", own)

    def _own(self, name: str) -> Setting | None:
        value = self.environ.get(name, "").strip()
        return Setting(value, name) if value else None

    def _own_scopes(self) -> dict[str, Setting]:
        own = self._own("ASSAY_NPM_SCOPES")
        scopes = {}
        for part in own.value.split(",") if own else ():
            scope, equals, url = part.strip().partition("=")
            if not equals or not scope.startswith("@") or len(scope) < 2 or "/" in scope:
                self.problems.append(
                    f'ASSAY_NPM_SCOPES: "{_shown(part.strip())}" is not a scope with its registry. '
                    "Write @acme=https://registry.example/, with commas between."
                )
            else:
                scopes[scope] = Setting(url, "ASSAY_NPM_SCOPES")
        return scopes

    def _read(self, read: Callable[[], Mapping[str, Setting]]) -> Mapping[str, Setting]:
        try:
            return read()
        except SettingsError as error:
            self.problems += error.problems
            return {}

    def _npm_endpoint(self, name: str, setting: Setting, npm: Mapping[str, Setting], hint: str = "") -> str:
        url = self._endpoint(name, setting, hint)
        credential = _npm_credential(url, npm)
        if credential is not None and url not in self.authorizations:
            try:
                self.authorizations[url] = _npm_authorization(*credential)
            except ValueError as error:
                self.problems.append(f"{credential[1].source}: {error}")
        return url

    def _endpoint(self, name: str, setting: Setting, hint: str = "") -> str:
        self.sources[name] = setting.source
        try:
            url = parse_url(setting.value.strip())
        except LocationParseError:
            url = Url()
        plain = bool(url.host) and _HOST.issuperset(url.host or "") and not url.query and not url.fragment
        if url.scheme not in {"http", "https"} or not plain:
            self.problems.append(
                f'{setting.source}: {setting.name or "the address"} "{_shown(setting.value)}" '
                f"is not a plain http or https address. {hint}".rstrip()
            )
            return ""
        path = (url.path or "").rstrip("/") + "/"
        clean = url._replace(auth=None, path=path).url
        if url.auth is not None:
            self.authorizations[clean] = _basic(url.auth_decoded_joined or "")
        return clean

    def _client_ca_bundle(self, ecosystem: Ecosystem, setting: Setting | None) -> None:
        if setting is not None and (path := self._file(f"{ecosystem} ca_bundle", setting)) is not None:
            self.client_ca_bundles[ecosystem] = path

    def _file(self, name: str, setting: Setting) -> str | None:
        self.sources[name] = setting.source
        path = Path(setting.value)
        if path.parts[:1] == ("~",):
            path = self.home.joinpath(*path.parts[1:])
        if path.is_file():
            return str(path)
        self.problems.append(f'{setting.source}: {setting.name or "the CA bundle"} "{setting.value}" is not a file.')
        return None


def _npm_credential(url: str, npm: Mapping[str, Setting]) -> tuple[str, Setting, Setting | None] | None:
    """The kind and the setting that npm would use for this address: `//host/path/:_authToken` and its kin, nearest."""
    place = url.partition(":")[2].rstrip("/")
    while place.strip("/"):
        for prefix in (f"{place}/", place):
            for kind in ("_authToken", "_auth", "_password"):
                setting = npm.get(f"{prefix}:{kind}")
                if setting is not None and "${" not in setting.value:  # a variable that is not set: no credential
                    return kind, setting, npm.get(f"{prefix}:username")
        place = place.rpartition("/")[0]
    return None


def _npm_authorization(kind: str, setting: Setting, username: Setting | None) -> str:
    if kind == "_authToken":
        return f"Bearer {setting.value}"
    if kind == "_auth":
        return f"Basic {setting.value}"
    if username is None:
        raise ValueError("a _password without a username")
    try:
        password = base64.b64decode(setting.value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ValueError("_password is not base64") from error
    return _basic(f"{username.value}:{password}")


def _basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def _shown(url: str) -> str:
    """A broken address as people may see it: nothing before an @, and nothing after a question mark."""
    head, slashes, rest = url.partition("//")
    return (head + slashes + rest.rpartition("@")[2] if slashes else url.rpartition("@")[2]).partition("?")[0][:200]
