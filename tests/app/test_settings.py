"""Settings: all problems at once, secrets never shown, and no App key in the web process."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.core.errors import SettingsError
from app.environment import Ports
from app.settings import Pace, WebSettings, WorkerSettings

WEB = {"GITHUB_WEBHOOK_SECRET": "canary-webhook-secret", "ASSAY_PUBLIC_URL": "https://assay.example/"}


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    """The key as a file holds it."""
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


@pytest.fixture(scope="module")
def app_key() -> str:
    """A fresh RSA key."""
    return pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture
def worker_environ(app_key: str) -> dict[str, str]:
    """The least a worker needs."""
    return {"GITHUB_APP_ID": "1234", "GITHUB_PRIVATE_KEY": app_key}


def problems(kind: type[WebSettings | WorkerSettings], environ: dict[str, str]) -> tuple[str, ...]:
    """What is wrong with an environment."""
    with pytest.raises(SettingsError) as caught:
        kind.read(environ)
    return caught.value.problems


def test_the_web_process_needs_a_webhook_secret_and_a_name() -> None:
    assert WebSettings.read(WEB) == WebSettings(
        database_url="sqlite:///var/assay.db",
        redis_url="redis://127.0.0.1:6379/0",
        webhook_secrets=("canary-webhook-secret",),
        trusted_hosts=("assay.example",),
        public_url="https://assay.example",
        metrics=Ports("127.0.0.1", 9464, 9479),
    )


def test_the_web_process_never_reads_the_app_key(worker_environ: dict[str, str]) -> None:
    """The process that faces the internet must not hold what mints tokens."""

    class Watched(dict[str, str]):
        asked: ClassVar[set[str]] = set()

        def get(self, name: str, default: object = None) -> str | None:  # type: ignore[override]
            self.asked.add(name)
            return super().get(name)

    environ = Watched(WEB | worker_environ | {"GITHUB_PRIVATE_KEY_PATH": "/keys/app.pem"})
    settings = WebSettings.read(environ)
    assert not {name for name in environ.asked if "PRIVATE_KEY" in name or "APP_ID" in name}
    assert not {field.name for field in fields(settings) if "key" in field.name}
    assert worker_environ["GITHUB_PRIVATE_KEY"] not in [getattr(settings, field.name) for field in fields(settings)]


def test_two_secrets_are_known_while_one_replaces_the_other() -> None:
    settings = WebSettings.read(WEB | {"GITHUB_WEBHOOK_SECRET_PREVIOUS": "the-secret-before-it"})
    assert settings.webhook_secrets == ("canary-webhook-secret", "the-secret-before-it")


def test_all_problems_of_the_web_process_are_named_at_once() -> None:
    assert problems(
        WebSettings,
        {
            "GITHUB_WEBHOOK_SECRET_PREVIOUS": "short\n",
            "DATABASE_URL": "mysql://assay:canary@db/assay",
            "REDIS_URL": "http://redis",
            "ASSAY_PUBLIC_URL": "assay.example",
            "ASSAY_TRUSTED_HOSTS": "*",
            "ASSAY_ENV": "staging",
            "ASSAY_BIND": "8000",
            "ASSAY_WEB_THREADS": "many",
            "ASSAY_PROXIES": "-1",
        },
    ) == (
        "ASSAY_ENV is neither production nor development.",
        "ASSAY_PUBLIC_URL is not an address such as https://assay.example.",
        "DATABASE_URL is neither sqlite:///PATH nor postgresql://USER:PASSWORD@HOST/DATABASE.",
        "REDIS_URL does not begin with redis://, rediss:// or unix://.",
        "GITHUB_WEBHOOK_SECRET is not set. Without it nobody can tell GitHub from a stranger.",
        "GITHUB_WEBHOOK_SECRET_PREVIOUS has white space around it.",
        "ASSAY_TRUSTED_HOSTS holds something that is no host name (write .example.com for all).",
        "ASSAY_BIND (or PORT) is not HOST:PORT.",
        "ASSAY_WEB_THREADS is not a whole number.",
        "ASSAY_PROXIES is not between 0 and 10.",
    )


@pytest.mark.parametrize("secret", ["", "   ", "short", "with a line end, as files have them\n"])
def test_a_weak_secret_is_refused(secret: str) -> None:
    (problem,) = problems(WebSettings, WEB | {"GITHUB_WEBHOOK_SECRET": secret})
    assert problem.startswith("GITHUB_WEBHOOK_SECRET ")


def test_production_refuses_to_start_without_knowing_its_name() -> None:
    secret = {"GITHUB_WEBHOOK_SECRET": WEB["GITHUB_WEBHOOK_SECRET"]}
    assert problems(WebSettings, secret) == (
        "Neither ASSAY_PUBLIC_URL nor ASSAY_TRUSTED_HOSTS is set: under which name are the pages?",
    )
    development = WebSettings.read(secret | {"ASSAY_ENV": "development"})
    assert development.trusted_hosts == ("localhost", "127.0.0.1", "[::1]")
    named = WebSettings.read(secret | {"ASSAY_TRUSTED_HOSTS": "a.example, .b.example"})
    assert named.trusted_hosts == ("a.example", ".b.example")


def test_a_platforms_port_is_used_unless_told_otherwise() -> None:
    assert WebSettings.read(WEB | {"PORT": "5000"}).bind == "0.0.0.0:5000"
    assert WebSettings.read(WEB | {"PORT": "5000", "ASSAY_BIND": "[::1]:8080"}).bind == "[::1]:8080"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://assay.example",
        "https://",
        "https://user:canary@assay.example",
        "https://assay.example/?a=1",
        "https://assay.example:99999",
        "https://127.0.0.1\\@assay.example",
        "https://assay.example /",
    ],
)
def test_an_address_that_could_be_read_two_ways_is_refused(url: str) -> None:
    (problem,) = problems(WebSettings, WEB | {"ASSAY_PUBLIC_URL": url, "ASSAY_TRUSTED_HOSTS": "assay.example"})
    assert problem.startswith("ASSAY_PUBLIC_URL ")
    assert "canary" not in problem


def test_a_worker_needs_the_app_and_its_key(worker_environ: dict[str, str]) -> None:
    settings = WorkerSettings.read(worker_environ)
    assert settings.app_id == 1234
    assert settings.private_key == worker_environ["GITHUB_PRIVATE_KEY"]
    assert settings.api_url is None
    assert settings.pace == Pace()
    assert settings.warnings == ()


def test_a_key_may_come_as_one_line_or_as_a_file(worker_environ: dict[str, str], tmp_path: Path) -> None:
    key = worker_environ.pop("GITHUB_PRIVATE_KEY")
    assert WorkerSettings.read(worker_environ | {"GITHUB_PRIVATE_KEY": key.replace("\n", "\\n")}).private_key == key
    path = tmp_path / "app.pem"
    path.write_text(key)
    path.chmod(0o600)
    settings = WorkerSettings.read(worker_environ | {"GITHUB_PRIVATE_KEY_PATH": str(path)})
    assert (settings.private_key, settings.warnings) == (key, ())
    path.chmod(0o644)
    settings = WorkerSettings.read(worker_environ | {"GITHUB_PRIVATE_KEY_PATH": str(path)})
    assert settings.warnings == ("The file of GITHUB_PRIVATE_KEY_PATH can be read by others: chmod 600 it.",)


def test_all_problems_of_a_worker_are_named_at_once() -> None:
    assert problems(
        WorkerSettings,
        {
            "GITHUB_APP_ID": "my-app",
            "GITHUB_API_URL": "github.example",
            "ASSAY_POLICY_FLOOR": "/no/such/file.yml",
            "ASSAY_UNSEALED": "maybe",
            "ASSAY_INSPECT_JOBS": "0",
            "ASSAY_WRITE_INTERVAL": "nan",
            "ASSAY_LEASE_SECONDS": "0",
            "ASSAY_RETRY_SECONDS": "0,soon",
        },
    ) == (
        "GITHUB_APP_ID is not a whole number.",
        "Set either GITHUB_PRIVATE_KEY or GITHUB_PRIVATE_KEY_PATH.",
        "GITHUB_API_URL is not an address such as https://assay.example.",
        "ASSAY_POLICY_FLOOR names no file.",
        "ASSAY_UNSEALED is neither 1 nor 0.",
        "ASSAY_INSPECT_JOBS is not between 1 and 64.",
        "ASSAY_WRITE_INTERVAL is not between 0 and 60.",
        "ASSAY_LEASE_SECONDS is not between 1 and 3600.",
        "ASSAY_RETRY_SECONDS is not a list such as 0,60,600.",
    )


@pytest.mark.parametrize(
    "key",
    [
        "-----BEGIN RSA PRIVATE KEY-----\ncanary\n-----END RSA PRIVATE KEY-----\n",
        "canary",
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),
    ],
)
def test_a_key_that_github_did_not_give_out_is_refused(worker_environ: dict[str, str], key: str) -> None:
    (problem,) = problems(WorkerSettings, worker_environ | {"GITHUB_PRIVATE_KEY": key})
    assert problem == "GITHUB_PRIVATE_KEY is not a private RSA key in PEM form, as GitHub gives it out."


def test_a_key_file_that_is_not_there_is_named_without_its_path(worker_environ: dict[str, str]) -> None:
    del worker_environ["GITHUB_PRIVATE_KEY"]
    assert problems(WorkerSettings, worker_environ | {"GITHUB_PRIVATE_KEY_PATH": "/no/such/key"}) == (
        "GITHUB_PRIVATE_KEY_PATH cannot be read: FileNotFoundError.",
    )


def test_durations_can_be_changed(worker_environ: dict[str, str]) -> None:
    settings = WorkerSettings.read(
        worker_environ
        | {
            "ASSAY_LEASE_SECONDS": "2",
            "ASSAY_SWEEP_SECONDS": "0.25",
            "ASSAY_RETRY_SECONDS": "0, 1, 10",
            "ASSAY_JOB_SECONDS": "15",
            "ASSAY_WRITE_INTERVAL": "0",
        }
    )
    assert settings.pace == Pace(lease=2.0, sweep=0.25, retries=(0.0, 1.0, 10.0), job=15.0)
    assert settings.write_interval == 0.0


def test_what_is_secret_is_not_in_the_repr(worker_environ: dict[str, str]) -> None:
    secrets = {"DATABASE_URL": "sqlite:///canary.db", "REDIS_URL": "redis://:canary@redis/0"}
    shown = repr(WebSettings.read(WEB | secrets)) + repr(WorkerSettings.read(worker_environ | secrets))
    assert "canary" not in shown
    assert "PRIVATE KEY" not in shown


def test_a_worker_may_have_the_peppers_to_recognise_our_own_tokens(worker_environ: dict[str, str]) -> None:
    assert WorkerSettings.read(worker_environ).peppers == ()
    settings = WorkerSettings.read({**worker_environ, "ASSAY_TOKEN_PEPPER": "p" * 44})
    assert [pepper.key for pepper in settings.peppers] == [b"p" * 44]
    assert "p" * 44 not in repr(settings)
    with pytest.raises(SettingsError, match="ASSAY_TOKEN_PEPPER is shorter than 32 characters"):
        WorkerSettings.read({**worker_environ, "ASSAY_TOKEN_PEPPER": "short"})


def test_both_processes_know_the_key_of_webhooks_and_the_receivers_inside(worker_environ: dict[str, str]) -> None:
    environ = {
        "ASSAY_SECRET_KEY": "canary-of-a-sealing-key-long-enough",
        "ASSAY_WEBHOOK_RECEIVERS": "https://in.example:8443",
    }
    settings = (WebSettings.read(WEB | environ), WorkerSettings.read(worker_environ | environ))
    for one in settings:
        assert (len(one.webhooks.keys), one.webhooks.receivers) == (1, frozenset({("https", "in.example", 8443)}))
        assert "canary" not in repr(one).replace("canary-webhook-secret", "")
