"""What has the form of a credential and is none: examples that vendors publish, and what people write for one."""

from __future__ import annotations

import re
from collections import Counter
from math import log2

from app.core.secret import fingerprint

_WORDS = (
    "example",
    "placeholder",
    "changeme",
    "redacted",
    "dummy",
    "yourtoken",
    "your_token",
    "1234567890",
    "0123456789",
    "abcdefghij",
    "deadbeef",
    "12345678",
    "abcdef0123",
    "abcdef12345",
    "qwerty",
    "notreal",
    "insert",
    "replaceme",
    "replace_me",
    "yourapi",
    "your_api",
    "your-",
    "sample",
    "invalid",
    "xxxx",
)
# What people write for a password when they explain an address, whole or with digits and signs around it.
_PLAIN_PASSWORDS = frozenset(
    re.findall(
        r"\w+",
        """password passwd passw pass pwd secret mypassword mysecret mypass yourpassword userpassword dbpassword admin
        root user username login test testing tester tiger guest postgres postgresql mysql mongodb mongo redis rabbitmq
        amqp database db hunter letmein welcome changeit foo bar baz foobar foobarbaz value encoded credential
        credentials token key strong somepassword supersecret topsecret word passphrase""",
    )
)
_STAND_IN_HOSTS = frozenset(
    re.findall(
        r"\w+",
        """localhost host hostname myhost server myserver yourhost database db mydb postgres postgresql mysql mongo
        mongodb redis rabbitmq example broker master slave primary replica domain ip cluster""",
    )
)
_LOCAL_NETWORKS = ("127.", "10.", "192.168.", "172.", "0.0.0.0", "169.254.")  # noqa: S104 - compared
_LEET = str.maketrans("0134578$@", "oieastbsa")
_LETTERS = re.compile(r"[a-z]+")
_RUN = 6  # the same character so often in a row
_BITS = 3.0  # of entropy a character; random base62 of 36 characters has 4.3 to 4.9
_SHARE = 0.8  # of what a text of its length could have, if it is short
# Examples of documentation and keys of emulators, by fingerprint: the demonstration tokens of JSON Web Tokens, the keys
# of the Azure storage and Cosmos emulators, the example of Discord's documentation; the key with which a well-known SSH
# client tries whether the machine knows Ed25519; the tokens by which GitHub, Grafana and age explain their checksums.
PUBLISHED: frozenset[str] = frozenset(
    {
        "7f75367e7881",
        "da816f9f2c16",
        "c794fa6d20c6",
        "0011cc25eb43",
        "aa6547439583",
        "02f7ce3c263f",
        "b73968ba56e2",
        "976b57ee8acd",
        "6b59c03c3072",
        "789eb04ae4c0",
    }
)


def is_placeholder(value: str) -> bool:
    """Whether a text is an example or a stand-in rather than a secret."""
    lowered = value.lower()
    return (
        any(word in lowered for word in _WORDS)
        or any(character * _RUN in value for character in set(value))
        or entropy(value) < min(_BITS, _SHARE * log2(len(value) or 1))
        or is_published(value.encode())
    )


def is_plain_password(password: str) -> bool:
    """Whether a password is one that everybody knows, or stands for another; a machine makes others."""
    words = _LETTERS.findall(password.lower())
    return (
        is_placeholder(password)
        or all(word in _PLAIN_PASSWORDS for word in words)
        or "".join(words) in _PLAIN_PASSWORDS
        or not any(map(str.isdigit, password))
        or any(word in password.lower().translate(_LEET) for word in ("passw", "secret", "geheim", "change"))
        or any(sign in password for sign in "%*#…")
    )


def is_stand_in_host(host: str) -> bool:
    """Whether a host is this machine, one of a private network, or stands for another in an explanation."""
    name = host.lower().rstrip(".")
    first = name.partition(".")[0].rstrip("0123456789")
    return (
        "." not in name
        or name.startswith(_LOCAL_NETWORKS)
        or name.endswith((".local", ".localhost", ".example", ".invalid", ".test", ".internal"))
        or any(word in name for word in ("example", "domain.", "yourserver", "myserver", "foo.", "bar."))
        or (first in _STAND_IN_HOSTS and name.count(".") < 2)
    )


def is_published(value: bytes) -> bool:
    """Whether everybody has it, and it opens nothing."""
    return fingerprint(value) in PUBLISHED


def entropy(text: str) -> float:
    """Shannon's entropy of the characters, in bits a character."""
    total = len(text)
    return -sum(count / total * log2(count / total) for count in Counter(text).values()) if total else 0.0
