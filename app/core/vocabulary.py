"""The words that facts are made of: credential files, secret variables, metadata services, well-known sinks' hosts.

Data only, shared by every extractor and detector, so that `~/.npmrc` means the same in JavaScript, Python and shell.
"""

from __future__ import annotations

import re
from functools import lru_cache

from app.core.stores import store_of

# Parts of paths that hold credentials; what browsers, wallets and password managers keep stands in `stores`. Compared
# with a path whose `\` became `/`, lower case. The value is how people call it.
CREDENTIAL_PATHS: dict[str, str] = {
    ".npmrc": "npm credentials",
    ".yarnrc": "yarn credentials",
    ".yarnrc.yml": "yarn credentials",
    ".pypirc": "PyPI credentials",
    ".netrc": "network credentials",
    "_netrc": "network credentials",
    ".git-credentials": "git credentials",
    ".config/git/credentials": "git credentials",
    ".config/gh/hosts.yml": "GitHub credentials",
    ".aws/credentials": "AWS credentials",
    ".aws/config": "AWS credentials",
    ".azure/": "Azure credentials",
    ".config/gcloud": "Google Cloud credentials",
    "application_default_credentials.json": "Google Cloud credentials",
    ".docker/config.json": "Docker credentials",
    ".kube/config": "Kubernetes credentials",
    ".ssh/id_": "SSH keys",
    ".ssh/": "SSH keys",
    "id_rsa": "SSH keys",
    "id_ed25519": "SSH keys",
    ".terraform.d/credentials": "Terraform credentials",
    ".cargo/credentials": "Cargo credentials",
    ".gem/credentials": "RubyGems credentials",
    ".vault-token": "Vault credentials",
    ".config/hub": "GitHub credentials",
    ".cache/huggingface/token": "Hugging Face credentials",
    ".huggingface/token": "Hugging Face credentials",
    ".config/doctl/config.yaml": "DigitalOcean credentials",
    ".netlify/config.json": "Netlify credentials",
    "com.vercel.cli/auth.json": "Vercel credentials",
    ".sentryclirc": "Sentry credentials",
    ".config/configstore/snyk.json": "Snyk credentials",
    ".circleci/cli.yml": "CircleCI credentials",
    ".config/stripe/config.toml": "Stripe credentials",
    ".claude/.credentials.json": "Anthropic credentials",
    ".codex/auth.json": "OpenAI credentials",
    ".bash_history": "shell history",
    ".zsh_history": "shell history",
    "fish/fish_history": "shell history",
    ".python_history": "shell history",
    ".node_repl_history": "shell history",
    "/proc/self/environ": "the environment",
    "/var/run/secrets/kubernetes.io/": "Kubernetes credentials",
    "/run/secrets/kubernetes.io/": "Kubernetes credentials",
    "/etc/shadow": "system passwords",
    ".gnupg/": "PGP keys",
}
_BASENAME_ONLY = {
    "id_rsa",
    "id_ed25519",
    "_netrc",
    ".npmrc",
    ".netrc",
    ".pypirc",
}

_NO_SECRET = (".ssh/config", ".ssh/known_hosts", ".ssh/authorized_keys", ".pub")  # beside the keys, and public

_SECRET_VARIABLE = re.compile(
    r"(?:^|_)(?:TOKEN|SECRET|SECRETS|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|ACCESS_?KEY(?:_ID)?|PRIVATE_?KEY|CREDENTIALS?|"
    r"AUTH_?TOKEN|NPM_?TOKEN|SIGNING_?KEY)(?:$|_)",
    re.IGNORECASE,
)
_NOT_SECRET = frozenset({"TOKENIZERS_PARALLELISM", "CREDENTIALS_PATH", "KEY"})

METADATA_HOSTS = frozenset(
    {
        "169.254.169.254",
        "169.254.170.2",
        "[fd00:ec2::254]",
        "fd00:ec2::254",
        "100.100.100.200",
        "metadata.google.internal",
        "metadata.goog",
        "metadata.azure.com",
        "metadata.azure.internal",
    }
)


@lru_cache(maxsize=4_096)
def credential_file(path: str) -> str | None:
    """How people call what a constant path holds ("npm credentials"), or None. The path may be partial (`/.npmrc`)."""
    text = path.replace("\\", "/").lower().rstrip("\x00")
    if len(text) > 1024 or text.endswith(_NO_SECRET):
        return None
    for part, holds in CREDENTIAL_PATHS.items():
        if part in _BASENAME_ONLY:
            if text == part or text.endswith("/" + part):
                return holds
        elif part.endswith(("/", "_")):
            if part in text:
                return holds
        elif text == part or text.endswith("/" + part.lstrip("/")) or f"/{part.strip('/')}/" in text + "/":
            return holds
    return store_of(text)


def is_secret_variable(name: str) -> bool:
    """Whether an environment variable is named like a secret."""
    return name not in _NOT_SECRET and len(name) <= 128 and _SECRET_VARIABLE.search(name) is not None


def is_metadata_host(host: str) -> bool:
    """Whether a host is a cloud's metadata service."""
    return host.lower().rstrip(".") in METADATA_HOSTS
