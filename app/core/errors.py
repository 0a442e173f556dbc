"""The tree of failures: every adapter turns foreign errors into one of these at once, with message and cause.

AssayError
├── InputError                 somebody's input is wrong: names the file, the line and the cause (exit code 2)
├── SettingsError              the operator's settings are wrong: all problems at once
├── CannotExamine              a package or a file could not be looked at: a value with a reason, never "clean"
│   ├── PackageNotFound        the registry does not know this name or version
│   ├── NoAccess               its registry wants credentials that are missing, refused, or bound to others
│   └── RegistryUnavailable    the registry did not answer, or answered nonsense; worth trying again
├── ForgeError                 GitHub said no
│   ├── ForgeUnavailable       outage, time-out, 5xx; worth trying again
│   ├── RateLimited            wait `retry_after` seconds
│   ├── Forbidden              the App may not do this
│   └── Gone                   repository, pull request or installation is not there any more
├── Superseded                 a newer head or event replaced this work; end quietly
├── HandedOver                 this run ended before its work; the next one goes on with what is kept
├── StoreUnavailable           the database did not answer
└── QueueUnavailable           Redis did not answer
"""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why something was not examined. `not-examined/<value>` is an alert that a policy rule may name."""

    UNREADABLE_FILE = "unreadable-file"  # a dependency file that could not be read
    UNREADABLE_ENTRY = "unreadable-entry"  # one line or entry of it
    UNPINNED = "unpinned"  # a range: nobody can say which version is installed
    UNSUPPORTED_SOURCE = "unsupported-source"  # git, URL, path: not a registry package
    ECOSYSTEM = "ecosystem"  # packages of this ecosystem are compared, nobody opens them yet
    NOT_FOUND = "not-found"  # the registry does not have it
    REGISTRY_UNAVAILABLE = "registry-unavailable"  # outage, time-out
    NO_ACCESS = "no-access"  # its registry wants credentials that are missing, refused, or bound to others
    NO_ARTIFACT = "no-artifact"  # nothing for the operator's targets
    TOO_LARGE = "too-large"  # past a cap of size
    BOMB = "bomb"  # an archive built to exhaust its reader
    MALFORMED = "malformed"  # an archive that no honest tool writes
    TIMEOUT = "timeout"  # the sealed child ran out of time
    MEMORY = "memory"  # the sealed child ran out of memory
    CRASHED = "crashed"  # the sealed child died
    PARTLY = "partly"  # some files were only partly examined
    INTERRUPTED = "interrupted"  # the review ran out of its time


class AssayError(Exception):
    """Anything Assay itself can explain."""


class InputError(AssayError):
    """Somebody's input is wrong; the message names the file, the line and the cause."""


class SettingsError(AssayError):
    """The operator's settings are wrong. `problems` holds one sentence each."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class CannotExamine(AssayError):
    """A package or file could not be looked at.

    `reason` is the family, `detail` one plain sentence for the reader.
    """

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class PackageNotFound(CannotExamine):
    """The registry does not have this name or version."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.NOT_FOUND, detail)


class NoAccess(CannotExamine):
    """The registry wants credentials that are missing, refused, or bound to other installations."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.NO_ACCESS, detail)


class RegistryUnavailable(CannotExamine):
    """The registry did not answer, or answered nonsense. Worth trying again."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.REGISTRY_UNAVAILABLE, detail)


class ForgeError(AssayError):
    """GitHub refused or failed."""


class ForgeUnavailable(ForgeError):
    """GitHub is out of reach or answers 5xx. Worth trying again."""


class RateLimited(ForgeError):
    """GitHub asks us to wait. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Forbidden(ForgeError):
    """The App lacks a permission, or the installation is suspended."""


class Gone(ForgeError):
    """The repository, pull request or installation is not there (any more)."""


class Superseded(AssayError):
    """A newer head or event replaced this work."""


class HandedOver(AssayError):
    """This run's time is over, or its worker stops; what it did is kept, and the next run goes on from there.

    `examined` of `whole` packages are done. `counted` says that this run counts as a failure: it got nowhere.
    """

    def __init__(self, examined: int, whole: int, *, counted: bool = False) -> None:
        super().__init__(f"Examined {examined} of {whole} changed packages; the next run goes on from there.")
        self.examined = examined
        self.whole = whole
        self.counted = counted


class StoreUnavailable(AssayError):
    """The database did not answer."""


class QueueUnavailable(AssayError):
    """Redis did not answer."""
