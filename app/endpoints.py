"""Where packages come from: the operator's settings, else pip's and npm's configuration, else the ecosystem's default.

No host name stands here. The clients' files are read by us, because the clients themselves may not be installed; only
what decides where packages come from is read: index, registry, scopes, credentials and certificate authorities.
"""

from __future__ import annotations

import string
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pypi_simple import PYPI_SIMPLE_ENDPOINT
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from app.client_files import ClientFiles, Setting
from app.core.errors import SettingsError
from app.core.origins import origin_of
from app.core.package import Ecosystem
from app.core.tenancy import Allowed
from app.registries import BoundRegistry, Endpoints, default_npm_registry
from app.registry_file import RegistryEntry, parse_installations, read_registry_file
from app.registry_logins import basic, entry_authorization, npm_authorization, npm_credential

_HOST = frozenset(string.ascii_letters + string.digits + ".-_:[]")  # what a `${NAME}` that is not set is not


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
    registries = search.registries()
    credentials_for = search.credentials_for()
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
        registries=registries,
        credentials_for=credentials_for,
    )


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

    def registries(self) -> tuple[BoundRegistry, ...]:
        own = self._own("ASSAY_REGISTRIES")
        if own is None:
            return ()
        try:
            entries = read_registry_file(self._path(own.value), self.environ)
        except SettingsError as error:
            self.problems += error.problems
            return ()
        return tuple(self._bound(entry) for entry in entries)

    def credentials_for(self) -> Allowed:
        own = self._own("ASSAY_CREDENTIALS_FOR")
        if own is None:
            return frozenset()
        words = [word.strip() for word in own.value.split(",")]
        allowed = parse_installations(
            "all" if words == ["all"] else [int(word) if word.isdecimal() else word for word in words]
        )
        if allowed is None:
            self.problems.append(
                "ASSAY_CREDENTIALS_FOR is neither all nor a list of owners and installation numbers. "
                "Write acme,4711 for example."
            )
        return allowed or frozenset()

    def _bound(self, entry: RegistryEntry) -> BoundRegistry:
        url, *also = (self._bare(address, entry.source) for address in (entry.url, *entry.also))
        return BoundRegistry(
            entry.ecosystem,
            url,
            entry.packages,
            entry.installations,
            entry.source,
            entry_authorization(entry),
            tuple(dict.fromkeys(origin_of(address) for address in (url, *also))),
        )

    def _bare(self, address: str, source: str) -> str:
        """An address of the registry file; a login in it is a problem: it would stand there in the open."""
        if "@" not in address.partition("//")[2].partition("/")[0]:
            return self._endpoint("", Setting(address, source))
        self.problems.append(
            f"{source}: a login stands in the address. Name it by username, and password_file or password_env."
        )
        return ""

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
        credential = npm_credential(url, npm)
        if credential is not None and url not in self.authorizations:
            try:
                self.authorizations[url] = npm_authorization(*credential)
            except ValueError as error:
                self.problems.append(f"{credential[1].source}: {error}")
        return url

    def _endpoint(self, name: str, setting: Setting, hint: str = "") -> str:
        if name:
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
            self.authorizations[clean] = basic(url.auth_decoded_joined or "")
        return clean

    def _client_ca_bundle(self, ecosystem: Ecosystem, setting: Setting | None) -> None:
        if setting is not None and (path := self._file(f"{ecosystem} ca_bundle", setting)) is not None:
            self.client_ca_bundles[ecosystem] = path

    def _file(self, name: str, setting: Setting) -> str | None:
        self.sources[name] = setting.source
        path = self._path(setting.value)
        if path.is_file():
            return str(path)
        self.problems.append(f'{setting.source}: {setting.name or "the CA bundle"} "{setting.value}" is not a file.')
        return None

    def _path(self, value: str) -> Path:
        path = Path(value)
        return self.home.joinpath(*path.parts[1:]) if path.parts[:1] == ("~",) else path


def _shown(url: str) -> str:
    """A broken address as people may see it: nothing before an @, and nothing after a question mark."""
    head, slashes, rest = url.partition("//")
    return (head + slashes + rest.rpartition("@")[2] if slashes else url.rpartition("@")[2]).partition("?")[0][:200]
