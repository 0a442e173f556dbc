"""Whose secret a variable or a file is, and which hosts are its owner's: a secret may go home, and nowhere else.

The registries' own hosts come from the package-URL library, so that no host of theirs stands here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from packageurl.contrib import purl2url

from app.core.vocabulary import is_metadata_host


@dataclass(frozen=True, slots=True)
class Provider:
    """Who issues a secret. `words` begin the names of its variables, `hosts` are the domains it answers on."""

    name: str
    words: frozenset[str]
    hosts: tuple[str, ...]


def _provider(name: str, words: str, hosts: str) -> Provider:
    return Provider(name, frozenset(words.split()), tuple(hosts.split()))


PROVIDERS = (
    _provider("npm", "NPM NODE YARN PNPM", ""),
    _provider("PyPI", "PYPI TWINE UV FLIT POETRY HATCH", ""),
    _provider("GitHub", "GITHUB GH ACTIONS", "github.com githubusercontent.com"),
    _provider("GitLab", "GITLAB CI", "gitlab.com"),
    _provider("Bitbucket", "BITBUCKET ATLASSIAN JIRA CONFLUENCE", "bitbucket.org atlassian.com atlassian.net"),
    _provider("AWS", "AWS AMAZON S3", "amazonaws.com amazonaws.com.cn"),
    _provider("Google", "GOOGLE GCP GCLOUD GEMINI FIREBASE", "googleapis.com accounts.google.com"),
    _provider(
        "Azure", "AZURE ARM MSI", "management.azure.com microsoftonline.com graph.windows.net graph.microsoft.com"
    ),
    _provider("Docker", "DOCKER DOCKERHUB", "docker.com"),
    _provider("Kubernetes", "KUBE KUBERNETES", ""),
    _provider("HashiCorp", "VAULT TF TERRAFORM CONSUL NOMAD", "hashicorp.com terraform.io hashicorp.cloud"),
    _provider("Cargo", "CARGO", ""),
    _provider("RubyGems", "GEM RUBYGEMS", ""),
    _provider("Slack", "SLACK", "slack.com"),
    _provider("Discord", "DISCORD", "discord.com discordapp.com"),
    _provider("Telegram", "TELEGRAM", "telegram.org"),
    _provider("Stripe", "STRIPE", "stripe.com"),
    _provider("OpenAI", "OPENAI", "openai.com"),
    _provider("Anthropic", "ANTHROPIC CLAUDE", "anthropic.com claude.ai"),
    _provider("Hugging Face", "HF HUGGING HUGGINGFACE", "huggingface.co hf.co"),
    _provider("Sentry", "SENTRY", "sentry.io"),
    _provider("Vercel", "VERCEL NOW", "vercel.com"),
    _provider("Netlify", "NETLIFY", "netlify.com"),
    _provider("Cloudflare", "CLOUDFLARE CF", "cloudflare.com"),
    _provider("DigitalOcean", "DIGITALOCEAN DO", "digitalocean.com"),
    _provider("Heroku", "HEROKU", "heroku.com"),
    _provider("Twilio", "TWILIO SENDGRID", "twilio.com sendgrid.com"),
    _provider("Datadog", "DATADOG DD", "datadoghq.com datadoghq.eu ddog-gov.com"),
    _provider("Codecov", "CODECOV", "codecov.io"),
    _provider("Coveralls", "COVERALLS", "coveralls.io"),
    _provider("CircleCI", "CIRCLE CIRCLECI", "circleci.com"),
    _provider("Buildkite", "BUILDKITE", "buildkite.com"),
    _provider("Travis", "TRAVIS", "travis-ci.com travis-ci.org"),
    _provider("Snyk", "SNYK", "snyk.io"),
    _provider("Sonar", "SONAR SONARCLOUD", "sonarcloud.io sonarsource.com sonarqube.us"),
)
_REGISTRIES = {"npm": "pkg:npm/x@1", "PyPI": "pkg:pypi/x@1"}
_LOCAL = frozenset({"localhost", "127.0.0.1", "0.0.0.0", "::1", "[::1]", "host.docker.internal"})  # noqa: S104 - compared
# Where a provider serves what its customers put there: a thief's bucket is on a home domain too.
_TENANTS = ("execute-api.", "lambda-url.", "s3.", "s3-", "storage.googleapis", "cloudfunctions", "script.google")
# Words that say what a secret is, not whose.
_PLAIN = _provider(
    "nobody",
    "TOKEN SECRET SECRETS PASSWORD PASSWD PASSPHRASE API KEY APIKEY ACCESS PRIVATE CREDENTIAL CREDENTIALS AUTH ID "
    "SIGNING USER USERNAME CLIENT APP BOT SERVICE ACCOUNT DB DATABASE SESSION JWT BEARER OAUTH REFRESH MY DEFAULT",
    "",
).words


def owner_of_variable(name: str) -> Provider | None:
    """The provider whose secret an environment variable holds, by its first word; None when nobody can tell."""
    first = name.upper().split("_", 1)[0]
    return next((provider for provider in PROVIDERS if first in provider.words), None)


def owner_of_file(holds: str) -> Provider | None:
    """The provider whose credentials a file holds, by how people call them ("npm credentials")."""
    first = holds.removesuffix(" credentials").lower()
    if first == "yarn":
        first = "npm"
    return next((provider for provider in PROVIDERS if first.startswith(provider.name.lower())), None)


def is_home(provider: Provider, host: str) -> bool:
    """Whether a host is the provider's own."""
    host = host.lower().rstrip(".")
    if any(mark in host for mark in _TENANTS):
        return False
    return any(host == home or host.endswith(f".{home}") for home in (*provider.hosts, *_registry_hosts(provider.name)))


def is_registry(host: str) -> bool:
    """Whether a host is one of the public registries."""
    host = host.lower().rstrip(".")
    homes = [home for name in _REGISTRIES for home in _registry_hosts(name)]
    return any(host == home or host.endswith(f".{home}") for home in homes)


def is_local(host: str) -> bool:
    """Whether a host is the machine itself, or a cloud's metadata service, which only the machine can ask."""
    host = host.lower().rstrip(".")
    return host in _LOCAL or host.startswith("127.") or host.endswith(".localhost") or is_metadata_host(host)


def shares_a_word(variable: str, host: str) -> bool:
    """Whether a variable of an unknown provider is named like the host (`POSTMARK_TOKEN` → `api.postmarkapp.com`).

    True as well when its name says only that it is a secret (`API_TOKEN`): then it belongs to whoever asks for it.
    """
    words = [word for word in variable.upper().split("_") if word and word not in _PLAIN]
    flat = host.upper().replace("-", "").replace(".", " ")
    return not words or any(len(word) > 2 and word in flat for word in words)


@cache
def _registry_hosts(name: str) -> tuple[str, ...]:
    purl = _REGISTRIES.get(name)
    if purl is None:
        return ()
    urls = [read(purl) for read in (purl2url.get_download_url, purl2url.get_repo_url)]  # type: ignore[no-untyped-call]
    hosts = [urlsplit(url).hostname for url in urls if url]
    return tuple(host.removeprefix("www.") for host in hosts if host)
