"""The operator's file of registries is read strictly, and its secrets stay where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.errors import SettingsError
from app.core.package import Package
from app.core.tenancy import Tenant, serves
from app.endpoints import find_endpoints
from app.registries import Endpoints

GOOD = """
[[registry]]
ecosystem = "npm"
url = "https://npm.acme.example/"
packages = ["@acme/*"]
token_env = "ACME_NPM"
installations = ["Acme", 4711]

[[registry]]
ecosystem = "pypi"
url = "https://pypi.acme.example/simple"
packages = ["Acme_*", "Billing.Core"]
username = "ci"
password_file = "password"
installations = "all"
also = ["https://pypi.internal.example/"]
"""


def read(folder: Path, text: str, **environ: str) -> Endpoints:
    (folder / "registries.toml").write_text(text)
    (folder / "password").write_text("s3cret-password\n")
    environ = {"ASSAY_REGISTRIES": str(folder / "registries.toml"), "ACME_NPM": "s3cret-token", **environ}
    return find_endpoints(environ, folder / "home", root=folder / "root", prefix=folder / "prefix", platform="linux")


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(folder, text)
    return [problem.replace(str(folder), "/etc") for problem in caught.value.problems]


def test_entries_are_read_in_their_order_and_names_are_normalised(tmp_path: Path) -> None:
    npm, pypi = read(tmp_path, GOOD).registries

    assert (npm.url, npm.packages, npm.installations) == ("https://npm.acme.example/", ("@acme/*",), {"acme", 4711})
    assert npm.authorization == "Bearer s3cret-token"
    assert (pypi.url, pypi.packages) == ("https://pypi.acme.example/simple/", ("acme-*", "billing-core"))
    assert pypi.authorization == "Basic Y2k6czNjcmV0LXBhc3N3b3Jk"
    assert pypi.origins == ("https://pypi.acme.example", "https://pypi.internal.example")
    assert npm.source.endswith("registries.toml line 2")


def test_no_secret_is_in_the_representation(tmp_path: Path) -> None:
    endpoints = read(tmp_path, GOOD)
    assert "s3cret" not in repr(endpoints)
    assert "Y2k6" not in repr(endpoints)


def test_an_owner_is_never_taken_for_an_installations_number(tmp_path: Path) -> None:
    """Anybody can have a login of digits."""
    (npm, _) = read(tmp_path, GOOD).registries
    assert serves(npm.installations, Tenant(4711, "somebody"))
    assert serves(npm.installations, Tenant(1, "ACME"))
    assert not serves(npm.installations, Tenant(1, "4711"))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('token_env = "ACME_NPM"', 'token = "in the open"'), '"token" would stand here in the open. Name a file'),
        (('token_env = "ACME_NPM"', 'token_env = "NOWHERE"'), "the variable NOWHERE is not set."),
        (('installations = ["Acme", 4711]', ""), '"installations" is missing: who may use these credentials.'),
        (('["Acme", 4711]', "[]"), '"installations" is neither "all" nor a list of owners and installation numbers.'),
        (('"@acme/*"', '"@acme*"'), '"@acme*" is not a name of npm, nor the beginning of one with * at the end.'),
        (('ecosystem = "npm"', 'ecosystem = "cargo"'), '"ecosystem" is missing, or none of npm, pypi.'),
        (("https://npm.acme.example/", "https://me:s3cret@npm.acme.example/"), "a login stands in the address."),
        (('packages = ["@acme/*"]', 'packages = ["@acme/*"]\nscopes = 1'), '"scopes" is not a key of a registry.'),
    ],
)
def test_a_mistake_is_named_with_its_line_and_without_the_secret(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    (told, *_) = problems(tmp_path, GOOD.replace(*change))
    assert told.startswith(f"/etc/registries.toml line 2: {says}")
    assert "s3cret" not in told
    assert 'in the open"' not in told


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, "[[registry]]\n[[registry]]\nurl = 'https://a.example/'\n[other]\n")
    assert len(told) == 6
    assert [line.split(":")[0] for line in told][1:4] == ["/etc/registries.toml line 1"] * 3


def test_the_same_packages_at_two_registries_for_the_same_people_are_a_mistake(tmp_path: Path) -> None:
    twice = GOOD + GOOD.replace("pypi.acme", "pypi.other").replace("4711", "4712")
    assert any('"@acme/*" stands at' in told for told in problems(tmp_path, twice))


def test_credentials_of_the_clients_serve_nobody_until_somebody_is_named(tmp_path: Path) -> None:
    environ = {"ASSAY_PYPI_INDEX": "https://ci:s3cret@pypi.acme.example/simple"}
    (warning,) = read(tmp_path, "", **environ).warnings
    assert "ASSAY_CREDENTIALS_FOR" in warning
    assert "s3cret" not in warning
    named = read(tmp_path, "", ASSAY_CREDENTIALS_FOR="acme, 4711", **environ)
    assert (named.warnings, named.credentials_for) == ((), {"acme", 4711})
    with pytest.raises(SettingsError):
        read(tmp_path, "", ASSAY_CREDENTIALS_FOR="acme corp", **environ)


def test_what_rules_know_of_an_installation_names_no_registry_of_others(tmp_path: Path) -> None:
    endpoints = read(tmp_path, GOOD)
    kit = Package.parse("npm/@acme/kit@1.0.0")
    assert endpoints.configured(Tenant(1, "acme")).bound(kit) == {"https://npm.acme.example"}
    assert endpoints.configured(Tenant(1, "other")).bound(kit) == frozenset()
