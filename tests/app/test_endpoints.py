"""Where packages come from: who wins, what is said about a mistake, and where credentials never show."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from packageurl.contrib.purl2url import get_download_url
from pypi_simple import PYPI_SIMPLE_ENDPOINT

from app.core.errors import SettingsError
from app.core.package import Ecosystem
from app.endpoints import find_endpoints
from app.registries import Endpoints

Find = Callable[..., Endpoints]


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """Look on a machine whose files all stand below `tmp_path`: `root`, `home`, `prefix`."""

    def look(platform: str = "linux", **environ: str) -> Endpoints:
        return find_endpoints(
            environ, tmp_path / "home", root=tmp_path / "root", prefix=tmp_path / "prefix", platform=platform
        )

    return look


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    def put(place: str, text: str) -> Path:
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return put


Write = Callable[[str, str], Path]


def problems(find: Find, **environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        find(**environ)
    return caught.value.problems


# --- who wins -------------------------------------------------------------------------------------------------------


def test_without_any_configuration_the_ecosystems_own_libraries_decide(find: Find) -> None:
    endpoints = find()

    assert endpoints.pypi == PYPI_SIMPLE_ENDPOINT.rstrip("/") + "/"
    assert get_download_url("pkg:npm/x@1") == endpoints.npm + "x/-/x-1.tgz"  # type: ignore[no-untyped-call]
    assert endpoints.npm_scopes == {}
    assert endpoints.ca_bundle is None
    assert endpoints.sources == {
        "npm": "the default of packageurl-python",
        "pypi": "the default of pypi-simple",
    }


def test_our_own_variables_come_before_everything_else(find: Find, write: Write) -> None:
    write("root/etc/pip.conf", "[global]\nindex-url = https://pip.example/simple\n")
    write("home/.npmrc", "registry=https://npm.example/\n@acme:registry=https://scope.example/\n")

    endpoints = find(
        ASSAY_PYPI_INDEX="https://registry.example/pypi/simple",
        ASSAY_NPM_REGISTRY="http://127.0.0.1:4873",
        PIP_INDEX_URL="https://variable.example/simple",
        npm_config_registry="https://variable.example/",
    )

    assert endpoints.pypi == "https://registry.example/pypi/simple/"
    assert endpoints.npm == "http://127.0.0.1:4873/"
    assert endpoints.npm_scopes == {}  # who names the registry names its scopes too
    assert endpoints.sources == {"npm": "ASSAY_NPM_REGISTRY", "pypi": "ASSAY_PYPI_INDEX"}


def test_a_broken_file_does_not_matter_when_our_own_variables_say_everything(find: Find, write: Write) -> None:
    write("root/etc/pip.conf", "not a pip.conf\n")

    endpoints = find(ASSAY_PYPI_INDEX="https://registry.example/simple/")

    assert endpoints.pypi == "https://registry.example/simple/"


@pytest.mark.parametrize(
    ("files", "environ", "winner"),
    [
        (["root/etc/pip.conf"], {}, "root/etc/pip.conf"),
        (["root/etc/pip.conf", "home/.pip/pip.conf"], {}, "home/.pip/pip.conf"),
        (["home/.pip/pip.conf", "home/.config/pip/pip.conf"], {}, "home/.config/pip/pip.conf"),
        (["home/.config/pip/pip.conf", "prefix/pip.conf"], {}, "prefix/pip.conf"),
        (["root/etc/xdg/pip/pip.conf", "root/etc/pip.conf"], {}, "root/etc/pip.conf"),
    ],
)
def test_pip_files_count_in_pips_own_order(
    find: Find, write: Write, tmp_path: Path, files: list[str], environ: dict[str, str], winner: str
) -> None:
    for number, file in enumerate(files):
        write(file, f"[global]\nindex-url = https://{number}.example/simple\n")

    endpoints = find(**environ)

    assert endpoints.pypi == f"https://{files.index(winner)}.example/simple/"
    assert endpoints.sources["pypi"] == f"{tmp_path / winner} line 2"


def test_the_section_for_install_comes_before_global_in_any_file(find: Find, write: Write) -> None:
    write("root/etc/pip.conf", "[install]\nindex_url: https://install.example/simple\n")
    write("prefix/pip.conf", "[global]\nindex-url = https://global.example/simple\n")

    assert find().pypi == "https://install.example/simple/"


def test_pips_variable_and_file_variable_come_before_its_other_files(find: Find, write: Write) -> None:
    write("prefix/pip.conf", "[global]\nindex-url = https://prefix.example/simple\n")
    named = write("named.conf", "[global]\nindex-url = https://named.example/simple\n")

    assert find(PIP_CONFIG_FILE=str(named)).pypi == "https://named.example/simple/"
    variable = find(PIP_CONFIG_FILE=str(named), PIP_INDEX_URL="https://variable.example/simple")
    assert variable.pypi == "https://variable.example/simple/"
    assert variable.sources["pypi"] == "PIP_INDEX_URL"


def test_pip_told_to_read_no_file_reads_none(find: Find, write: Write) -> None:
    write("root/etc/pip.conf", "[global]\nindex-url = https://pip.example/simple\n")

    assert find(PIP_CONFIG_FILE=os.devnull).sources["pypi"] == "the default of pypi-simple"


def test_pip_files_of_the_other_systems_are_found(find: Find, write: Write, tmp_path: Path) -> None:
    write("home/Library/Application Support/pip/pip.conf", "[global]\nindex-url = https://mac.example/simple\n")
    write("appdata/pip/pip.ini", "[global]\nindex-url = https://windows.example/simple\n")

    assert find(platform="darwin").pypi == "https://mac.example/simple/"
    assert find(platform="win32", APPDATA=str(tmp_path / "appdata")).pypi == "https://windows.example/simple/"


@pytest.mark.parametrize(
    ("files", "winner"),
    [
        (["root/etc/npmrc", "root/usr/etc/npmrc"], 1),
        (["root/usr/etc/npmrc", "root/usr/local/etc/npmrc"], 1),
        (["root/usr/local/etc/npmrc", "home/.npmrc"], 1),
    ],
)
def test_npm_files_count_in_npms_own_order(find: Find, write: Write, files: list[str], winner: int) -> None:
    for number, file in enumerate(files):
        write(file, f"registry = https://{number}.example/npm\n")

    assert find().npm == f"https://{winner}.example/npm/"


@pytest.mark.parametrize("name", ["npm_config_registry", "NPM_CONFIG_REGISTRY"])
def test_npms_variable_comes_before_its_files(find: Find, write: Write, name: str) -> None:
    write("home/.npmrc", "registry=https://file.example/\n")

    endpoints = find(**{name: "https://variable.example/"})

    assert endpoints.npm == "https://variable.example/"
    assert endpoints.sources["npm"] == name


def test_npms_files_can_be_elsewhere(find: Find, write: Write, tmp_path: Path) -> None:
    user = write("mine", "registry=https://user.example/\n")
    write("node/etc/npmrc", "@acme:registry=https://prefix.example/\n")

    endpoints = find(npm_config_userconfig=str(user), npm_config_prefix=str(tmp_path / "node"))

    assert endpoints.npm == "https://user.example/"
    assert endpoints.npm_scopes == {"@acme": "https://prefix.example/"}


def test_npm_lines_are_read_as_npm_reads_them(find: Find, write: Write) -> None:
    write(
        "home/.npmrc",
        "; a comment\n# another\n\n[section]\n= nothing\n"
        'registry = "https://${NPM_HOST}/npm" \n'
        "@acme:registry=https://acme.example ; ours\n",
    )

    endpoints = find(NPM_HOST="registry.example")

    assert endpoints.npm == "https://registry.example/npm/"
    assert endpoints.npm_scopes == {"@acme": "https://acme.example/"}


def test_scopes_of_ours_are_added_to_npms(find: Find, write: Write) -> None:
    write("home/.npmrc", "@acme:registry=https://acme.example\n@other:registry=https://npmrc.example\n")

    endpoints = find(ASSAY_NPM_SCOPES="@other=https://other.example/npm, @third=http://third.example:8080")

    assert endpoints.npm_scopes == {
        "@acme": "https://acme.example/",
        "@other": "https://other.example/npm/",
        "@third": "http://third.example:8080/",
    }
    assert endpoints.sources["@other"] == "ASSAY_NPM_SCOPES"


# --- certificate authorities ----------------------------------------------------------------------------------------


def test_each_ecosystem_trusts_what_its_client_trusts(find: Find, write: Write) -> None:
    pip_cert, npm_cert = write("pip.pem", ""), write("home/npm.pem", "")
    write("root/etc/pip.conf", f"[global]\ncert = {pip_cert}\n")
    write("home/.npmrc", "cafile = ~/npm.pem\n")

    endpoints = find()

    assert endpoints.ca_bundle is None
    assert endpoints.trusted_authorities(Ecosystem.PYPI) == str(pip_cert)
    assert endpoints.trusted_authorities(Ecosystem.NPM) == str(npm_cert)


def test_our_own_bundle_decides_for_both(find: Find, write: Write) -> None:
    own, other = write("own.pem", ""), write("other.pem", "")

    endpoints = find(ASSAY_CA_BUNDLE=str(own), PIP_CERT=str(other))

    assert endpoints.ca_bundle == str(own)
    assert endpoints.trusted_authorities(Ecosystem.PYPI) == str(own)
    assert endpoints.trusted_authorities(Ecosystem.NPM) == str(own)


# --- credentials ----------------------------------------------------------------------------------------------------


def basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def test_credentials_in_an_address_leave_the_address(find: Find) -> None:
    endpoints = find(ASSAY_PYPI_INDEX="https://reader:s3cr%40t@registry.example/simple")

    assert endpoints.pypi == "https://registry.example/simple/"
    assert endpoints.authorizations == {"https://registry.example/simple/": basic("reader:s3cr@t")}
    assert "s3cr" not in repr(endpoints)
    assert basic("reader:s3cr@t") not in repr(endpoints)


def test_npm_credentials_go_with_the_nearest_address(find: Find, write: Write) -> None:
    write(
        "home/.npmrc",
        "registry=https://registry.example/npm/all\n"
        "@acme:registry=https://registry.example/npm/acme\n"
        "@old:registry=https://old.example\n"
        "@open:registry=https://open.example\n"
        "//registry.example/npm/:_authToken=${WIDE}\n"
        "//registry.example/npm/acme/:_auth=YTpi\n"
        "//old.example/:username=me\n"
        "//old.example/:_password=cGFzcw==\n"
        "//open.example/:_authToken=${NOT_SET}\n",
    )

    assert find(WIDE="wide-token").authorizations == {
        "https://registry.example/npm/all/": "Bearer wide-token",
        "https://registry.example/npm/acme/": "Basic YTpi",
        "https://old.example/": basic("me:pass"),
    }


# --- what is wrong, where -------------------------------------------------------------------------------------------


def test_a_bad_address_is_named_with_file_and_line(find: Find, write: Write) -> None:
    path = write("root/etc/pip.conf", "[global]\ntimeout = 5\nindex-url = file:///srv/pypi\n")

    (problem,) = problems(find)
    assert problem == (
        f'{path} line 3: index-url "file:///srv/pypi" is not a plain http or https address. '
        "Set ASSAY_PYPI_INDEX to one that Assay can reach."
    )


def test_all_problems_are_said_at_once(find: Find, write: Write) -> None:
    npmrc = write("home/.npmrc", "\nregistry=https://${NOWHERE}/\n")

    assert "\n".join(
        problems(find, ASSAY_PYPI_INDEX="registry.example", ASSAY_NPM_SCOPES="acme=x", ASSAY_CA_BUNDLE="none.pem")
    ) == (
        'ASSAY_PYPI_INDEX: the address "registry.example" is not a plain http or https address.\n'
        f'{npmrc} line 2: registry "https://${{NOWHERE}}/" is not a plain http or https address. '
        "Set ASSAY_NPM_REGISTRY to one that Assay can reach.\n"
        'ASSAY_NPM_SCOPES: "acme=x" is not a scope with its registry. '
        "Write @acme=https://registry.example/, with commas between.\n"
        'ASSAY_CA_BUNDLE: the CA bundle "none.pem" is not a file.'
    )


@pytest.mark.parametrize("address", ["ftp://me:s3cret@registry.example/", "https://me:s3cret@regis try.example/"])
def test_a_message_never_shows_credentials(find: Find, address: str) -> None:
    assert "s3cret" not in " ".join(problems(find, ASSAY_PYPI_INDEX=address))
    assert "s3cret" not in " ".join(problems(find, ASSAY_NPM_SCOPES=f"@acme={address}"))
    assert "s3cret" not in " ".join(problems(find, ASSAY_NPM_SCOPES=f"acme={address}"))


def test_a_file_that_is_not_pips_format_stops_us(find: Find, write: Write) -> None:
    """Going on with the public default could send the names of private packages there."""
    path = write("root/etc/pip.conf", "[global]\nindex-url = https://a.example\nindex-url = https://b.example\n")

    assert problems(find) == (f"{path} line 3: this is not pip's configuration format.",)


def test_a_file_that_cannot_be_read_stops_us(find: Find, write: Write) -> None:
    path = write("home/.npmrc", "")
    path.write_bytes(b"registry=\xff\n")

    assert problems(find) == (f"{path} is not UTF-8 text. It may say where packages come from.",)


def test_a_password_without_its_user_is_named(find: Find, write: Write) -> None:
    path = write("home/.npmrc", "registry=https://a.example\n//a.example/:_password=cGFzcw==\n")

    assert problems(find) == (f"{path} line 2: a _password without a username",)
