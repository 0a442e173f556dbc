"""What may be said of a credential that was found in a package: whose it is, how long, and a fingerprint. Never itself.

`Fact.detail` of a `FactId.SECRET` is the text of a mark: `npm-token npm_… 40 characters, fingerprint 0123456789ab`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

CREDENTIALS = {
    "assay-token": "an API token of Assay",
    "github-token": "a GitHub token",
    "github-app-token": "a GitHub App's installation token",
    "npm-token": "an npm token",
    "pypi-token": "a PyPI token",
    "gitlab-token": "a GitLab token",
    "aws-key": "an AWS access key with its secret",
    "aws-key-id": "the id of an AWS access key",
    "gcp-service-account": "the key of a Google Cloud service account",
    "private-key": "a private key",
    "pgp-private-key": "a private OpenPGP key",
    "azure-storage-key": "the key of an Azure storage account",
    "docker-login": "a login for a container registry",
    "onepassword-token": "a 1Password service account token",
    "age-key": "a private age key",
    "discord-bot-token": "the token of a Discord bot",
    "openai-key": "an OpenAI key",
    "anthropic-key": "an Anthropic key",
    "grafana-token": "a Grafana service account token",
    "sentry-token": "a Sentry organisation token",
    "jwt": "a signed JSON Web Token that does not end soon",
}
"""What is found → what it is called in a sentence."""

_FINGERPRINT = 12  # hexadecimal digits
_PREFIX = 4  # characters of a provider's own prefix that are shown


@dataclass(frozen=True, slots=True)
class Mark:
    """A credential without the credential. `prefix` is at most four characters that all of this kind begin with."""

    credential: str
    prefix: str
    length: int
    fingerprint: str

    @classmethod
    def of(cls, credential: str, prefix: str, value: bytes) -> Mark:
        """The mark of a secret."""
        return cls(credential, prefix[:_PREFIX], len(value), fingerprint(value))

    @classmethod
    def parse(cls, detail: str) -> Mark | None:
        """Read the text of a mark; None for a text that is none."""
        match detail.split(" "):
            case [credential, *prefix, length, "characters,", "fingerprint", digits] if length.isdecimal():
                return cls(credential, "".join(prefix).rstrip("…"), int(length), digits)
            case _:
                return None

    def text(self) -> str:
        """The mark as it stands in a fact."""
        prefix = f"{self.prefix}… " if self.prefix else ""
        return f"{self.credential} {prefix}{self.length} characters, fingerprint {self.fingerprint}"

    def name(self) -> str:
        """What it is called in a sentence."""
        return CREDENTIALS.get(self.credential, "a credential")


def fingerprint(value: bytes) -> str:
    """The beginning of its SHA-256: the same in two reports for the same secret, and no way back."""
    return hashlib.sha256(value).hexdigest()[:_FINGERPRINT]
