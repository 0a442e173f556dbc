"""What may be said of a credential that was found in a package: whose it is, how long, and a fingerprint. Never itself.

`Fact.detail` of a `FactId.SECRET` is the text of a mark: `npm-token npm_… 40 characters, fingerprint 0123456789ab`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from app.core.secret_kinds import KINDS, Kind, Proof

_FINGERPRINT = 12  # hexadecimal digits
_PREFIX = 4  # characters of a provider's own prefix that are shown
_UNKNOWN = Kind("a credential", "its issuer", Proof.WEAK)


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

    @property
    def kind(self) -> Kind:
        """What is known of its kind; facts of another engine may name one that is not known here."""
        return KINDS.get(self.credential, _UNKNOWN)

    def name(self) -> str:
        """What it is called in a sentence."""
        return self.kind.name


def fingerprint(value: bytes) -> str:
    """The beginning of its SHA-256: the same in two reports for the same secret, and no way back."""
    return hashlib.sha256(value).hexdigest()[:_FINGERPRINT]
