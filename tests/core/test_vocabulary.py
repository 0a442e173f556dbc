"""What is a credential, a secret variable, a metadata service."""

from __future__ import annotations

import pytest

from app.core.vocabulary import credential_file, is_metadata_host, is_secret_variable


@pytest.mark.parametrize(
    ("path", "holds"),
    [
        ("~/.npmrc", "npm credentials"),
        ("C:\\Users\\x\\.npmrc", "npm credentials"),
        ("/home/x/.ssh/id_rsa", "SSH keys"),
        (".ssh/id_ed25519", "SSH keys"),
        ("…/.aws/credentials", "AWS credentials"),
        ("/proc/self/environ", "the environment"),
        ("~/.cache/huggingface/token", "Hugging Face credentials"),
        ("~/.sentryclirc", "Sentry credentials"),
        ("~/.python_history", "shell history"),
    ],
)
def test_a_file_of_credentials_is_called_by_what_it_holds(path: str, holds: str) -> None:
    assert credential_file(path) == holds


@pytest.mark.parametrize(
    "path",
    [
        "~/.ssh/id_rsa.pub",
        "~/.ssh/id_ed25519.pub",
        "id_rsa.pub",
        "~/.ssh/known_hosts",
        "~/.ssh/config",
        "~/.ssh/authorized_keys",
    ],
)
def test_what_is_public_beside_a_key_is_no_credential(path: str) -> None:
    assert credential_file(path) is None


def test_ordinary_files_are_no_credentials() -> None:
    assert [credential_file(path) for path in ("", "a.npmrc.md", "src/config.json", "x" * 2000)] == [None] * 4


def test_variables_are_told_by_their_names() -> None:
    assert is_secret_variable("NPM_TOKEN")
    assert is_secret_variable("AWS_SECRET_ACCESS_KEY")
    assert not is_secret_variable("TOKENIZERS_PARALLELISM")
    assert not is_secret_variable("HOME")


def test_metadata_services() -> None:
    assert is_metadata_host("169.254.169.254")
    assert is_metadata_host("Metadata.Google.Internal.")
    assert not is_metadata_host("metadata.example")
